"""The history of the database's schema, run by `store.migrate`. No torch here."""

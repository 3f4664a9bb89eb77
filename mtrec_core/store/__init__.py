"""The database: the only source of truth about datasets, runs and their metrics. No torch here."""

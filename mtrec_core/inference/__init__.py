"""A trained model as a folder, and the object that answers with it."""

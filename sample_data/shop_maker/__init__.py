"""Makes the sample datasets from word lists and a fixed seed. No torch here."""

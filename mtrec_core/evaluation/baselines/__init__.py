"""Simple scorers that a run has to beat, as predictions tables. No torch here."""

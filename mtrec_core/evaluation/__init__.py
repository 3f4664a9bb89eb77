"""Everything right of the predictions table: metrics, baselines, comparison, fusion. No torch here."""

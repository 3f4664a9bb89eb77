"""From per-task losses to one update of the parameters."""

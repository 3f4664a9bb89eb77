"""The multi-task model: entity towers, sharing structure, heads."""

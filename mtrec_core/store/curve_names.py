"""Names of curves that carry another task's name. No torch here."""

COSINE = "cosine:"
"""Begins the name of the curve of a task's cosine with another, whose name follows."""
PART_COSINE = "part_cosine:"
"""Begins the name of such a curve over one part of the model, whose name and `:` come before the task."""

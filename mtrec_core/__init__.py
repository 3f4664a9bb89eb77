"""MTRec Studio's core: one multi-task recommendation model from an online shop's tables."""

__version__ = "0.1.0"

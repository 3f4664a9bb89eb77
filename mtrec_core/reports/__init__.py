"""Comparisons as files: one HTML page that needs no network."""

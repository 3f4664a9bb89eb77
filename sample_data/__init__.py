"""Datasets that ship, and the script that makes their tables."""

"""Encoders of text and the caches that make each distinct text cost once."""

"""Checks of a dataset before training; each finding is an `Issue`, never an exception."""

"""Hearing what happens to files: the ways to get file events out of each system."""

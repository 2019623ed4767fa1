"""Measurements of the running program, each beside its floor: the least this machine can do."""

"""How hard a torture test tries: small numbers in the suite, full ones with TRAYAPP_TEST_FULL=1."""

import os
from typing import TypeVar

T = TypeVar("T")

FULL = os.environ.get("TRAYAPP_TEST_FULL") == "1"

TIMEOUT = 600 if FULL else 60
"""Seconds that one of these tests may take."""


def scaled(small: T, full: T) -> T:
    """`full` when the full numbers are asked for."""
    return full if FULL else small

"""Whether the processors have more to do than they can: then a writer may stop in mid-course."""

import os
from pathlib import Path

_LOAD = Path("/proc/loadavg")


def is_crowded() -> bool:
    """Whether some thread of this computer, not counting the one that asks, is ready to run and
    waits for a processor. False where the system does not tell (any but Linux)."""
    try:
        with _LOAD.open("rb", buffering=0) as source:
            return ready(source.read(256)) - 1 > (os.cpu_count() or 1)
    except OSError:
        return False


def ready(text: bytes) -> int:
    """How many threads run or could: the fourth field of `/proc/loadavg`, proc(5), as in
    `0.66 1.07 0.82 3/102 4711`. 0 when it is not there."""
    fields = text.split()
    running = fields[3].partition(b"/")[0] if len(fields) > 3 else b""
    return int(running) if running.isdigit() else 0

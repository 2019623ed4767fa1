"""Ids of events on Redis, as readers of streams see them. Pure.

`<epoch>r<run>-<n·2^20 + k>`: the epoch of the log in Redis and the run of this process, both in
hexadecimal; n is the number of the last event that all computers share, k counts the local ones
since. So the first part stays for one run and the number grows, which is all that a page looks at;
and who comes with a cursor of another run or computer goes on right behind its n.
"""

import re
from dataclasses import dataclass

from trayapp.bus import cursor as ids

LOCALS = 1 << 20
"""Local events that fit between two shared ones."""

_EPOCH = re.compile(r"([0-9a-f]{1,16})r([0-9a-f]{1,15})\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor taken apart. `number` is n·2^20 + k."""

    epoch: int
    run: str
    number: int

    @property
    def shared(self) -> int:
        """The number of the last shared event before or at it."""
        return self.number // LOCALS


def epoch(redis: int, run: str) -> str:
    """The first part of ids."""
    return f"{redis:x}r{run}"


def number_of(id_: str) -> int:
    """The second part of an id that we made."""
    return int(id_.rpartition("-")[2])


def parse(cursor: str) -> Place | None:
    """None for garbage, and for ids of other buses."""
    parsed = ids.parse(cursor)
    match = _EPOCH.match(parsed[0]) if parsed else None
    if parsed is None or match is None or f"{int(match[1], 16):x}" != match[1]:
        return None
    return Place(int(match[1], 16), match[2], parsed[1])

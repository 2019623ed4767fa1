"""Ids as cursors: `<epoch>-<seq>`, read from text that anybody may have written."""

import re

_ID = re.compile(r"([0-9A-Za-z]{1,32})-([0-9]{1,19})\Z")


def seq_of(cursor: str, epoch: str) -> int | None:
    """The seq in `cursor`, or None when it is no id of this epoch (garbage included)."""
    match = _ID.match(cursor)
    if match is None or match[1] != epoch:
        return None
    return int(match[2])

"""Entries of the stream in Redis: one field, `e`, whose value is

`<Redis' time, µs> <run>:<batch> [origin, topic, type, data, root, [within …]]`

The first two words are put before it by the script that adds it. Pure. Whoever can write to the
Redis can write entries, so they are looked at like anything that comes from outside.
"""

import json
import re
from dataclasses import dataclass, replace

from trayapp.bus.draft import Draft
from trayapp.event import BUSY, BYE, CHANGE, HELLO, RESET, STATE, TOPIC

FIELD = b"e"

_WORDS = frozenset({BUSY, BYE, HELLO, RESET, STATE})
"""What the hub alone says on a stream."""

LATEST = 8.64e12
"""Unix time that the clock of a page can show (ECMA-262 §21.4.1.1)."""

_TYPE = re.compile(r"[^\x00-\x1f\x7f]{0,64}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. `stamp` is Unix time in seconds by Redis' clock, `size` bytes. `draft` is None when
    what it holds is no event."""

    epoch: int
    number: int
    stamp: float = 0.0
    run: str = ""
    batch: int = 0
    origin: str = ""
    draft: Draft | None = None
    size: int = 0


def encode(draft: Draft, origin: str) -> bytes:
    """What is published of `draft`. `origin` names this computer. A lone surrogate becomes `?`, as
    it does on a stream."""
    fields = [origin, draft.topic, draft.type, draft.data, draft.root, list(draft.within)]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def decode(id_: bytes, fields: list[bytes]) -> Entry:
    """The entry that Redis gave. Its id is `<epoch>-<number>`."""
    epoch, _, number = id_.partition(b"-")
    bare = Entry(int(epoch), int(number), size=sum(map(len, fields)))
    if len(fields) != 2 or fields[0] != FIELD:
        return bare
    try:
        stamp, batch, text = fields[1].split(b" ", 2)
        run, _, count = batch.decode("ascii").partition(":")
        origin, draft = _read(json.loads(text))
        made = replace(bare, stamp=int(stamp) / 1e6, run=run, batch=int(count), origin=origin)
        if not 0 <= made.stamp < LATEST:
            return bare
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return bare
    return replace(made, draft=draft)


def timed(draft: Draft, now: float) -> Draft:
    """`draft` as news of the Unix time `now`: pages compare the time in a change with the clock of
    their own server, and that of another computer may be set otherwise."""
    if draft.topic != CHANGE:
        return draft
    change = json.loads(draft.data) | {"time": round(now, 3)}
    return replace(draft, data=json.dumps(change, ensure_ascii=False))


def _read(fields: list[object]) -> tuple[str, Draft]:
    """Raises: ValueError, TypeError, KeyError when it is not what `encode` writes."""
    origin, topic, type_, data, root, within = fields[:6]
    texts = [origin, topic, type_, data, root]
    if not isinstance(within, list) or not all(isinstance(it, str) for it in texts + within):
        raise TypeError
    topic, type_, data = str(topic), str(type_), str(data)
    if not TOPIC.match(topic) or not _TYPE.match(type_):
        raise ValueError
    if topic == CHANGE:
        _check_change(type_, data)
    elif topic in _WORDS or type_ in _WORDS or type_ == CHANGE:
        raise ValueError
    return str(origin), Draft(topic, data, type_, str(root), tuple(map(str, within)))


def _check_change(type_: str, data: str) -> None:
    change = json.loads(data, parse_constant=_refuse)
    if type_ != CHANGE or type(change) is not dict:
        raise ValueError
    if not all(isinstance(change[name], str) for name in ("action", "cause")):
        raise ValueError
    if not isinstance(change.get("root", ""), str):
        raise ValueError
    if type(change.get("more", 0)) is not int or type(change["paths"]) is not list:
        raise ValueError
    for path in change["paths"]:
        if not (isinstance(path["path"], str) and isinstance(path["change"], str)):
            raise ValueError


def _refuse(constant: str) -> None:
    """NaN and the infinities are no JSON (RFC 8259 §6), and no page can read them."""
    raise ValueError(constant)

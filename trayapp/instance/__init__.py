"""One trayapp per user: who holds the lock serves; everybody else finds it and asks it.

The first start holds `instance.lock` for as long as it lives, so a crash frees it. Once it serves
it writes `instance.json`: port, process id and the control token. That file may outlive a crash,
and its port may then be anybody's: a listener gets the token only after it has proven that it
knows it (HMAC of a nonce), never before.
"""

from trayapp.instance.lock import Lock
from trayapp.instance.port import port_busy, port_owner
from trayapp.instance.presence import announce, announced, enter, find, is_held, require, withdraw
from trayapp.instance.running import (
    KEEP,
    Running,
    answer_of,
    failures,
    not_answering,
    proof,
    refusal,
)

__all__ = [
    "KEEP",
    "Lock",
    "Running",
    "announce",
    "announced",
    "answer_of",
    "enter",
    "failures",
    "find",
    "is_held",
    "not_answering",
    "port_busy",
    "port_owner",
    "proof",
    "refusal",
    "require",
    "withdraw",
]

"""Surroundings: what commands that run on changes have of the service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trayapp.state import RootState
from trayapp.watch import RootChange


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What commands are told and ask for. All return at once, from any thread.

    `tell` takes a change that pages may see, `publish` a topic and data; `roots` are those that are
    watched; `tells` is whether the watcher is about to tell of a change; `paused` whether nothing
    may start; `on_change` is called when the picture has changed, `warn` with a sentence. `may_run`
    is whether the user lets a command run in a folder; `named`: it was written for that root.
    `ask` is called with a sentence when one has to wait for the user's yes.
    """

    tell: Callable[[RootChange], None]
    publish: Callable[[str, str], None]
    roots: Callable[[], Sequence[RootState]]
    tells: Callable[[], bool] = lambda: False
    paused: Callable[[], bool] = lambda: False
    on_change: Callable[[], None] = lambda: None
    warn: Callable[[str], None] = lambda _sentence: None
    may_run: Callable[[Path, bool], bool] = lambda _folder, _named: True
    ask: Callable[[str], None] = lambda _sentence: None

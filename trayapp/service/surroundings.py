"""Surroundings: what commands that run on changes have of the service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trayapp.state import RootState
from trayapp.watch import RootChange


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What commands are told and ask for. All return at once, from any thread.

    `tell` takes a change that pages may see, `publish` a topic and data; `roots` are those that are
    watched; `tells` is whether the watcher is about to tell of a change; `paused` whether nothing
    may start; `on_change` is called when the picture has changed, `warn` with a sentence.
    """

    tell: Callable[[RootChange], None]
    publish: Callable[[str, str], None]
    roots: Callable[[], Sequence[RootState]]
    tells: Callable[[], bool] = lambda: False
    paused: Callable[[], bool] = lambda: False
    on_change: Callable[[], None] = lambda: None
    warn: Callable[[str], None] = lambda _sentence: None

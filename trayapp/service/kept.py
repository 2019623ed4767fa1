"""Changes kept from pages while commands run, one for each watch root. Pure."""

from collections.abc import Callable
from dataclasses import replace

from trayapp.service.held import merge
from trayapp.watch import RootChange


class Kept:
    """What waits, and the fingerprints that were told. One thread at a time."""

    def __init__(self) -> None:
        self._waiting: dict[str, RootChange] = {}
        self._told: dict[str, str] = {}

    def is_first(self, change: RootChange) -> bool:
        """Whether it introduces a root, so that it is told to nobody who knows that."""
        return not change.paths and change.label not in self._told

    def keep(self, change: RootChange) -> None:
        """It waits."""
        earlier = self._waiting.get(change.label)
        self._waiting[change.label] = merge(earlier, change) if earlier else change

    def tell(self, change: RootChange) -> None:
        """It is told now."""
        self._told[change.label] = change.fingerprint

    def release(
        self, waits: Callable[[RootChange], bool], is_source: Callable[[str, str], bool], end: float
    ) -> list[RootChange]:
        """What need not wait any longer. `is_source` is whether a command is run for a path of a
        root. Commands ended at `end`, Unix time: pages that came before that may show what is older
        than the files."""
        free = [label for label, change in self._waiting.items() if not waits(change)]
        changes = [self._complete(self._waiting.pop(label), end) for label in free]
        return [replace(change, whole=_is_blind(change, is_source)) for change in changes]

    def forget(self, label: str) -> None:
        """The root is gone."""
        self._waiting.pop(label, None)
        self._told.pop(label, None)

    def _complete(self, change: RootChange, end: float) -> RootChange:
        """The files may be as pages know them, but what was made of them is new: the fingerprint
        is one that nobody knows."""
        if not change.paths:
            return change
        known = change.fingerprint == self._told.get(change.label)
        fingerprint = f"{change.fingerprint}~" if known else change.fingerprint
        return replace(change, fingerprint=fingerprint, time=max(change.time, end))


def _is_blind(change: RootChange, is_source: Callable[[str, str], bool]) -> bool:
    """Whether nothing is told but sources: what was made of them is ignored, or lies elsewhere."""
    return bool(change.paths) and all(is_source(change.label, one.path) for one in change.paths)

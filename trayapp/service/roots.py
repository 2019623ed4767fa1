"""The watch roots, as front ends change them: what is watched now is watched at the next start."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from trayapp import config
from trayapp.config import RootEntry
from trayapp.errors import TrayAppError
from trayapp.paths import Paths
from trayapp.service.changes import Changes
from trayapp.service.commands import Commands
from trayapp.service.consent import Consent
from trayapp.service.ignoring import ignore_in
from trayapp.state import RootState
from trayapp.watch import Watcher


class Roots:
    """The seam `Roots` of the web room. Safe from any thread.

    `on_change` is called when the picture has changed.
    """

    def __init__(
        self,
        paths: Paths,
        watcher: Watcher,
        changes: Changes,
        commands: Commands,
        consent: Consent,
        on_change: Callable[[], None],
    ) -> None:
        self._paths = paths
        self._watcher = watcher
        self._changes = changes
        self._commands = commands
        self._consent = consent
        self._on_change = on_change

    def add_root(self, path: str, *, wide: bool = False, dashboard: bool = False) -> RootState:
        """Watch the folder `path` too, as a `dashboard` wishes, or the user. Raises: TrayAppError,
        Unconfirmed for the home folder and the like unless `wide`."""
        folder = config.folder(path, wide=wide)
        if dashboard and not self._is_watched(folder):
            self._consent.added_by_dashboard(folder)  # before its first change
        root = self._watcher.add(str(folder))
        if not dashboard:
            self._consent.added_by_user(folder)
        entry = RootEntry(Path(root.path), root.label, dashboard=dashboard)
        config.remember(self._paths, add=entry)
        self._on_change()
        return root

    def allow_commands(self, label: str) -> None:
        """Let commands run in a root, now and at each start. Raises: TrayAppError."""
        place = self._consent.allow(Path(self._known_path_of(label)))
        self._commands.allowed(label)
        self._on_change()
        config.remember(self._paths, allow=place)

    def remove_root(self, label: str) -> None:
        """Watch the root called `label` no longer. Raises: TrayAppError when there is none."""
        path = path_of(self._watcher, label)
        self._watcher.remove(label)
        self._commands.forget(label)
        self._changes.forget(label)
        config.remember(self._paths, remove=Path(path))
        self._on_change()

    def ignore(self, label: str, path: str) -> tuple[str, str]:
        """Ignore `path` in a root from now on: its `.trayappignore`, and the line in it for that.

        Raises: TrayAppError.
        """
        ignored = ignore_in(self._known_path_of(label), path)
        self._changes.forget(label, path)
        self._on_change()
        return ignored.file, ignored.pattern

    def allow_loop(self, label: str, path: str) -> None:
        """Tell of `path` although it changes with each page load, until the end of this run.

        Raises: TrayAppError when it is not held for that.
        """
        if not self._changes.allow(label, path):
            raise TrayAppError(
                f"The reloads of {path} in {label} are not paused.",
                "See what is: trayapp status",
            )
        self._on_change()

    def _is_watched(self, folder: Path) -> bool:
        place = config.real(folder)
        return any(config.real(Path(root.path)) == place for root in self._watcher.roots())

    def _known_path_of(self, label: str) -> str:
        path = path_of(self._watcher, label)
        if not path:
            known = ", ".join(root.label for root in self._watcher.roots()) or "none"
            raise TrayAppError(f"No watched folder is called {label}.", f"Watched: {known}.")
        return path


def path_of(watcher: Watcher, label: str) -> str:
    """Where the root is; empty when there is none."""
    return next((root.path for root in watcher.roots() if root.label == label), "")


def written(watcher: Watcher, label: str, paths: Sequence[str]) -> dict[str, float]:
    """When files of a root were written, as their system says; Unix time."""
    times, folder = {}, path_of(watcher, label)
    for path in paths:
        with contextlib.suppress(OSError):
            times[path] = Path(folder, path).stat().st_mtime
    return times

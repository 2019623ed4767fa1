"""The gate: who may come in. It keeps the policy in force and every guard that judges by it."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from wsgiref.types import WSGIApplication

from trayapp import web
from trayapp.config import Config
from trayapp.errors import TrayAppError
from trayapp.paths import Paths
from trayapp.service.keys import new_key, read_key

logger = logging.getLogger(__name__)

WHILE = 1.0
"""Seconds without a request of another device after which one more is news."""


class Gate:
    """The policy, the read key, who is paired, and what the guards have seen (`Witness`). Safe
    from any thread once opened.

    `on_change` is called when the picture of it has changed, outside every lock. `lan_seen` and
    `disk_seen` are Unix time: the last request of another device, and the last page opened from
    disk that was turned away; 0.0 for never.
    """

    def __init__(
        self, settings: Config, paths: Paths, token: str, on_change: Callable[[], None]
    ) -> None:
        self.tokens = web.Tokens(token)
        self.devices = web.Devices(paths.devices_file, on_change)
        self.lan_seen = self.disk_seen = 0.0
        self._key_file = paths.key_file
        self._on_change = on_change
        self._lock = threading.Lock()
        self._guards: list[web.Guard | web.HostGuard] = []
        self._policy = web.Policy(
            hosts=frozenset(settings.hosts),
            origins=frozenset(settings.origins),
            from_disk=settings.from_disk,
        )

    @property
    def read_key(self) -> str:
        """The read key of now."""
        return self._policy.read_key

    @property
    def from_disk(self) -> bool:
        """Whether pages opened from disk are let in without the read key."""
        return self._policy.from_disk

    def open(self) -> None:
        """Read the key and who is paired. Raises: TrayAppError when no key can be kept."""
        self._guards.clear()
        self.devices.load()
        key = read_key(self._key_file)
        self._judge_by(lambda policy: replace(policy, read_key=key))

    def close(self) -> None:
        """Keep when devices were seen last."""
        try:
            self.devices.save()
        except TrayAppError as error:
            logger.warning("%s", error)

    def guard(self, app: WSGIApplication) -> WSGIApplication:
        """`app` behind all that the policy says."""
        with self._lock:
            guard = web.Guard(app, self._policy, self.tokens, self.devices, self)
            self._guards.append(guard)
        return guard

    def guard_site(self, app: WSGIApplication) -> WSGIApplication:
        """`app`, which only serves files, behind what the policy says of those."""
        with self._lock:
            guard = web.HostGuard(app, self._policy, self.devices, self)
            self._guards.append(guard)
        return guard

    def let_lan_in(self, names: Iterable[str]) -> None:
        """Let paired devices of the local network in. `names` are those of this computer there,
        and its addresses."""
        known = frozenset(names)
        self._judge_by(lambda policy: replace(policy, lan=True, names=known))

    def let_dashboard_in(self, host: str) -> None:
        """Let the page control that is opened by `host`, which may have a port."""
        self._judge_by(lambda policy: replace(policy, dashboard=host))

    def keep_lan_out(self) -> None:
        """Let this computer in only."""
        self._judge_by(lambda policy: replace(policy, lan=False, names=frozenset()))

    def allow_from_disk(self, on: bool) -> None:
        """Whether pages opened from disk are let in without the read key."""
        self._judge_by(lambda policy: replace(policy, from_disk=on))
        self._on_change()

    def forget_devices(self) -> None:
        """Pair nobody any longer, and take another read key. Raises: TrayAppError."""
        key = new_key(self._key_file)
        self._judge_by(lambda policy: replace(policy, read_key=key))
        self.devices.forget_all()

    def lan_request(self) -> None:
        """Another device sent a request, right or wrong."""
        self.lan_seen, before = time.time(), self.lan_seen
        if self.lan_seen - before > WHILE:
            self._on_change()

    def disk_refused(self) -> None:
        """A page opened from disk was turned away for want of the read key."""
        self.disk_seen, before = time.time(), self.disk_seen
        if not before:
            self._on_change()

    def _judge_by(self, change: Callable[[web.Policy], web.Policy]) -> None:
        with self._lock:
            self._policy = change(self._policy)
            for guard in self._guards:
                guard.policy = self._policy

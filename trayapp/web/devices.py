"""Devices: who is paired, and by which cookie each of them is known.

A device of the local network trades a one-time code for a cookie. `now` is monotonic, for codes and
wrong guesses; what people see is Unix time.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from trayapp.errors import TrayAppError
from trayapp.sender import sender_of
from trayapp.state import DeviceState
from trayapp.web import devicefile
from trayapp.web.codes import Codes
from trayapp.web.devicefile import Device, clean_name
from trayapp.web.limits import Limits, Rate
from trayapp.web.tokens import Verdict

logger = logging.getLogger(__name__)

COOKIE = "trayapp-device"
"""Name of the cookie. Its value is `<device>.<secret>`."""

CODE_LIFETIME = 120.0
"""How long a device can pair with a code, in seconds."""

LIFETIME = 30 * 24 * 3600
"""How long a device stays paired, in seconds: here, and in its browser."""

WRONG = Rate(10 / 60, 10)
WRONG_IN_TOTAL = Rate(100 / 60, 100)
"""Wrong codes that are answered with a plain refusal, of one sender and of all."""

SEEN_AGAIN = 60.0
"""How exact it is when a device was seen last, in seconds."""

MOST = 64
"""How many devices can be paired; beyond that the one unseen for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """What came of a code. `cookie` is a whole Set-Cookie header, both are empty unless the
    verdict is RIGHT."""

    verdict: Verdict
    device: str = ""
    cookie: str = ""


class Devices:
    """The paired devices, kept in `file`. Safe from any thread.

    `on_change` is called when the picture of them has changed: quick, and outside every lock.
    """

    def __init__(
        self,
        file: Path,
        on_change: Callable[[], None] = lambda: None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._on_change = on_change
        self._clock = clock
        self._lock = Lock()
        self._writing = Lock()
        self._codes = Codes(CODE_LIFETIME)
        self._wrong = Limits()
        self._devices: dict[str, Device] = {}
        self._changes = 0
        self._saved = 0

    def load(self) -> None:
        """Know who was paired in earlier runs: nobody when the file is missing or damaged."""
        now = self._clock()
        try:
            found = devicefile.read(self._file)
        except (OSError, ValueError) as error:
            logger.warning("pairings in %s are lost: %s", self._file.name, error)
            found = []
        with self._lock:
            self._devices = {each.device: each for each in found if _is_live(each, now)}

    def save(self) -> None:
        """Keep what is not kept yet: when devices were seen last. Everything else is at once.

        Raises: TrayAppError.
        """
        with self._writing:
            with self._lock:
                changes, known = self._changes, tuple(self._devices.values())
            if changes != self._saved:
                devicefile.write(self._file, known)
                self._saved = changes

    def issue_code(self, now: float) -> str:
        """A new one-time code (128 bits), for an address that a device is to open."""
        with self._lock:
            return self._codes.issue(now)

    def pair(self, code: str, name: str, address: str, now: float, *, former: str = "") -> Pairing:
        """Pair the device at `address` if its `code` is good, and call it `name`.

        It keeps its place when it is `former`, a device that is paired already. A good code is good
        however many wrong ones came before.
        """
        with self._lock:
            if not self._codes.spend(code, now):
                return Pairing(self._count_wrong(address, now))
            device = former if former in self._devices else self._new_place()
            secret, paired = secrets.token_urlsafe(32), self._clock()
            called = clean_name(name) or "Device"
            self._put(Device(device, _digest(secret), called, paired, paired, address))
        try:
            self._changed()
        except TrayAppError as error:  # it is paired all the same
            logger.warning("%s", error)
        return Pairing(Verdict.RIGHT, device, _cookie(device, secret))

    def recognise(self, cookie: str, address: str) -> str:
        """The device whose cookie has this value, which was seen at `address` just now; empty when
        it is none."""
        device, _, secret = cookie.partition(".")
        now = self._clock()
        with self._lock:
            known = self._devices.get(device)
            if known is None or not _is_live(known, now):
                return ""
            if not hmac.compare_digest(known.digest, _digest(secret)):
                return ""
            if known.address == address and 0 <= now - known.seen < SEEN_AGAIN:
                return device
            self._put(replace(known, seen=now, address=address))
        self._on_change()
        return device

    def states(self, streams: Mapping[str, int]) -> tuple[DeviceState, ...]:
        """The paired devices, the last seen first. `streams` counts those open now by device."""
        now = self._clock()
        with self._lock:
            known = [each for each in self._devices.values() if _is_live(each, now)]
        known.sort(key=lambda each: each.seen, reverse=True)
        return tuple(_state(each, streams.get(each.device, 0)) for each in known)

    def rename(self, device: str, name: str) -> None:
        """Call it `name` from now on. Raises: TrayAppError."""
        called = clean_name(name)
        if not called:
            raise TrayAppError("A device needs a name.", "Give it one that can be read.")
        with self._lock:
            self._put(replace(self._known(device), name=called))
        self._changed()

    def forget(self, device: str) -> None:
        """It is paired no longer. Raises: TrayAppError."""
        with self._lock:
            del self._devices[self._known(device).device]
            self._changes += 1
        self._changed()

    def forget_all(self) -> None:
        """Nobody is paired any longer, and no code is good that was issued. Raises: TrayAppError
        when that holds until the end of this run only."""
        with self._lock:
            self._devices.clear()
            self._codes.clear()
            self._changes += 1
        self._changed()

    def _changed(self) -> None:
        self._on_change()
        self.save()

    def _put(self, device: Device) -> None:
        self._devices[device.device] = device
        self._changes += 1

    def _known(self, device: str) -> Device:
        known = self._devices.get(device)
        if known is None:
            raise TrayAppError("There is no such device.", "See who is paired: trayapp devices")
        return known

    def _new_place(self) -> str:
        while len(self._devices) >= MOST:
            del self._devices[min(self._devices, key=lambda device: self._devices[device].seen)]
        return secrets.token_hex(8)

    def _count_wrong(self, address: str, now: float) -> Verdict:
        waits = (
            self._wrong.wait(WRONG, sender_of(address), now),
            self._wrong.wait(WRONG_IN_TOTAL, "", now),
        )
        return Verdict.LIMITED if any(waits) else Verdict.WRONG


def _is_live(device: Device, now: float) -> bool:
    return now - device.paired < LIFETIME


def _state(device: Device, streams: int) -> DeviceState:
    return DeviceState(
        device.device, device.name, device.paired, device.seen, device.address, streams
    )


def _cookie(device: str, secret: str) -> str:
    """RFC 6265 §4.1. Not Secure: over plain http browsers would not keep it."""
    return f"{COOKIE}={device}.{secret}; Max-Age={LIFETIME}; Path=/; HttpOnly; SameSite=Strict"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

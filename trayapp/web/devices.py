"""Devices: who is paired, by which cookie each is known, and the file that keeps it between runs.

A device of the local network is paired by trading a one-time code for a cookie. The file holds
SHA-256 of the secrets only: whoever reads it can pretend to be nobody. `now` is monotonic, for
codes and wrong guesses; what people see is Unix time.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from trayapp.errors import TrayAppError
from trayapp.paths import write_private
from trayapp.state import DeviceState
from trayapp.web.codes import Codes
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
"""Wrong codes that are answered with a plain refusal, of one address and of all."""

NAME_LENGTH = 60
"""Characters of a name; more are cut off."""

_MOST = 64
_SEEN_AGAIN = 60.0
_ID = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Pairing:
    """What came of a code. `cookie` is a whole Set-Cookie header, both are empty unless the
    verdict is RIGHT."""

    verdict: Verdict
    device: str = ""
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class _Device:
    device: str
    digest: str
    name: str
    paired: float
    seen: float
    address: str


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
        self._devices: dict[str, _Device] = {}

    def load(self) -> None:
        """Know who was paired in earlier runs: nobody when the file is missing or damaged."""
        try:
            found = _parsed(json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            found = {}
        except (OSError, ValueError, RecursionError) as error:
            logger.warning("pairings in %s are lost: %s", self._file.name, error)
            found = {}
        with self._lock:
            self._devices = found

    def save(self) -> None:
        """Keep when devices were seen last as well. What else changes is kept at once.

        Raises: TrayAppError.
        """
        with self._writing:
            with self._lock:
                known = [asdict(device) for device in self._devices.values()]
            try:
                write_private(self._file, json.dumps({"devices": known}, indent=1))
            except OSError as error:
                raise TrayAppError(
                    f"Cannot write {self._file}: {error.strerror or error}. "
                    "Who is paired holds until trayapp stops.",
                    "Free some space, or make the folder writable.",
                ) from error

    def issue_code(self, now: float) -> str:
        """A new one-time code (128 bits), for an address that a device is to open."""
        with self._lock:
            return self._codes.issue(now)

    def pair(self, code: str, name: str, address: str, now: float, *, former: str = "") -> Pairing:
        """Pair the device at `address` if its `code` is good, and call it `name`. It keeps its
        place when it is `former`, a device that is paired already."""
        with self._lock:
            if not self._codes.spend(code, now):
                return Pairing(self._count_wrong(address, now))
            device = former if former in self._devices else secrets.token_hex(8)
            secret, paired = secrets.token_urlsafe(32), self._clock()
            called = clean_name(name) or "Device"
            self._devices[device] = _Device(
                device, _digest(secret), called, paired, paired, address
            )
            self._drop_quietest()
        self._keep()
        return Pairing(Verdict.RIGHT, device, _cookie(device, secret))

    def recognise(self, cookie: str, address: str) -> str:
        """The device whose cookie has this value, which was seen at `address` just now; empty when
        it is none."""
        device, _, secret = cookie.partition(".")
        now = self._clock()
        with self._lock:
            known = self._devices.get(device)
            if known is None or not self._is_live(known, now):
                return ""
            if not hmac.compare_digest(known.digest, _digest(secret)):
                return ""
            self._devices[device] = replace(known, seen=now, address=address)
        if known.address != address or not 0 <= now - known.seen < _SEEN_AGAIN:
            self._on_change()
        return device

    def states(self, streams: Mapping[str, int]) -> tuple[DeviceState, ...]:
        """The paired devices, the last seen first. `streams` counts those open now by device."""
        now = self._clock()
        with self._lock:
            known = [device for device in self._devices.values() if self._is_live(device, now)]
        known.sort(key=lambda device: device.seen, reverse=True)
        return tuple(
            DeviceState(
                each.device,
                each.name,
                each.paired,
                each.seen,
                each.address,
                streams.get(each.device, 0),
            )
            for each in known
        )

    def rename(self, device: str, name: str) -> None:
        """Call it `name` from now on. Raises: TrayAppError."""
        called = clean_name(name)
        if not called:
            raise TrayAppError("A device needs a name.", "Give it one that can be read.")
        with self._lock:
            self._devices[device] = replace(self._known(device), name=called)
        self._changed()

    def forget(self, device: str) -> None:
        """It is paired no longer. Raises: TrayAppError."""
        with self._lock:
            del self._devices[self._known(device).device]
        self._changed()

    def forget_all(self) -> None:
        """Nobody is paired any longer, and no code that was issued is good. Raises:
        TrayAppError."""
        with self._lock:
            self._devices.clear()
            self._codes.clear()
        self._changed()

    def _changed(self) -> None:
        self._on_change()
        self.save()

    def _keep(self) -> None:
        """Like `_changed`, where nobody could be told that it did not work."""
        try:
            self._changed()
        except TrayAppError as error:
            logger.warning("%s", error)

    def _known(self, device: str) -> _Device:
        known = self._devices.get(device)
        if known is None:
            raise TrayAppError("There is no such device.", "Load the list of devices again.")
        return known

    def _is_live(self, device: _Device, now: float) -> bool:
        return now - device.paired < LIFETIME

    def _drop_quietest(self) -> None:
        while len(self._devices) > _MOST:
            del self._devices[min(self._devices, key=lambda each: self._devices[each].seen)]

    def _count_wrong(self, address: str, now: float) -> Verdict:
        waits = (
            self._wrong.wait(WRONG, address, now),
            self._wrong.wait(WRONG_IN_TOTAL, "", now),
        )
        return Verdict.LIMITED if any(waits) else Verdict.WRONG


def clean_name(name: str) -> str:
    """`name`, text of a stranger, in one line of characters that show. May be empty."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name[: 4 * NAME_LENGTH])
    return " ".join(shown.split())[:NAME_LENGTH].strip()


def _cookie(device: str, secret: str) -> str:
    """RFC 6265 §4.1. Not Secure: over plain http browsers would not keep it."""
    return f"{COOKIE}={device}.{secret}; Max-Age={LIFETIME}; Path=/; HttpOnly; SameSite=Strict"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _parsed(data: Any) -> dict[str, _Device]:
    """Raises: ValueError."""
    if type(data) is not dict or type(data.get("devices")) is not list:
        raise ValueError("not a list of devices")
    found = [_device(entry) for entry in data["devices"][:_MOST]]
    return {device.device: device for device in found}


def _device(entry: Any) -> _Device:
    try:
        found = _Device(**entry)
    except TypeError as error:
        raise ValueError("not a device") from error
    texts = (found.device, found.digest, found.name, found.address)
    right = (
        all(type(text) is str for text in texts)
        and all(type(moment) in (int, float) for moment in (found.paired, found.seen))
        and _ID.match(found.device)
        and _DIGEST.match(found.digest)
        and found.name == clean_name(found.name) != ""
    )
    if not right:
        raise ValueError("not a device")
    return found

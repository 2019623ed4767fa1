"""The file of paired devices: JSON, readable by this user only. It holds SHA-256 of the secrets, so
that whoever reads it can pretend to be none of them."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trayapp.errors import TrayAppError
from trayapp.paths import write_private

NAME_LENGTH = 60
"""Characters of a name; more are cut off."""

_ID = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Device:
    """A paired device. `digest` is the SHA-256 of its secret in hex; times are Unix times."""

    device: str
    digest: str
    name: str
    paired: float
    seen: float
    address: str


def read(file: Path) -> list[Device]:
    """The devices in `file`, none when it is missing. Raises: OSError, ValueError."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except RecursionError as error:
        raise ValueError("too deep") from error
    if type(data) is not dict or type(data.get("devices")) is not list:
        raise ValueError("not a list of devices")
    return [_device(entry) for entry in data["devices"]]


def write(file: Path, devices: Iterable[Device]) -> None:
    """Keep `devices` and no others. Raises: TrayAppError."""
    known = [asdict(device) for device in devices]
    try:
        write_private(file, json.dumps({"devices": known}, indent=1))
    except OSError as error:
        raise TrayAppError(
            f"Cannot write {file}: {error.strerror or error}. "
            "Who is paired now holds until trayapp stops.",
            "Free some space, or make the folder writable.",
        ) from error


def clean_name(name: str) -> str:
    """`name`, text of a stranger, in one line of characters that show. May be empty."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name[: 4 * NAME_LENGTH])
    return " ".join(shown.split())[:NAME_LENGTH].strip()


def _device(entry: Any) -> Device:
    try:
        found = Device(**entry)
    except TypeError as error:
        raise ValueError("not a device") from error
    texts = (found.device, found.digest, found.name, found.address)
    right = (
        all(type(text) is str for text in texts)
        and all(_is_time(moment) for moment in (found.paired, found.seen))
        and _ID.match(found.device)
        and _DIGEST.match(found.digest)
        and found.name == clean_name(found.name) != ""
    )
    if not right:
        raise ValueError("not a device")
    return found


def _is_time(moment: Any) -> bool:
    return type(moment) in (int, float) and 0 <= moment < 1e12

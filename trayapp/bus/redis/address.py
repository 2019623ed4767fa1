"""The address of a Redis: the setting `bus`, taken apart. Its password is in no text made here."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from trayapp.errors import TrayAppError

PORT = 6379

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_HINT = 'Write it so: bus = "redis://:PASSWORD@host:6379/0", or rediss:// for TLS.'


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Redis is, and which events of it are meant.

    `name` sets one group of computers apart from others on the same Redis. `ca` is a file of
    certificates to trust besides those of the system; None for none.
    """

    host: str
    port: int = PORT
    database: int = 0
    name: str = "trayapp"
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca: Path | None = None

    @property
    def place(self) -> str:
        """`host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def events_key(self) -> str:
        """The stream. The braces keep all keys in one slot of a cluster."""
        return f"trayapp:{{{self.name}}}:events"

    @property
    def epoch_key(self) -> str:
        """The hash that says which epoch the stream is in, and on which server."""
        return f"trayapp:{{{self.name}}}:epoch"

    def run_key(self, run: str) -> str:
        """What `run` published last."""
        return f"trayapp:{{{self.name}}}:run:{run}"

    @property
    def exposes_password(self) -> bool:
        """Whether the password crosses a network in plain text."""
        return bool(self.password) and not self.tls and not _is_loopback(self.host)

    def __str__(self) -> str:
        """As the setting, the password masked."""
        scheme = "rediss" if self.tls else "redis"
        login = f"{self.user}:***@" if self.password else ""
        return f"{scheme}://{login}{self.place}/{self.database}"


def parse(url: str) -> Address:
    """The address that `url` stands for. Raises: TrayAppError; no part of `url` is in it but names
    of its own words, for a password may stand anywhere in a URL that is no good."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _bad("is no address of a Redis") from None
    if parts.scheme not in ("redis", "rediss") or not host:
        raise _bad("does not begin with redis://HOST or rediss://HOST")
    query = _query(parts)
    if not _NAME.match(query.get("name", "trayapp")):
        raise _bad("has a name that is not 1 to 64 letters, digits, _ or -")
    ca = query.get("ca")
    if ca and parts.scheme != "rediss":
        raise _bad("names certificates (ca=) without rediss://")
    return Address(
        host=host,
        port=port or PORT,
        database=_database(parts.path),
        name=query.get("name", "trayapp"),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "rediss",
        ca=Path(ca).expanduser() if ca else None,
    )


def _query(parts: SplitResult) -> dict[str, str]:
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    if found.keys() - {"name", "ca"} or parts.fragment:
        raise _bad("may end with ?name=… and ca=…, with nothing else")
    return found


def _database(path: str) -> int:
    number = path.removeprefix("/")
    if number and not re.fullmatch("[0-9]{1,5}", number):
        raise _bad("has a path that is not the number of a database")
    return int(number or 0)


def _bad(fault: str) -> TrayAppError:
    return TrayAppError(f"The setting bus {fault}.", _HINT)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

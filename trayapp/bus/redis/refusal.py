"""Refusals: what goes wrong with a Redis, as sentences with a remedy. None holds a password."""

import re
import socket
import ssl

from redis import exceptions

from trayapp.bus.redis.address import Address
from trayapp.errors import Unavailable

_RIGHTS = (
    "+info +time +eval +exists +xinfo|stream +xadd +xtrim +xread +xrevrange"
    " +hget +hset +get +set +select"
)


class Away(Unavailable):
    """Redis cannot be reached, or does not work for now: whoever keeps asking may find it again."""


def refusal(error: Exception, address: Address) -> Unavailable:
    """What to tell of an error that redis-py, or the system below it, has raised."""
    match error:
        case exceptions.TimeoutError() | TimeoutError():
            return silent(address)
        case exceptions.AuthenticationError():
            return _login(address)
        case exceptions.BusyLoadingError():
            return _away(address, "is loading its data", "It answers when that is done.")
        case exceptions.InvalidResponse():
            return _away(address, "does not speak as Redis does", "Correct the setting bus.")
        case exceptions.ConnectionError() | OSError():
            return _lost(error, address)
    return _answer(str(error), address)


def silent(address: Address) -> Away:
    """It takes too long."""
    return _away(address, "does not answer", f"See whether it runs: {_ping(address)}")


def replica(address: Address, host: str, port: str) -> Away:
    """It is a replica of the master at `host:port`."""
    where = f"{host}:{port}" if host else "of it"
    return _away(address, "is a replica", f"Name the master {where} in the setting bus.")


def old(address: Address, version: str) -> Away:
    """It cannot do what we need."""
    hint = "Install Redis 7 or newer, or Valkey."
    return _away(address, f"is version {version or 'unknown'}", hint)


def _lost(error: BaseException, address: Address) -> Away:
    match error.__cause__ or error.__context__ or error:
        case ConnectionRefusedError():
            hint = "Start it: sudo systemctl start redis-server"
            return _away(address, "refuses connections", hint)
        case socket.gaierror():
            return Away(f"There is no computer called {address.host}.", "Correct the setting bus.")
        case ssl.SSLCertVerificationError() as reason:
            fault = f"shows a certificate that is not trusted: {reason.verify_message.rstrip('.')}"
            hint = "Add the file of its authority to the setting bus: rediss://…?ca=/path/ca.pem"
            return _away(address, fault, hint)
        case ssl.SSLError():
            return _away(address, "does not speak TLS", "Write redis:// in the setting bus.")
        case FileNotFoundError() | PermissionError():
            fault = f"The certificates {address.ca} cannot be read."
            return Away(fault, "Correct ca= in the setting bus.")
    if "max number of clients" in str(error):
        return _away(address, "has too many connections", "Raise its maxclients.")
    return _away(address, "closed the connection", f"See whether it runs: {_ping(address)}")


def _login(address: Address) -> Away:
    fault = "refuses the password" if address.password else "wants a password"
    login = f"{address.user}:PASSWORD" if address.user else ":PASSWORD"
    scheme = "rediss" if address.tls else "redis"
    return _away(
        address, fault, f'Set bus = "{scheme}://{login}@{address.place}/{address.database}"'
    )


def _answer(text: str, address: Address) -> Unavailable:
    """An error that the server itself gave as its answer."""
    if "no permission" in text or "can't run this command" in text or "NOPERM" in text:
        user = address.user or "default"
        hint = f"redis-cli ACL SETUSER {user} '~trayapp:*' {_RIGHTS}"
        return _plain(address, f"does not allow {user} all that is needed", hint)
    if "read only replica" in text or "READONLY" in text:
        return replica(address, "", "")
    if "maxmemory" in text or text.startswith("OOM"):
        return _plain(address, "has no memory left", "Raise its maxmemory, then send again.")
    if match := re.search(r"MOVED \d+ (\S+)|^\d+ (\S+:\d+)$", text):
        hint = f"Name {match[1] or match[2]} in the setting bus."
        return _away(address, "is a part of a cluster that keeps these events elsewhere", hint)
    said = "".join(char if char.isprintable() else " " for char in text)[:200].rstrip(". ")
    return _plain(address, f"refuses: {said}", "See the log of Redis, then send again.")


def _plain(address: Address, fault: str, hint: str) -> Unavailable:
    return Unavailable(f"Redis at {address.place} {fault}.", hint)


def _away(address: Address, fault: str, hint: str) -> Away:
    return Away(f"Redis at {address.place} {fault}.", hint)


def _ping(address: Address) -> str:
    tls = " --tls" if address.tls else ""
    return f"redis-cli -h {address.host} -p {address.port}{tls} ping"

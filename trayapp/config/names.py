"""Origins and host names as people write them: in the form that is compared, or what is right."""

import re
from ipaddress import ip_address

from trayapp.config.values import shown
from trayapp.origin import hostname, serialised

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#\s]+(?=[/?#]|\Z)")


def origin(value: object) -> str:
    """Raises: ValueError, as all checks of values."""
    found = serialised(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            f"must be a list of origins like https://dev.example or app://localhost; "
            f"{shown(value)} is none{_better_origin(value)}"
        )
    return found


def host(value: object) -> str:
    """Raises: ValueError, as all checks of values."""
    found = _host(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            f"must be a list of host names without a port; {shown(value)} is none"
            f"{_better_host(value)}"
        )
    return found


def _host(text: str) -> str | None:
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        return hostname(text)


def _better_origin(value: object) -> str:
    """How the sentence ends."""
    if not isinstance(value, str):
        return ""
    if value == "null" or value.startswith("file:"):
        return ": for pages opened from disk write from_disk = true"
    if value == "*":
        return ": name each origin"
    url = _URL.match(value)
    better = serialised(url[0]) if url else serialised(f"https://{value}")
    return f': write "{better}"' if better else ""


def _better_host(value: object) -> str:
    """How the sentence ends."""
    if not isinstance(value, str):
        return ""
    url = _URL.match(value)
    authority = url[0].rpartition("//")[2] if url else value
    better = _host(re.sub(r":[0-9]+\Z", "", authority))
    return f': write "{better}"' if better else ""

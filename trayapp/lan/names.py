"""The names this computer has in its network (RFC 6762 §3: `label.local`)."""

import re
import socket
import subprocess
import sys
import unicodedata

LONGEST = 63
"""Octets of a label (RFC 1035 §2.3.4)."""

NAMELESS = "trayapp"
"""The name of a computer whose own one says nothing or has no legal character."""

_SUFFIX = "-trayapp"
_ODD = re.compile(r"[^a-z0-9]+")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")


def own_names() -> tuple[str, ...]:
    """The names by which other devices may ask for us, in lower case: `my-pc`, `my-pc.local`, and
    the one that trayapp announces where the system announces the other, `my-pc-trayapp.local`."""
    return names_of(host_name())


def host_name() -> str:
    """What this computer is called, as the system says it."""
    if sys.platform == "darwin":  # gethostname is often what the router made up
        said = _said("/usr/sbin/scutil", "--get", "LocalHostName")
        if said:
            return said
    return socket.gethostname()


def names_of(host: str) -> tuple[str, ...]:
    """`own_names` of a computer called `host`. A name such as `my_pc`, which is no legal label but
    which systems let pass, is one of them too."""
    label = label_of(host)
    names = [label, f"{label}.local", f"{alias_of(label)}.local"]
    plain = host.lower().partition(".")[0]
    if label != NAMELESS and plain != label and _HOST.fullmatch(plain):
        names += [plain, f"{plain}.local"]
    return tuple(names)


def label_of(host: str) -> str:
    """`host` as a legal label: its first one, in lower case, without accents."""
    first = host if _is_address(host) else host.partition(".")[0]
    plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
    label = _ODD.sub("-", plain)[:LONGEST].strip("-")
    return NAMELESS if label in {"", "localhost"} else label


def alias_of(label: str) -> str:
    """The label that is trayapp's own on the computer called `label`."""
    return label[: LONGEST - len(_SUFFIX)].rstrip("-") + _SUFFIX


def title_of(host: str) -> str:
    """What people read in a list of services: `trayapp on HOST`, a label of at most 63 octets
    without a dot (RFC 6763 §4.1.1 allows it any other character that can be printed)."""
    first = host.partition(".")[0]
    shown = first if first.isprintable() and not _is_address(host) else label_of(host)
    title = f"trayapp on {shown or NAMELESS}".encode("utf-8", "ignore")
    room = LONGEST - len("-99")  # a second of the same name gets a number
    return title[:room].decode("utf-8", "ignore").strip()


def _is_address(host: str) -> bool:
    return re.fullmatch(r"[0-9.]+", host) is not None


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()

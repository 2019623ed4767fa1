"""How many streams this system lets us hold open, and the most that can be made of it."""

import contextlib
import selectors
import socket
import sys

CAP = 10_000
"""Open streams; one more is told `busy`."""

OF_ONE_SENDER = 12
"""Open streams of one sender of the network (see `trayapp.sender`); one more is told `busy`."""

SPARE_FILES = 200
"""File descriptors kept for everything that is no stream."""

CAP_OF_SELECT = 480
"""Where the system has nothing better than `select`: on Windows it takes 512 sockets at a time,
elsewhere file descriptors below 1024."""


def possible(selector: selectors.BaseSelector, wish: int) -> int:
    """Of `wish` streams, how many may be opened with `selector`. Raises the process's own limit
    of open files when it is too low and may be raised."""
    if isinstance(selector, selectors.SelectSelector):
        wish = min(wish, CAP_OF_SELECT)
    files = _open_files(wish + SPARE_FILES)
    return wish if files is None else max(1, min(wish, files - SPARE_FILES))


def of_the_network(cap: int) -> int:
    """Of `cap` open streams, how many all senders of the network together may have: the others are
    kept for this computer."""
    return cap // 2


def expect_answers(sock: socket.socket, seconds: float) -> None:
    """Let the kernel end a connection whose peer acknowledges nothing for `seconds`.

    Without this a computer that went to sleep or off the network is noticed after a quarter of
    an hour only. Option by option: Linux tcp(7), Apple's tcp(4), Windows' IPPROTO_TCP options.
    """
    if sys.platform == "darwin":
        option, value = 0x80, max(1, round(seconds))  # TCP_RXT_CONNDROPTIME
    elif sys.platform == "win32":
        option, value = 5, max(1, round(seconds))  # TCP_MAXRT
    elif hasattr(socket, "TCP_USER_TIMEOUT"):
        option, value = socket.TCP_USER_TIMEOUT, int(1000 * seconds)
    else:
        return
    with contextlib.suppress(OSError):  # not TCP, or gone already
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


if sys.platform == "win32":

    def _open_files(wish: int) -> int | None:
        """None: sockets are not counted there."""
        return None

else:
    import resource

    def _open_files(wish: int) -> int | None:
        """The limit of open files, raised to `wish` if that is allowed; None without a limit."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            return None
        if soft < wish:
            wished = wish if hard == resource.RLIM_INFINITY else min(wish, hard)
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
                return wished
        return soft

"""A shortcut of Windows, as far as it says what it starts (MS-SHLLINK)."""

import struct

_HAS_IDS, _HAS_INFO = 0x01, 0x02
_HEADER = 76
_SHELL_LINK = bytes.fromhex("0114020000000000c000000000000046")
_LOCAL = 0x01


def target(link: bytes) -> str:
    """The path of the program (§2.3, LocalBasePath). Raises: ValueError when it names none."""
    if len(link) < _HEADER or link[4:20] != _SHELL_LINK:
        raise ValueError("it is no shortcut")
    (flags,) = struct.unpack_from("<I", link, 20)
    place = _HEADER
    if flags & _HAS_IDS:
        place += 2 + struct.unpack_from("<H", link, place)[0]
    if not flags & _HAS_INFO:
        raise ValueError("it has no path in it")
    size, _, kinds, _, base = struct.unpack_from("<5I", link, place)
    if not kinds & _LOCAL:
        raise ValueError("what it starts is not on this computer")
    return link[place + base : place + size].partition(b"\0")[0].decode("cp1252")

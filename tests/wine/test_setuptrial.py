"""What the trial of a setup reads: shortcuts, resources, what is left, menus. `scripts/build wine`
holds it."""

import struct
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Wine is for Linux")

if sys.platform == "linux":
    import inventory
    import resources
    import shortcut
    import versioninfo
    import windesk
    from inventory import Inventory
    from PIL import Image, ImageDraw

    from tests.rig.screen import Shown


def _link(flags: int, *, kinds: int = 1) -> bytes:
    """A shortcut with a list of ids and a path (MS-SHLLINK)."""
    head = struct.pack("<I", 76) + bytes.fromhex("0114020000000000c000000000000046")
    head += struct.pack("<I", flags).ljust(56, b"\0")
    ids = struct.pack("<H", 5) + b"12345" if flags & 1 else b""
    path = b"C:\\a\xe4\\trayappw.exe\0"
    info = struct.pack("<7I", 28 + len(path), 28, kinds, 0, 28, 0, 0) + path
    return head + ids + info + b"and more"


def test_a_shortcut_says_what_it_starts() -> None:
    assert shortcut.target(_link(0xB7)) == "C:\\aä\\trayappw.exe"
    assert shortcut.target(_link(0x02)) == "C:\\aä\\trayappw.exe"


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (b"MZ", "no shortcut"),
        (b"x" * 100, "no shortcut"),
        (_link(0x01), "no path"),
        (_link(0x03, kinds=2), "not on this computer"),
    ],
)
def test_what_starts_nothing_is_no_shortcut(link: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        shortcut.target(link)


def test_a_version_resource_is_read_as_7z_tells_it() -> None:
    said = (
        'FILEVERSION    1,2,3,0\r\n{\r\n  BLOCK "StringFileInfo"\r\n'
        '      VALUE "FileVersion",       "1.2.3"\r\n'
        '      VALUE "FileDescription",   "trayapp: save, and the page follows"\r\n'
        '    VALUE "Translation", 0x409, 1200\r\n}\r\n'
    )
    assert resources.version_texts(said) == {
        "FileVersion": "1.2.3",
        "FileDescription": "trayapp: save, and the page follows",
    }


def test_a_manifest_is_compared_by_what_it_asks_for() -> None:
    asked = resources.manifest_texts(versioninfo.manifest())
    assert asked["level"] == "asInvoker"
    assert asked["dpiAwareness"] == "PerMonitorV2, PerMonitor"
    written_otherwise = versioninfo.manifest().replace("\n        processor", " processor")
    assert resources.manifest_texts(written_otherwise) == asked


def test_what_is_left_is_what_was_not_there_or_is_another() -> None:
    key = "HKEY_CURRENT_USER\\Software"
    before = Inventory(frozenset({"a", "gone"}), {key: "", f"{key}\\x": "REG_SZ 1"})
    after = Inventory(
        frozenset({"a", "b", "users/ada/trayapp", "users/ada/trayapp/x", "users/ada/trayapps"})
        | {"users/ada/Temp/~nsu1.tmp", "users/ada/Temp/~nsu1.tmp/Un.exe"},
        {key: "", f"{key}\\x": "REG_SZ 2", f"{key}\\Wine\\Fonts": "", f"{key}\\Winery": ""},
    )
    left = inventory.difference(before, after, "users/ada/trayapp")
    assert left == [f"{key}\\Winery", f"{key}\\x", "b", "gone", "users/ada/trayapps"]
    assert inventory.difference(before, before) == []


def test_the_rows_of_a_menu_are_counted_without_its_lines() -> None:
    menu = Image.new("RGB", (120, 80), "white")
    draw = ImageDraw.Draw(menu)
    draw.rectangle((0, 0, 119, 79), outline="grey")
    for top in (10, 50):
        draw.rectangle((30, top, 60, top + 8), fill="black")
    draw.rectangle((30, 25, 60, 33), fill="#a0a0a0")  # a row that cannot be clicked
    draw.line((5, 41, 115, 41), fill="grey")
    draw.rectangle((4, 60, 12, 70), fill="black")  # a tick
    assert windesk.text_rows(menu) == [14, 29, 54]


def test_a_menu_is_no_bar_and_no_hint() -> None:
    assert windesk.is_menu(Shown("", "trayappw.exe", (800, 400, 180, 160)), "trayappw.exe")
    assert not windesk.is_menu(Shown("", "trayappw.exe", (800, 400, 180, 20)), "trayappw.exe")
    assert not windesk.is_menu(Shown("", "explorer.exe", (800, 400, 180, 160)), "trayappw.exe")

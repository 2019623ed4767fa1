"""What macOS gets: the data of the app and its icon. The image is made and tried by the release
workflow."""

import plistlib
import struct
from pathlib import Path

import macos
from PIL import Image


def test_the_app_lives_in_the_menu_bar_alone() -> None:
    said = macos.info_plist("1.20.3rc1")
    assert said["LSUIElement"] is True
    assert said["NSHighResolutionCapable"] is True
    assert said["CFBundleIdentifier"] == macos.BUNDLE_ID
    assert plistlib.loads(plistlib.dumps(said)) == said


def test_the_versions_are_what_apple_allows() -> None:
    said = macos.info_plist("1.20.3rc1")
    for name in ("CFBundleShortVersionString", "CFBundleVersion"):
        numbers = said[name].split(".")  # "one to three period-separated integers"
        assert len(numbers) == 3
        assert all(number.isdecimal() for number in numbers)
    assert said["CFBundleVersion"] == "1.20.3"


def test_the_arguments_of_the_bundle_are_of_one_piece(tmp_path: Path) -> None:
    given = macos.bundle_arguments("1.2.3", tmp_path / "trayapp.icns")
    assert given["name"] == "trayapp.app"
    assert given["bundle_identifier"] == given["info_plist"]["CFBundleIdentifier"]


def test_the_icon_has_every_size_up_to_1024_px(tmp_path: Path) -> None:
    icon = macos.icns(tmp_path)
    content = icon.read_bytes()
    assert content[:4] == b"icns"
    assert struct.unpack(">I", content[4:8]) == (len(content),)
    with Image.open(icon) as picture:
        sizes = {width * scale for width, _, scale in picture.info["sizes"]}
        assert sizes >= {32, 64, 128, 256, 512, 1024}
        largest = picture.convert("RGBA")
    assert largest.size == (1024, 1024)
    assert largest.getpixel((20, 512)) == (0, 0, 0, 0)  # a margin, as the others in the Dock have
    assert largest.getpixel((512, 160)) != (0, 0, 0, 0)


def test_the_entitlements_are_no_more_than_what_a_menu_needs() -> None:
    assert plistlib.loads(macos.entitlements()) == {
        "com.apple.security.cs.allow-unsigned-executable-memory": True
    }

"""The app for macOS: what it says about itself, its icon, its disk image, its signature.

The data is tested everywhere. What makes and signs the image runs on macOS alone, in the release
workflow; nobody has run it elsewhere.
"""

import os
import plistlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import versioninfo
from PIL import Image

from trayapp.tray import artwork

BUNDLE_ID = "io.github.trayapp.trayapp"
OLDEST_SYSTEM = "12.0"
"""Of what the bundled Python and the wheels run on; the app says it, or starts and fails."""

ICON_SIZES = (16, 32, 64, 128, 256, 512, 1024)
MARGIN = 100 / 1024
"""Around the tile, of the icon's edge (Apple's HIG, "App icons": 824 of 1024 px)."""

LEAST_EDGE = 4096
"""In px: every size is drawn at least so large, then made smaller."""

ENTITLEMENTS = {
    # libffi writes the code of callbacks at run time, on Intel: PyObjC's menus are such callbacks.
    "com.apple.security.cs.allow-unsigned-executable-memory": True,
}


def info_plist(version: str) -> dict[str, Any]:
    """The members of Info.plist that PyInstaller does not know, for `BUNDLE(info_plist=...)`
    (Apple, "Information Property List")."""
    numbers = ".".join(str(number) for number in versioninfo.numbers(version)[:3])
    return {
        "CFBundleDisplayName": "trayapp",
        "CFBundleIdentifier": BUNDLE_ID,
        "CFBundleName": "trayapp",
        "CFBundleShortVersionString": numbers,
        "CFBundleVersion": numbers,  # numbers only, a pre-release has those of its release
        "LSApplicationCategoryType": "public.app-category.developer-tools",
        "LSMinimumSystemVersion": OLDEST_SYSTEM,
        "LSUIElement": True,  # it lives in the menu bar: no icon in the Dock, no menu of its own
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "The trayapp authors, MIT license",
        # The reason that the system shows when it asks, for sharing with phones (macOS 15).
        "NSLocalNetworkUsageDescription": "Shows your pages on your other devices, once you share.",
    }


def bundle_arguments(version: str, icon: Path) -> dict[str, Any]:
    """All of `BUNDLE(coll, **bundle_arguments(...))` in build.spec."""
    return {
        "name": "trayapp.app",
        "icon": str(icon),
        "bundle_identifier": BUNDLE_ID,
        "version": version,
        "info_plist": info_plist(version),
    }


def icns(folder: Path) -> Path:
    """Draw the icon into `folder`. Raises: OSError."""
    made = folder / "trayapp.icns"
    pictures = [_picture(size) for size in ICON_SIZES]
    pictures[-1].save(made, append_images=pictures[:-1])
    return made


def _picture(size: int) -> Image.Image:
    inner = round(size * (1 - 2 * MARGIN))
    picture = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    at = (size - inner) // 2
    picture.paste(artwork.tile("on", inner, LEAST_EDGE // size or 1), (at, at))
    return picture


def build(out: Path, app: Path, version: str, machine: str) -> Path:
    """Make the disk image of `app` in the folder `out`, with the place to drag it to beside it.
    `machine` is what it runs on, arm64 or x86_64. With the variables TRAYAPP_SIGN_IDENTITY and
    TRAYAPP_NOTARY_PROFILE it is signed and notarised. On macOS only."""
    if identity := os.environ.get("TRAYAPP_SIGN_IDENTITY"):
        sign(app, identity)
    image = out / f"trayapp-{version}-{machine}.dmg"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(app, Path(folder) / app.name, symlinks=True)
        (Path(folder) / "Applications").symlink_to("/Applications")
        subprocess.run(
            ["hdiutil", "create", "-quiet", "-ov", "-volname", "trayapp", "-srcfolder", folder]
            + ["-format", "UDZO", str(image)],
            check=True,
        )
    if profile := os.environ.get("TRAYAPP_NOTARY_PROFILE"):
        notarise(image, profile)
    return image


def entitlements() -> bytes:
    """What the hardened runtime has to allow, as codesign reads it."""
    return plistlib.dumps(ENTITLEMENTS)


def sign(app: Path, identity: str) -> None:
    """Sign `app` and all in it, ready for notarisation. `identity` is a certificate of the
    keychain. On macOS only."""
    with tempfile.NamedTemporaryFile(suffix=".plist") as allowed:
        allowed.write(entitlements())
        allowed.flush()
        # --deep is what PyInstaller itself signs its bundles with; their layout is made for it.
        subprocess.run(
            ["codesign", "--force", "--deep", "--timestamp", "--options", "runtime"]
            + ["--entitlements", allowed.name, "--sign", identity, str(app)],
            check=True,
        )
    subprocess.run(["codesign", "--verify", "--deep", "--strict", str(app)], check=True)


def notarise(image: Path, profile: str) -> None:
    """Have Apple look through the image, then staple its answer to it. `profile` is what
    `notarytool store-credentials` has put into the keychain. On macOS only."""
    subprocess.run(
        ["xcrun", "notarytool", "submit", str(image), "--keychain-profile", profile]
        + ["--wait", "--timeout", "30m"],
        check=True,
    )
    subprocess.run(["xcrun", "stapler", "staple", str(image)], check=True)


def check(image: Path) -> None:
    """Whether the image can be read. On macOS only."""
    subprocess.run(["hdiutil", "verify", "-quiet", str(image)], check=True)

"""What a program for Windows says about itself, read out of its file by 7z."""

import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree


def version(program: Path) -> dict[str, str]:
    """The texts of its version resource, by their names."""
    return version_texts(_resource(program, "version.txt").decode("utf-16"))


def version_texts(text: str) -> dict[str, str]:
    """The same, of the text that 7z makes of that resource."""
    return dict(re.findall(r'^\s*VALUE "(\w+)", +"(.*)"\s*$', text, re.MULTILINE))


def manifest(program: Path) -> dict[str, str]:
    """What its manifest asks for: the texts of its elements by their names, and `level`."""
    return manifest_texts(_resource(program, "MANIFEST/1").decode("utf-8"))


def manifest_texts(text: str) -> dict[str, str]:
    """The same, of the manifest itself."""
    elements = [*ElementTree.fromstring(text).iter()]  # noqa: S314 - out of what we built
    found = {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in elements}
    levels = [one.get("level", "") for one in elements if "level" in one.attrib]
    return found | {"level": " ".join(levels)}


def icons(program: Path) -> int:
    """How many pictures its icon has."""
    return len(re.findall(r"\.rsrc/ICON/\d+$", _seven_zip("l", program).decode(), re.MULTILINE))


def _resource(program: Path, name: str) -> bytes:
    if not (content := _seven_zip("e", program, "-so", f".rsrc/{name}")):
        raise SystemExit(f"{program} has no {name} in it.")
    return content


def _seven_zip(command: str, program: Path, *words: str) -> bytes:
    """It reads any file as a program that it is told to (`-tPE`), and complains of what comes
    behind one."""
    line = ["7z", command, "-tPE", str(program), *words]
    return subprocess.run(line, capture_output=True, check=False).stdout

"""The bill of materials (SBOM, CycloneDX 1.6): which packages are in what people download, made
from the lock. See docs/decisions/0017-sbom-from-the-lock.md."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from version import ROOT, VERSION, moment

LOCK = ROOT / "requirements-package.lock"

_PINNED = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))? \\$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_OURSELVES = "trayapp-live (pyproject.toml)"


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the lock: where it is installed (PEP 508; empty means everywhere), the sums of
    the files it may be, and the names of the packages that ask for it; ours is `trayapp`."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    @property
    def ref(self) -> str:
        """Its package URL (purl-spec, type pypi)."""
        return f"pkg:pypi/{self.name.lower().replace('_', '-')}@{self.version}"


def build(out: Path) -> Path:
    """Write the bill of this version into the folder `out`. Same sources, same bytes."""
    packages = shipped(list(read(LOCK.read_text("utf-8"))))
    bill = document(packages, VERSION, moment(), licences(packages))
    made = out / f"trayapp-{VERSION}.cdx.json"
    made.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8", newline="\n")
    return made


def check(artefact: Path) -> None:
    """Raises: SystemExit when something is named that is not there, or nothing at all."""
    bill = json.loads(artefact.read_text("utf-8"))
    known = {one["bom-ref"] for one in (bill["metadata"]["component"], *bill["components"])}
    named = {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])}
    if not bill["components"] or named != known:
        raise SystemExit(f"{artefact} names what it does not have: {sorted(named ^ known)}")


def read(lock: str) -> Iterator[Package]:
    """The packages of a lock as `uv pip compile` writes it. A group of ours is nobody who asks.
    Raises: ValueError for a line that is none of such a lock."""
    for entry in re.split(r"^(?=[\w])", lock, flags=re.MULTILINE)[1:]:
        first, _, rest = entry.partition("\n")
        if not (found := _PINNED.match(first)):
            raise ValueError(f"{first!r} pins nothing")
        yield Package(
            found["name"],
            found["version"],
            found["marker"] or "",
            tuple(_HASH.findall(rest)),
            tuple(_asked_by(rest)),
        )


def shipped(packages: Sequence[Package]) -> list[Package]:
    """Those that trayapp asks for, itself or by others; the rest is there to build with."""
    reached = {"trayapp"}
    while more := {one.name for one in packages if reached & {*one.asked_by}} - reached:
        reached |= more
    return [one for one in packages if one.name in reached]


def _asked_by(entry: str) -> Iterator[str]:
    for line in entry.splitlines():
        name = line.strip().removeprefix("#").strip().removeprefix("via").strip()
        if line.strip().startswith("#") and name:
            if name == _OURSELVES:
                yield "trayapp"
            elif not name.startswith("trayapp-live ("):  # a group that is not installed with it
                yield name


def licences(packages: Sequence[Package]) -> dict[str, str]:
    """What the installed ones say of their licence, by name: an SPDX expression, where the package
    is recent enough to have one (PEP 639)."""
    said = {}
    for package in packages:
        try:
            said[package.name] = str(metadata(package.name)["License-Expression"])
        except (PackageNotFoundError, KeyError):  # one for another system, or of an older kind
            continue
    return said


def document(
    packages: Sequence[Package], version: str, when: int, licensed: Mapping[str, str]
) -> dict[str, Any]:
    """The bill, as JSON has it (CycloneDX 1.6). `when` is in seconds since 1970."""
    ours = f"pkg:pypi/trayapp-live@{version}"
    refs = {"trayapp": ours} | {one.name: one.ref for one in packages}
    components = [_component(one, licensed.get(one.name)) for one in packages]
    inner = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ours + inner)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "trayapp",
                "version": version,
                "licenses": [{"expression": "MIT"}],
                "purl": ours,
            },
        },
        "components": components,
        "dependencies": [
            {
                "ref": ref,
                "dependsOn": sorted(one.ref for one in packages if name in one.asked_by),
            }
            for name, ref in refs.items()
        ],
    }


def _component(package: Package, licence: str | None) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.ref,
        "name": package.name,
        "version": package.version,
        "purl": package.ref,
        # `hashes` would be those of one file; the lock has those of all files it may be.
        "properties": [
            *({"name": "trayapp:only where", "value": one} for one in (package.marker,) if one),
            *({"name": "trayapp:sha256", "value": one} for one in package.hashes),
        ],
    }
    if licence:
        component["licenses"] = [{"expression": licence}]
    return component

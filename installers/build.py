"""Builds what people install, each thing into dist, and tries it right after it is built.
scripts/build runs this; `scripts/build --help` names what there is."""

import argparse
import importlib
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import version

NAMES = ("bundle", "deb", "appdir", "nsis", "macos", "wine", "sbom", "sums")
"""In the order in which they need each other; a module here is called like each."""

OF_SYSTEM = {"linux": ("deb", "appdir"), "win32": ("nsis",), "darwin": ("macos",)}
ONLY_TESTED = {"linux": ("wine",)}
"""A setup for Windows that is built and tried under Wine: a test, not a release."""

WINE = version.ROOT / "tests" / "wine"
"""Where the module `wine` and the parts of its trial are."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to build, in `NAMES`' order, and into which folder."""

    names: tuple[str, ...]
    out: Path
    release: bool
    test: bool


def order(words: list[str], system: str) -> Order:
    """What the command line asks for on `system`. Raises: SystemExit for a wrong use."""
    parser = argparse.ArgumentParser(prog="scripts/build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)} or all")
    parser.add_argument("--out", type=Path, default=version.ROOT / "dist", metavar="DIR")
    parser.add_argument("--release", action="store_true", help="refuse what is not committed")
    parser.add_argument("--test", action="store_true", help="add the trials that take long")
    given = parser.parse_args(words)
    if unknown := set(given.names) - {*NAMES, "all"}:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there is {', '.join(NAMES)}, all")
    every = everything(system, long=given.test)
    asked = given.names if given.names and "all" not in given.names else every
    names = tuple(name for name in NAMES if name in asked)
    return Order(names, given.out.absolute(), given.release, given.test)


def everything(system: str, *, long: bool) -> tuple[str, ...]:
    """All that can be built on `system`, as `sys.platform` names it; `long` adds what is only there
    to be tried."""
    tested = ONLY_TESTED.get(system, ()) if long else ()
    return ("bundle", *OF_SYSTEM.get(system, ()), *tested, "sbom", "sums")


def refuse_changes() -> None:
    """Raises: SystemExit when the sources are not those of a commit."""
    if changed := version.changed():
        listed = "\n".join(f"  {line}" for line in changed)
        raise SystemExit(
            f"A release is built from a commit. These files are not as in the last one:\n{listed}\n"
            "Commit or remove them, or build without --release."
        )


def make(name: str, out: Path) -> Path:
    """Build one thing into `out`. The module says what it needs besides."""
    bundle, when = out / "trayapp", version.moment()
    module = importlib.import_module(name)
    made: Path
    if name in ("deb", "appdir", "nsis"):
        made = module.build(out, bundle, version.VERSION, when)
    elif name == "macos":
        made = module.build(out, out / "trayapp.app", version.VERSION, platform.machine())
    else:
        made = module.build(out)
    return made


def try_out(name: str, artefact: Path, *, long: bool) -> None:
    """Have the module check what it made; `long` adds what takes minutes."""
    module = importlib.import_module(name)
    for trial in ("check", "prove") if long else ("check",):
        if does := getattr(module, trial, None):
            does(artefact)


def main() -> None:
    wanted = order(sys.argv[1:], sys.platform)
    sys.path.append(str(WINE))
    if wanted.release:
        refuse_changes()
    wanted.out.mkdir(parents=True, exist_ok=True)
    for name in wanted.names:
        print(f"{name}: building", flush=True)
        artefact = make(name, wanted.out)
        try_out(name, artefact, long=wanted.test)
        print(f"{name}: {artefact}", flush=True)


if __name__ == "__main__":
    main()

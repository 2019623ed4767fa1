"""What is in a bundle and what is not, as data for build.spec."""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

EVERYWHERE = (
    # For developers, other programs and terminals of a person.
    *(
        "_tkinter",
        "curses",
        "_curses",
        "doctest",
        "idlelib",
        "lib2to3",
        "pdb",
        "pip",
        "pkg_resources",
    ),
    *(
        "pydoc",
        "readline",
        "setuptools",
        "test",
        "tkinter",
        "turtle",
        "unittest",
        "wheel",
        "xmlrpc",
    ),
    *("click.testing", "flask.testing", "werkzeug.debug"),
    # Used by our libraries where they are installed, and of no use to us.
    *("IPython", "cryptography", "dotenv", "gi", "numpy", "uvloop"),
)
# Of Pillow we draw one picture: no colour profiles, fonts or windows.
PICTURES = (
    *("PIL.AvifImagePlugin", "PIL.ImageCms", "PIL.ImageQt", "PIL.ImageTk"),
    *("PIL.WebPImagePlugin", "PIL._avif", "PIL._imagingcms", "PIL._imagingft", "PIL._imagingmath"),
    *("PIL._imagingtk", "PIL._webp"),
)
# Our own tray speaks D-Bus, and its pictures are drawn already.
LINUX = ("PIL", "pystray", "Xlib", "six", "trayapp.tray.artwork", "trayapp.tray.pystray_backend")
OTHERS = (
    "jeepney",
    *(f"trayapp.tray.{name}" for name in ("dbusmenu", "exported", "item", "linux")),
)
# They use libraries of Windows, and PyInstaller warns that it cannot find them elsewhere.
FOR_WINDOWS = ("ifaddr._win32", "platformdirs.windows", "trayapp.watch.hearing.windows")

_LICENCE = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)


def excludes(platform: str) -> list[str]:
    """Modules to leave out, with all below them; `platform` as `sys.platform` has it."""
    of_system = LINUX if platform == "linux" else (*PICTURES, *OTHERS)
    return [*EVERYWHERE, *of_system, *(() if platform == "win32" else FOR_WINDOWS)]


def modules_of(root: Path, platform: str) -> list[str]:
    """The modules of the package below `root` that a bundle for `platform` must have."""
    files = [file.relative_to(root) for file in (root / "trayapp").rglob("*.py")]
    names = [".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files]
    left_out = {*excludes(platform), "trayapp.__main__"}  # run, never imported
    return sorted(name for name in names if name not in left_out and ".__pyinst" not in name)


def files_of(package: Path) -> list[Path]:
    """The files of the package that are no code."""
    files = (file for file in package.rglob("*") if file.is_file())
    return sorted(file for file in files if file.suffix not in (".py", ".pyc"))


def texts(modules: Iterable[str], sources: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """The licences of all that is in a bundle, each with the folder there that it belongs in. The
    `modules` are those of the bundle, the `sources` the files that its libraries came from."""
    for name in [*packages(modules), "pyinstaller"]:  # what starts the bundle is PyInstaller's
        for file in texts_of(distribution(name)):
            yield file, f"licences/{name}"
    for file in texts_of_python():
        yield file, "licences/python"
    for name in debian_packages(sources):
        if (file := Path("/usr/share/doc", name, "copyright")).is_file():
            yield file, f"licences/{name}"


def packages(modules: Iterable[str]) -> list[str]:
    """The names of the packages, as PyPI has them, that the `modules` came with."""
    origins = packages_distributions()
    tops = {re.split(r"[./\\]", module, maxsplit=1)[0] for module in modules}
    return sorted({name.lower() for top in tops for name in origins.get(top, ())})


def texts_of(package: Distribution) -> list[Path]:
    """The licence files that an installed package keeps beside its metadata (PEP 639, and the ways
    before it)."""
    files = [file for file in package.files or () if file.parts[0].endswith(".dist-info")]
    named = [file for file in files if "licenses" in file.parts or _LICENCE.match(file.name)]
    return [Path(str(package.locate_file(file))) for file in named]


def texts_of_python() -> list[Path]:
    """Python's own licence, which names those of what is built into it."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places = [
        Path(sysconfig.get_path("stdlib"), "LICENSE.txt"),
        Path(sys.base_prefix, "LICENSE.txt"),  # Windows
        Path("/usr/share/doc", version, "copyright"),
    ]
    return [place for place in places if place.is_file()][:1]


def debian_packages(sources: Iterable[str]) -> list[str]:
    """The Debian packages that libraries of the system came with; none on other systems."""
    if shutil.which("dpkg-query") is None:
        return []
    # Debian keeps /lib and knows it as /usr/lib, or the other way round.
    files = {str(Path(source).resolve()) for source in sources}
    both = [*files, *(file.removeprefix("/usr") for file in files)]
    done = subprocess.run(
        ["dpkg-query", "--search", *both], capture_output=True, text=True, check=False
    )
    return sorted({line.split(":", 1)[0] for line in done.stdout.splitlines()})

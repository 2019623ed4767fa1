"""A headless browser of this computer, with a profile that is thrown away."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from trayapp.desktop.browser import program_environ

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = {
    "win32": (
        ("PROGRAMFILES", "Google/Chrome/Application/chrome.exe"),
        ("PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
        ("PROGRAMFILES", "Mozilla Firefox/firefox.exe"),
    ),
    "darwin": (
        ("", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("", "/Applications/Chromium.app/Contents/MacOS/Chromium"),
        ("", "/Applications/Firefox.app/Contents/MacOS/firefox"),
    ),
}
_CHROMIUM_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-breakpad",
    "--disable-extensions",
    "--disable-sync",
    "--remote-debugging-port=0",  # without it a headless Chromium ends when the page is loaded
)


def find() -> str:
    """The program of a browser that can be used headless; empty when there is none."""
    return next(_found(), "")


def _found() -> Iterator[str]:
    for name in (*_CHROMIUMS, "firefox", "firefox-esr"):
        if program := shutil.which(name):
            yield program
    for variable, place in _PLACES.get(sys.platform, ()):
        program = str(Path(os.environ.get(variable, "") or "/", place))
        if Path(program).is_file():
            yield program


class Browser:
    """Shows `url` until it is closed; `folder` takes its profile."""

    def __init__(self, program: str, url: str, folder: Path) -> None:
        self._words = [program, *_options(program, folder), url]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Raises: OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        environ = program_environ(os.environ, frozen=hasattr(sys, "frozen"))
        self._process = subprocess.Popen(
            self._words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environ | {"MOZ_CRASHREPORTER_DISABLE": "1"},
            cwd=self._folder,
        )

    @property
    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def close(self) -> None:
        """End it and all that it has started. Idempotent."""
        import psutil

        process, self._process = self._process, None
        if process is None:
            return
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        process.kill()
        process.wait()
        for child in family:
            try:
                child.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(family, timeout=2)


def _options(program: str, folder: Path) -> list[str]:
    if "firefox" in Path(program).name.lower():
        return ["--headless", "--no-remote", "--new-instance", "--profile", str(folder)]
    # As root it refuses to start with its sandbox; the page is our own.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*_CHROMIUM_OPTIONS, *root, f"--user-data-dir={folder}"]

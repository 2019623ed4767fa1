"""The examples as their documents say to run them, on a free port each."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import program_environ, wait_for

FOLDER = Path(__file__).parents[2] / "examples"


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Start a program; what it prints is in the file that comes back. Ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str | Path) -> Path:
        printed = tmp_path / f"printed-{len(started)}.txt"
        with printed.open("wb") as out:
            environ = program_environ(home)
            process = subprocess.Popen(
                words, stdout=out, stderr=out, env=environ, cwd=FOLDER.parent
            )
        started.append(process)
        return printed

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(10)


@pytest.fixture
def serve(start: Callable[..., Path]) -> Callable[[str], str]:
    """Run an application of the examples with `flask run`; its base URL."""

    def serve(name: str) -> str:
        app = f"examples/{name}"
        printed = start(sys.executable, "-m", "flask", "--app", app, "run", "--port", "0")
        found = wait_for(lambda: re.search(r"Running on (http://\S+)", printed.read_text()), 15)
        return found[1]

    return serve

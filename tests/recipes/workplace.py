"""A home folder with trayapp on its PATH, where recipes are pasted and their effects waited for."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.processes import free_port
from tests.hostile.network import inside
from tests.recipes.recipe import Block, recipes
from tests.streams import Reader, open_stream
from tests.support import program_environ


class Workplace:
    """A home folder, and in it one to work in, at a computer where trayapp serves on `port` and
    keeps its state in `state`.

    What a recipe writes as 8765 is that port, and as 8000 or 5000 another that is free: nothing
    else is changed. `within` names the network namespace of the computer.
    """

    def __init__(self, home: Path, within: str = "", state: Path | None = None) -> None:
        self.home = home
        self.folder = home / "work"
        self.folder.mkdir(parents=True)
        self.port = 0
        self.within = within
        self.free = free_port()
        self._started: list[subprocess.Popen[bytes]] = []
        self._reader: Reader | None = None
        programs = home / ".local" / "bin"
        programs.mkdir(parents=True)
        (programs / "trayapp").symlink_to(Path(sys.executable).with_name("trayapp"))
        (home / ".local" / "state").mkdir()
        self.state = home / ".local" / "state" / "trayapp"
        if state is None:
            self.state.mkdir()
        else:
            self.state.symlink_to(state)
        self.environ = {
            "npm_config_update_notifier": "false",
            **_plain(program_environ(self.state)),
            "HOME": str(home),
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    def blocks(self, title: str) -> list[Block]:
        """The blocks of a recipe, with the ports of this computer."""
        return [Block(one.language, one.name, self._here(one.text)) for one in recipes()[title]]

    def _here(self, text: str) -> str:
        return re.sub("8000|5000", str(self.free), text.replace("8765", str(self.port)))

    def paste(self, block: Block, folder: Path | None = None, *, append: bool = False) -> Path:
        """Save the block as the file it names, below the place or `folder`."""
        file = (folder or self.folder) / block.name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a" if append else "w", encoding="utf-8") as opened:
            opened.write(block.text)
        return file

    def type(
        self, text: str, folder: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Type the lines in a shell and wait for its end."""
        return subprocess.run(
            [*self._enter, "sh", "-c", text],
            cwd=folder or self.folder,
            env={**self.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )

    def start(self, line: str, folder: Path | None = None) -> None:
        """Type a line in a terminal of its own, where it runs until the test is over."""
        with (self.home / "printed.txt").open("ab") as printed:
            self._started.append(
                subprocess.Popen(
                    [*self._enter, "sh", "-c", f"exec {line}"],
                    cwd=folder or self.folder,
                    env=self.environ,
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def listen(self) -> None:
        """Begin to hear what is published from now on."""
        self._reader = self._inside(lambda: open_stream(self.port, "/stream?envelope=1"))
        assert self._reader.next().type == "hello"

    def event(
        self, topic: str, fits: Callable[[Any], bool] = lambda _: True, seconds: float = 15.0
    ) -> Any:
        """The data of the next event of `topic` that fits; JSON is taken apart."""
        assert self._reader is not None
        deadline, passed = time.monotonic() + seconds, []
        while (left := deadline - time.monotonic()) > 0:
            envelope = json.loads(self._reader.next(left).data)
            data = envelope.get("data", "")
            data = json.loads(data) if data.startswith("{") else data
            if envelope.get("topic") == topic and fits(data):
                return data
            passed.append(envelope)
        raise AssertionError(f"no such event of {topic} within {seconds} s, only {passed}")

    def end(self) -> None:
        """End what was started, with all that it has started itself."""
        if self._reader is not None:
            self._reader.close()
        for process in self._started:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._started:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    @property
    def _enter(self) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{self.within}"] if self.within else []

    def _inside(self, make: Callable[[], Reader]) -> Reader:
        return inside(self.within, make) if self.within else make()

    @property
    def printed(self) -> str:
        """What the terminals show."""
        return (self.home / "printed.txt").read_text("utf-8", "replace")


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what this run of pytest, and git around it, have set; and Flask watches all that is
    on the path of Python."""
    foreign = ("PYTEST_", "GIT_", "PYTHONPATH")
    return {name: text for name, text in environ.items() if not name.startswith(foreign)}

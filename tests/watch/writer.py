"""A process of its own that saves files: Python's lock in the process of the watcher stalls it not.

    writer.do("many", folder, 200, "x")

runs the job `many` there, waits for its end and says when it began and ended, on the clock of
`time.monotonic`, which is one for all processes on Linux.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.watch import patterns, play

HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Span:
    began: float
    ended: float
    pause: float = 0.0


class Writer:
    """The process; `stop` ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.watch.writer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HERE,
            text=True,
        )

    def start(self, job: str, *arguments: object) -> None:
        """Begin a job; `wait` tells of its end."""
        assert self._process.stdin is not None
        words = [str(one) if isinstance(one, Path) else one for one in arguments]
        self._process.stdin.write(json.dumps([job, *words]) + "\n")
        self._process.stdin.flush()

    def wait(self) -> Span:
        """The end of the job begun last. Raises: AssertionError with what went wrong in it."""
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline() or '{"fault": "the writer has died"}')
        assert "fault" not in answer, answer["fault"]
        return Span(**answer)

    def do(self, job: str, *arguments: object) -> Span:
        self.start(job, *arguments)
        return self.wait()

    def stop(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait(10)


# Jobs. Paths are strings, contents text of one byte per character.


def save(pattern: str, file: str, content: str) -> None:
    patterns.ALL[pattern](Path(file), content.encode("latin-1"))


def many(folder: str, count: int, content: str) -> float:
    """`page-0.html` … at once. Returns the longest pause, in seconds, until the third was there:
    on a busy machine this process may be stopped between two files."""
    ends = []
    for number in range(count):
        Path(folder, f"page-{number}.html").write_text(content)
        ends.append(time.monotonic())
    return max((later - end for end, later in zip(ends[:2], ends[1:3], strict=False)), default=0.0)


def steady(files: list[str], count: int, seconds: float) -> None:
    """`count` saves, evenly over `seconds`, of one file after the other."""
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * seconds / (count - 1) - time.monotonic()))
        Path(files[number % len(files)]).write_text(f"save {number}")


def pair(first: str, second: str, pause: float, content: str) -> None:
    Path(first).write_text(content)
    time.sleep(pause)
    Path(second).write_text(content)


def same_tick(file: str, first: str, second: str) -> None:
    """Two contents of one length, the second with the very times of the first."""
    Path(file).write_text(first)
    status = os.stat(file)  # noqa: PTH116 - the pair of times is what utime takes
    Path(file).write_text(second)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def stealth(file: str) -> None:
    play.stealth(Path(file).parent, Path(file).name)


def rebuild(folder: str, count: int, pause: float) -> None:
    """`rm -rf folder`, then a build into it."""
    shutil.rmtree(folder)
    time.sleep(pause)
    Path(folder).mkdir()
    for number in range(count):
        Path(folder, f"page-{number}.html").write_text(f"built {time.monotonic_ns()}")


def run(folder: str, *command: str) -> None:
    environ = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_EDITOR": "true"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"


def _main() -> None:
    jobs: dict[str, Callable[..., float | None]] = {
        job.__name__: job
        for job in (save, many, steady, pair, same_tick, stealth, rebuild, run, play.play)
    }
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        began = time.monotonic()
        answer: dict[str, object]
        try:
            pause = jobs[name](*arguments)
            answer = {"began": began, "ended": time.monotonic(), "pause": pause or 0.0}
        except Exception as fault:  # noqa: BLE001 - told to the test, which fails of it
            answer = {"fault": f"{name}: {fault!r}"}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    _main()

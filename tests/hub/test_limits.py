"""How many streams there may be: by wish, by the limit of open files, by what the system has."""

import logging
import resource
import selectors
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.hub.test_hub import Stage, publish
from trayapp.hub import limits

PROBE = """
import resource, selectors
from trayapp.hub import limits
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(limits.possible(selectors.DefaultSelector(), {wish}))
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage(selector=selectors.SelectSelector)
    yield stage
    stage.close()


def test_with_select_alone_the_hub_works(stage: Stage) -> None:
    stalled, quick = stage.join(), stage.join()
    assert stalled.next().type == quick.next().type == "hello"
    ids = []
    for _ in range(60):  # more than the kernel's buffers of one connection hold
        ids += publish(stage, size=100_000)
        assert quick.next().id == ids[-1]
    assert [stalled.next().id for _ in range(60)] == ids
    assert stage.hub.figures().limit == limits.CAP_OF_SELECT


def test_a_lower_cap_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Stage(selector=selectors.SelectSelector).close()
    assert "This system allows 480 open streams, not 10000" in caplog.text


@pytest.mark.parametrize(
    ("soft", "hard", "wish", "cap", "files"),
    [
        pytest.param(256, 4096, 1000, 1000, 1200, id="raised as far as needed"),
        pytest.param(256, 1024, 10_000, 824, 1024, id="raised as far as allowed"),
        pytest.param(2048, 2048, 1000, 1000, 2048, id="never lowered"),
        pytest.param(128, 128, 10_000, 1, 128, id="hardly any"),
    ],
)
def test_the_cap_follows_the_limit_of_open_files(
    soft: int, hard: int, wish: int, cap: int, files: int
) -> None:
    probe = PROBE.format(soft=soft, hard=hard, wish=wish)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=20)
    assert done.stdout.split() == [str(cap), str(files)], done.stderr


def test_the_limit_of_this_process_is_high_enough_for_the_wish() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < limits.CAP + limits.SPARE_FILES:
        pytest.skip("this system allows fewer open files")
    with selectors.DefaultSelector() as selector:
        assert limits.possible(selector, limits.CAP) == limits.CAP

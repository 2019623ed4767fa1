"""The suite's own guard: a test that leaves a thread or a descriptor open is an error, and ends."""

from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

LEAVES_A_THREAD = """
import threading

def test_leaves_a_thread():
    threading.Thread(target=threading.Event().wait, name="stray").start()
"""

LEAVES_A_FILE = """
import os

def test_leaves_a_descriptor(request):
    number = os.open(__file__, os.O_RDONLY)
    request.session.config.add_cleanup(lambda: os.close(number))
"""

LEAVES_NOTHING = """
import threading

def test_leaves_nothing():
    thread = threading.Thread(target=lambda: open(__file__).close())
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize(
    ("source", "errors", "says"),
    [
        (LEAVES_A_THREAD, 1, "*threads left behind: stray*"),
        (LEAVES_A_FILE, 1, "*file descriptors left behind:*"),
        (LEAVES_NOTHING, 0, "*1 passed*"),
    ],
)
def test_what_a_test_leaves_open_is_an_error(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    errors: int,
    says: str,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(CONFTEST.parent.parent))
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    pytester.makepyfile(source)
    result = pytester.runpytest_subprocess()
    assert result.ret == (1 if errors else 0)
    result.assert_outcomes(passed=1, errors=errors)
    result.stdout.fnmatch_lines([says])

"""The measurement of pages: it runs, and judges ours by the best of the others."""

import re

import pytest

from bench import pages
from tests.conftest import need

OTHERS = {"servor": [80.0], "vite": [20.0], "livereload": [30.0]}


def _judged(css: float, html: float, js: float) -> list[str]:
    ours = {"css": css, "html": html, "js": js}
    samples = {kind: {"trayapp": [took], **OTHERS} for kind, took in ours.items()}
    said = pages.told(samples).splitlines()
    return [line.rpartition(" ")[2] for line in said if ", goal " in line]


@pytest.mark.parametrize(
    ("css", "html", "js", "verdicts"),
    [
        (20.0, 10.0, 20.0, ["met", "met", "met"]),
        (20.1, 10.1, 20.1, ["MISSED", "MISSED", "MISSED"]),
        (19.0, 19.0, 19.0, ["met", "MISSED", "met"]),
    ],
)
def test_ours_is_judged_by_the_best_of_the_others(
    css: float, html: float, js: float, verdicts: list[str]
) -> None:
    assert _judged(css, html, js) == verdicts


@pytest.mark.browser
@pytest.mark.timeout(90)
def test_saves_are_measured_until_the_page_shows_them() -> None:
    need("chromium")
    said = pages.measure(saves=1, against=[], rounds=1)
    rows = re.findall(r"^(\w+) edit (?:shown|loaded), ms +([0-9.]+)", said, re.MULTILINE)
    assert [kind for kind, _ in rows] == ["css", "html", "js"]
    assert all(0 < float(median) < 10_000 for _, median in rows)

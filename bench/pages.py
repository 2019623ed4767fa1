"""From a save to what a page in Chromium shows of it: ours, and other programs that reload pages.

One process saves and drives the browser; the page tells by the clock they share, in steps of 1 ms.
The programs take turns: at the same save they would wait for each other.
"""

import importlib.util
import math
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import pageservers
from bench.comparison import Figure, Goal, report
from bench.fanout import turns
from bench.pageservers import Showing
from bench.servers import OURS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

FIGURES = {"css": "css edit shown, ms", "html": "html edit shown, ms", "js": "js edit loaded, ms"}
LIMITS = {"css": 1.0, "html": 0.5, "js": 1.0}
"""Our median at most so many times the best of the others."""

FILES = {"css": "style.css", "html": "index.html", "js": "script.js"}
PARAGRAPHS = "<p>A paragraph of a page as people write them, with some words in it.\n" * 100
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PROBE = Path(__file__).parent / "page.js"
PAUSE_MS = 1100
GIVE_UP = 10.0

Samples = dict[str, dict[str, list[float]]]
"""Milliseconds, by kind of file and program."""


def measure(saves: int, against: Sequence[str], rounds: int) -> str:
    """Save each kind of file `saves` times for ours and each program of `against`, in `rounds`
    turns each, and tell how long pages took to show it."""
    if reason := _missing():
        return reason
    reasons = {name: pageservers.missing(name) for name in against}
    names = [OURS, *(name for name, reason in reasons.items() if not reason)]
    samples: Samples = {kind: {name: [] for name in names} for kind in FILES}
    lost: list[str] = []
    with _chromium() as browser:
        for name in turns(names, rounds):
            for kind, took in _turn(browser, name, math.ceil(saves / rounds)):
                if took is None:
                    lost.append(f"{name} never showed a {kind} edit.")
                else:
                    samples[kind][name].append(took)
    left_out = [reason for reason in reasons.values() if reason]
    return "\n".join([told(samples), *lost, *left_out])


def told(samples: Samples) -> str:
    """The table, and a verdict for each kind of file."""
    count = len(samples["css"][OURS])
    figures = [Figure(FIGURES[kind], taken) for kind, taken in samples.items()]
    return report(f"Save to page, {count} saves each, medians", figures, _goals(samples))


def _missing() -> str:
    """Why nothing can be measured here, or nothing."""
    if importlib.util.find_spec("playwright") is None or shutil.which("chromium") is None:
        return "pages: needs chromium and playwright (scripts/test installs them)."
    return ""


def _goals(samples: Samples) -> list[Goal]:
    """Each against the program that was best at it."""
    goals = []
    for kind, limit in LIMITS.items():
        figure = Figure(FIGURES[kind], samples[kind])
        rivals = [name for name in figure.samples if name != OURS]
        if rivals:
            goals.append(Goal(figure.name, limit, min(rivals, key=figure.median)))
    return goals


@contextmanager
def _chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        yield browser
        browser.close()


def _turn(browser: "Browser", name: str, saves: int) -> Iterator[tuple[str, float | None]]:
    """Each save's kind and time; a page that never showed one is loaded anew."""
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as made:
        folder = Path(made)
        (folder / FILES["html"]).write_text("<p>Soon")  # programs may need one to begin
        with pageservers.showing(name, folder) as shown:
            for kind in FILES:
                (folder / FILES[kind]).write_text(_content(kind, 1, shown))
            with browser.new_context() as context:
                page = context.new_page()
                page.add_init_script(path=PROBE)
                page.wait_for_timeout(PAUSE_MS)
                page.goto(shown.url, wait_until="load")
                for kind in FILES:
                    for number in range(2, saves + 2):
                        took = _save(page, folder, kind, number, shown)
                        if took is None:
                            page.reload()
                        yield kind, took


def _content(kind: str, number: int, shown: Showing) -> str:
    if kind == "css":
        return f"#text {{ position: relative; z-index: {number}; }}\n"
    if kind == "js":
        return f"window.saved = {number};\n"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Page</title>\n'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="/{FILES["css"]}">\n'
        f'<script type="module" src="/{FILES["js"]}"></script>{shown.tag}</head>\n'
        f'<body><h1 id="text">{number}</h1>\n{PARAGRAPHS}</body></html>\n'
    )


def _save(page: "Page", folder: Path, kind: str, number: int, shown: Showing) -> float | None:
    """Milliseconds that one save took, or None when the page does not show it. Nothing is left to
    do of those before it by then, and no program holds back a save a second after another."""
    from playwright.sync_api import TimeoutError as NothingToldError

    page.wait_for_timeout(PAUSE_MS + random.uniform(0, 200))  # noqa: S311 - no secret: out of step
    content = _content(kind, number, shown).encode()
    beginning = f"bench {kind} {number} "

    def tells(message: "ConsoleMessage") -> bool:
        return message.text.startswith(beginning)

    try:
        with page.expect_console_message(tells, timeout=1000 * GIVE_UP) as told:
            begun = time.time()
            with (folder / FILES[kind]).open("wb") as file:
                file.write(content)
    except NothingToldError:
        return None
    return float(told.value.text.removeprefix(beginning)) - 1000 * begun

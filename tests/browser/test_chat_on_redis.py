"""The chat across two programs on one Redis: the same page as without, and the same order."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_chat import shown
from tests.rig.redisserver import RedisServer, running
from tests.support import Running

pytestmark = pytest.mark.browser

NAMES = ("<b>Ann</b>", "שרה")

# Twenty at once, and another one when the last is answered: they mix with those of the other side.
TALK = """async () => { const post = (message) =>
    fetch("/post", { method: "POST", body: new URLSearchParams({ message }) });
  const numbers = [...Array(20).keys()];
  const answers = await Promise.all(numbers.map((number) => post(`<i>${number}</i>`)));
  return [...answers, await post("javascript:alert(1)")].map(({ status }) => status); }"""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def programs(
    run_trayapp: Callable[..., Running], redis: RedisServer, tmp_path: Path
) -> list[Running]:
    """Two, as on two computers."""

    def start(name: str) -> Running:
        site, home = tmp_path / f"{name}-site", tmp_path / f"{name}-home"
        site.mkdir()
        environ = {"TRAYAPP_HOME": str(home), "TRAYAPP_BUS": redis.url}
        return run_trayapp(site, environ=environ)

    return [start("here"), start("there")]


@pytest.fixture
def pages(chromium: Browser, programs: list[Running]) -> Iterator[list[Page]]:
    """The chat of each, in a profile of its own, introduced."""
    contexts = [chromium.new_context() for _ in programs]
    pages = [context.new_page() for context in contexts]
    for page, program, name in zip(pages, programs, NAMES, strict=True):
        page.goto(f"{program.url}/chat")
        expect(page.locator("#status")).to_have_text("Connected")
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Your name").blur()
    yield pages
    for context in contexts:
        context.close()


def talk(page: Page) -> list[tuple[str, str, str]]:
    """Name, text and time of each message, in the order of the page."""
    return [(row["name"], row["text"], row["time"]) for row in shown(page)]


def test_two_programs_talk_in_one_order(
    pages: list[Page], programs: list[Running], redis: RedisServer
) -> None:
    for page, greeting in zip(pages, ("one", "two"), strict=True):
        page.get_by_label("Message").fill(greeting)
        page.keyboard.press("Enter")
        for each in pages:
            expect(each.locator("#log .text").last).to_have_text(greeting)
    started = [page.evaluate(f"globalThis.talk = ({TALK})(); 1") for page in pages]
    assert started == [1, 1]
    assert [set(page.evaluate("globalThis.talk")) for page in pages] == [{204}, {204}]
    for page in pages:
        expect(page.locator("#log > li")).to_have_count(44)
    said = talk(pages[0])
    assert talk(pages[1]) == said
    assert [(name, text) for name, text, _ in said[:2]] == list(
        zip(NAMES, ("one", "two"), strict=True)
    )
    for name in NAMES:
        texts = [text for who, text, _ in said if who == name]
        assert set(texts[1:-1]) == {f"<i>{number}</i>" for number in range(20)}
        assert texts[-1] == "javascript:alert(1)"
    assert all(page.locator("#log :is(a, b, i)").count() == 0 for page in pages)

    field = pages[0].get_by_label("Message")
    redis.send(signal.SIGSTOP)
    field.fill("held back")
    field.press("Enter")
    expect(pages[0].get_by_role("alert")).not_to_be_empty(timeout=10_000)
    expect(field).to_have_value("held back")
    redis.send(signal.SIGCONT)
    expect(pages[0].locator("#status")).to_have_text("Connected")
    pages[0].reload()
    pages[0].get_by_label("Message").fill("again")
    expect(pages[0].locator("#log > li")).to_have_count(44)
    pages[0].get_by_label("Message").press("Enter")
    for page in pages:
        expect(page.locator("#log .text").last).to_have_text("again")
    assert talk(pages[0]) == talk(pages[1])
    assert talk(pages[0])[:-1] == said, "what was refused was never said"

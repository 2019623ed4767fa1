"""The chat between the computer and a phone, in real browsers, behind the real guard."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect

from tests.browser.phone import Shared, a_browser, a_phone
from tests.support import wait_for
from trayapp import server
from trayapp.hub import hand_off

pytestmark = pytest.mark.browser

HERE = "Asia/Kathmandu"  # 5:45 ahead of UTC
THERE = "America/St_Johns"  # half an hour off the rest of the world as well


@dataclass
class Computer:
    """It shares its chat with a phone, and has a browser itself."""

    shared: Shared
    url: str
    page: Page
    phone: Page

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Id and line of all that was said, as the bus has it."""
        events = self.shared.site.bus.recent(5000)
        return [(event.id, event.data) for event in events if event.topic == "chat"]

    def say(self, line: str) -> None:
        self.shared.site.bus.publish("chat", line)


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with a_browser(playwright) as browser:
        yield browser


@pytest.fixture
def contexts(browser: Browser) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    rights = ["clipboard-read", "clipboard-write"]
    here = browser.new_context(timezone_id=HERE, locale="en-GB", permissions=rights)
    there = a_phone(browser, timezone_id=THERE, locale="en-GB", color_scheme="dark", has_touch=True)
    yield here, there
    here.close()
    there.close()


@pytest.fixture
def computer(tmp_path: Path, contexts: tuple[BrowserContext, BrowserContext]) -> Iterator[Computer]:
    shared = Shared(tmp_path)
    shared.start()
    listener = server.listen_on_loopback(0)
    shared.server.serve(listener, hand_off(shared.site.guard, shared.hub))  # as the computer itself
    here, there = contexts
    url = f"http://localhost:{listener.port}"
    computer = Computer(shared, url, here.new_page(), there.new_page())
    complaints: list[str] = []
    for page in (computer.page, computer.phone):
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
        )
    yield computer
    shared.stop()
    assert complaints == []


def open_it(computer: Computer) -> None:
    """On the computer by its address, on the phone by the code and the way from there."""
    computer.page.goto(f"{computer.url}/chat")
    expect(computer.page.locator("#status")).to_have_text("Connected")
    computer.phone.goto(computer.shared.invite())
    computer.phone.get_by_role("link", name="Chat").click()
    expect(computer.phone.locator("#status")).to_have_text("Connected")


def shown(page: Page) -> list[dict[str, Any]]:
    """The messages in the page."""
    rows = """[...document.querySelectorAll("#log > li")].map((row) => ({
      id: row.dataset.id, name: row.querySelector(".name").textContent,
      text: row.querySelector(".text").textContent, time: row.querySelector("time")?.dateTime,
      clock: row.querySelector(".time").textContent }))"""
    return list(page.evaluate(rows))


def ids(page: Page) -> list[str]:
    return [row["id"] for row in shown(page)]


def texts(page: Page) -> list[str]:
    return [row["text"] for row in shown(page)]


def test_a_computer_and_a_phone_talk(computer: Computer) -> None:
    computer.say("[2026-03-01T12:00:00+00:00] Zoë: of before")
    open_it(computer)
    page, phone = computer.page, computer.phone
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("Message").fill("hello")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("phone")
    page.keyboard.press("Enter")
    expect(phone.locator("#log .text").last).to_have_text("hello\nphone")
    expect(page.get_by_label("Message")).to_have_value("")
    phone.get_by_label("Your name").fill("שרה")
    phone.get_by_label("Message").fill("hello")
    phone.keyboard.press("Enter")
    phone.keyboard.type("computer")
    phone.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log").locator(".text").last).to_have_text("hello\ncomputer")

    said = shown(page)
    assert [(row["name"], row["text"]) for row in said] == [
        ("Zoë", "of before"),
        ("Ann", "hello\nphone"),
        ("שרה", "hello\ncomputer"),
    ]
    assert [row["time"] for row in shown(phone)] == [row["time"] for row in said]
    clocks = [[row["clock"] for row in shown(one)] for one in (page, phone)]
    for clock, zone in zip(clocks, (HERE, THERE), strict=True):
        local = datetime.fromisoformat(said[1]["time"]).astimezone(ZoneInfo(zone))
        assert clock[1] == f"{local:%H:%M}"
        old = datetime.fromisoformat(said[0]["time"]).astimezone(ZoneInfo(zone))
        assert f"{old:%H:%M}" in clock[0]
        assert "2026" in clock[0], "of another day"

    def between_history_and_stream(route: Route) -> None:
        computer.say("[t] Zoë: meanwhile")
        route.continue_()

    page.route("**/stream?*", between_history_and_stream, times=1)
    page.reload()
    expect(page.get_by_label("Your name")).to_have_value("Ann")
    expect(page.locator("#log .text").last).to_have_text("meanwhile")
    assert len(texts(page)) == 4


def test_both_have_the_order_of_the_bus(computer: Computer) -> None:
    open_it(computer)
    post = """(who) => { globalThis.done = Promise.all([...Array(20).keys()].map((number) =>
      fetch("/post", { method: "POST", body: new URLSearchParams({ message: `${who} ${number}` }) })
        .then(({ status }) => status))); }"""
    computer.page.evaluate(post, "here")
    computer.phone.evaluate(post, "there")
    for page in (computer.page, computer.phone):
        assert set(page.evaluate("globalThis.done")) == {204}
    order = [id for id, _ in computer.lines]
    assert len(order) == 40
    for page in (computer.page, computer.phone):
        expect(page.locator("#log > li")).to_have_count(40)
        assert ids(page) == order


ZALGO = "Z" + "\u0310\u0489\u0337\u0321" * 400
HOSTILE = [
    ("<b>Ann</b>", "<img src=x onerror=alert(1)><script>alert(2)</script>"),
    ("Ann", "javascript:alert(1) JAVASCRIPT:alert(1) data:text/html,<script>alert(1)</script>"),
    ("Ann", "\u202egnp.exe \u2066\u2067 xoo\u202d\u2029next"),
    ("Ann", ZALGO),
    ("Ann", "x" * 4096),
    ("x" * 40, "&amp; &lt; %3Cb%3E \\u003cb\\u003e"),
]
LINKS = (
    "see https://example.com/a?b=(c)&d=1, (http://[::1]:8765/x). https://e.x/\u202eb HTTPS://E.X"
)


def test_names_and_messages_are_text_and_web_addresses_are_links(computer: Computer) -> None:
    open_it(computer)
    for name, message in HOSTILE:
        computer.say(f"[2026-03-01T12:00:00+00:00] {name}: {message}")
    computer.say("<i>no line at all</i>")
    computer.say(f"[not a time] Ann: {LINKS}")
    expect(computer.phone.locator("#log > li")).to_have_count(len(HOSTILE) + 2)
    for page in (computer.page, computer.phone):
        rows = [(row["name"], row["text"]) for row in shown(page)]
        assert rows == [*HOSTILE, ("", "<i>no line at all</i>"), ("Ann", LINKS)]
        kinds = set(
            page.evaluate(
                "[...document.querySelectorAll('#log *')].map((one) => one.localName.toLowerCase())"
            )
        )
        assert kinds <= {"li", "p", "bdi", "time", "span", "button", "a"}
        links = page.evaluate(
            "[...document.querySelectorAll('#log a')].map((a) => [a.href, a.rel, a.target])"
        )
        safe = ["noopener noreferrer", "_blank"]
        hrefs = ["https://example.com/a?b=(c)&d=1", "http://[::1]:8765/x", "https://e.x/"]
        assert links == [[href, *safe] for href in [*hrefs, "https://e.x/"]]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert page.evaluate("document.querySelector('#log').scrollWidth <= innerWidth")


def test_what_was_said_is_copied_as_it_is_with_and_without_https(computer: Computer) -> None:
    open_it(computer)
    text = "  if <x>:\n\n    https://example.com/a"
    computer.say(f"[2026-03-01T12:00:00+00:00] Ann: {text}")
    for page in (computer.page, computer.phone):  # the phone came by http and a number
        page.get_by_role("button", name="Copy what Ann said").click()
        expect(page.locator("#said")).to_have_text("Copied.")
        page.get_by_label("Message").focus()
        page.keyboard.press("Control+V")
        expect(page.get_by_label("Message")).to_have_value(text)


def test_what_cannot_be_sent_stays_with_the_reason(computer: Computer) -> None:
    page = computer.page
    computer.say("[t] Zoë: " + 100 * "of before\n")
    page.goto(f"{computer.url}/chat")
    expect(page.locator("#status")).to_have_text("Connected")
    field, problem = page.get_by_label("Message"), page.get_by_role("alert")

    page.get_by_label("Your name").fill("a: b")
    field.fill("first")
    field.press("Enter")
    expect(problem).to_contain_text("colon")
    wait_for(lambda: page.evaluate("(l => l.scrollHeight - l.scrollTop - l.clientHeight)(log)") < 2)
    page.get_by_label("Your name").fill("Ann")
    field.fill("x" * 4097)
    field.press("Enter")
    expect(problem).to_contain_text("4097 characters")
    assert len(field.input_value()) == 4097
    field.fill("second")
    page.context.set_offline(True)
    field.press("Enter")
    expect(problem).to_contain_text("does not answer")
    expect(field).to_have_value("second")
    page.context.set_offline(False)

    def while_it_is_sent(route: Route) -> None:
        field.press_sequentially(" and more")
        route.continue_()

    page.route("**/post", while_it_is_sent)
    field.press("Enter")
    expect(field).to_have_value(" and more")
    expect(problem).to_be_hidden()
    assert [line.partition("] ")[2] for _, line in computer.lines[1:]] == ["Ann: second"]


def test_it_says_when_it_is_not_connected_and_misses_nothing(computer: Computer) -> None:
    open_it(computer)
    shared, phone = computer.shared, computer.phone
    computer.say("[t] Ann: one")
    expect(phone.locator("#log .text")).to_have_text("one")
    phone.context.set_offline(True)
    shared.hub.end(lambda reader: True)
    expect(phone.locator("#status")).to_contain_text("Not connected")
    computer.say("[t] Ann: two")
    phone.context.set_offline(False)
    expect(phone.locator("#status")).to_have_text("Connected")
    expect(phone.locator("#log .text")).to_have_text(["one", "two"])
    expect(computer.page.locator("#log .text")).to_have_text(["one", "two"])

    phone.context.set_offline(True)
    shared.hub.end(lambda reader: bool(reader.device))
    expect(phone.locator("#status")).to_contain_text("Not connected")
    for number in range(4100):  # more than the history holds
        shared.site.bus.publish("noise", str(number))
    computer.say("[t] Ann: three")
    phone.context.set_offline(False)
    expect(phone.locator("#log .text")).to_have_text(["three"])
    computer.say("[t] Ann: four")
    expect(phone.locator("#log .text")).to_have_text(["three", "four"])

    (device,) = shared.site.devices.states({})
    shared.site.devices.forget(device.device)
    shared.hub.end(lambda reader: reader.device == device.device)
    expect(phone.locator("#status")).to_contain_text("not paired any longer")
    phone.get_by_role("link", name="How?").click()
    expect(phone).to_have_url(re.compile(r"/pair$"))
    wait_for(lambda: len(ids(computer.page)) == 4)

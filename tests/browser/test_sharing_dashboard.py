"""The part of the dashboard that lets other devices in, before a stand-in for trayapp."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route, expect

from trayapp import web
from trayapp.state import DeviceState, LanState, State
from trayapp.web import qr
from trayapp.web.headers import security_headers
from trayapp.web.routes import DASHBOARD

pytestmark = pytest.mark.browser

URL = "http://127.0.0.1:8765"
LAN = "http://192.168.1.5:8765"
ROOM = Path(web.__file__).parent
KINDS = {".js": "text/javascript", ".css": "text/css"}
HELLO = {"paused": False, "roots": [], "version": "1"}
ON = LanState(on=True, urls=(LAN, "http://my-pc.local:8765"))
PHONE = DeviceState("d1", "Pixel, Chrome", 1.0, seen=1_700_000_000.0, address="192.168.1.7")
TABLET = DeviceState("d2", "iPad, Safari", 2.0, streams=2)
ADVICE = [
    {"text": "A firewall may block the port.", "command": "sudo ufw allow 8765/tcp"},
    {"text": "Guest networks keep devices apart.", "command": ""},
]


class StandIn:
    """trayapp as the dashboard sees it, in the browser's network. `told` is what was posted.

    Its stream ends after the hello, so the dashboard looks again each second; a paused clock has
    to be moved on for that.
    """

    def __init__(self) -> None:
        self.state = State("on", "1", URL, 7)
        self.told: list[tuple[str, Any]] = []
        self.refused: dict[str, tuple[int, str, str]] = {}
        self.invited = 0

    def become(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(URL).partition("?")[0]
        if path == "/":
            html = (ROOM / "templates" / "dashboard.html").read_text("utf-8")
            route.fulfill(
                body=html, content_type="text/html", headers=dict(security_headers(DASHBOARD))
            )
        elif path.startswith("/static/"):
            file = ROOM / "static" / path.removeprefix("/static/")
            route.fulfill(body=file.read_text("utf-8"), content_type=KINDS[file.suffix])
        elif path == "/stream":
            hello = f"event: hello\ndata: {json.dumps(HELLO)}\n\n"
            route.fulfill(body=hello, content_type="text/event-stream")
        elif path == "/favicon.ico":
            route.fulfill(status=204)
        else:
            self._control(route, path)

    def _control(self, route: Route, path: str) -> None:
        if path in self.refused:
            status, error, hint = self.refused[path]
            route.fulfill(status=status, json={"error": error, "hint": hint})
        elif route.request.method == "POST":
            body = json.loads(route.request.post_data or "")
            if path != "/api/session":
                self.told.append((path, body))
            route.fulfill(json=self._posted(path, body))
        else:
            answers = {"/api/events": {"events": []}, "/api/key": {"key": "the-read-key"}}
            route.fulfill(json=answers.get(path) or self.state.as_json())

    def _posted(self, path: str, body: Any) -> dict[str, Any]:
        lan = self.state.lan
        match path:
            case "/api/session":
                return {"token": "session"}
            case "/api/lan":
                self.become(lan=replace(lan, on=lan.on and body["on"], asked=body["on"]))
            case "/api/lan/keep":
                self.become(lan=replace(lan, keep=body["on"]))
            case "/api/from-disk":
                self.become(from_disk=body["on"])
            case "/api/devices/forget":
                left = (one for one in self.state.devices if one.device != body["device"])
                self.become(devices=tuple(left))
            case "/api/devices/forget-all":
                self.become(devices=())
            case "/api/invite":
                return self._invitation()
        return {}

    def _invitation(self) -> dict[str, Any]:
        self.invited += 1
        urls = [f"{url}/pair?code=c{self.invited}" for url in self.state.lan.urls]
        links = [{"url": url, "svg": qr.svg(url), "text": ""} for url in urls]
        return {"seconds": 120.0, "links": links, "advice": ADVICE}


@pytest.fixture
def trayapp(page: Page) -> StandIn:
    """The stand-in, in the network of the page."""
    stand_in = StandIn()
    page.route(f"{URL}/**", stand_in.answer)
    return stand_in


@pytest.fixture(autouse=True)
def complaints(page: Page) -> list[str]:
    """What the browser complains of: a blocked style, an uncaught error."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


Open = Callable[..., None]


@pytest.fixture
def open_it(page: Page, trayapp: StandIn) -> Open:
    """Open the dashboard with a code, in a state."""

    def open_it(view: str = "", **changes: object) -> None:
        trayapp.become(**changes)
        page.goto(f"{URL}/#c=code{view and f'&view={view}'}")
        expect(page.locator("#switch")).to_be_visible()

    return open_it


def test_without_a_token_nothing_of_it_is_shown(page: Page, trayapp: StandIn) -> None:
    trayapp.become(lan=ON, devices=(PHONE,))
    page.goto(URL)
    expect(page.locator("#locked")).to_be_visible()
    expect(page.locator("#sharing")).to_be_hidden()
    expect(page.locator("#disk")).to_be_hidden()
    expect(page.locator("#snippet-lan-part")).to_be_hidden()


def test_switching_on_waits_for_a_yes_in_the_tray(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it()
    box = page.get_by_label("Share on this network")
    wait = page.locator("#lan-wait")
    expect(wait).to_be_hidden()

    box.click()

    expect(wait).to_contain_text("Allow sharing, as the dashboard asks")
    expect(wait).to_contain_text("trayapp lan on")
    assert trayapp.told == [("/api/lan", {"on": True})]
    expect(box).not_to_be_checked()
    assert box.evaluate("box => box.indeterminate")
    trayapp.become(lan=ON)  # as a click in the tray does
    expect(wait).to_be_hidden()
    expect(box).to_be_checked()
    expect(page.locator("#said")).to_have_text("Sharing is on.")
    expect(page.locator("#lan-urls li")).to_have_text(list(ON.urls))


def test_the_wait_ends_after_a_minute(page: Page, trayapp: StandIn, open_it: Open) -> None:
    page.clock.install()
    open_it()
    page.get_by_label("Share on this network").click()
    expect(page.locator("#lan-wait")).to_be_visible()

    trayapp.become(lan=LanState())  # as trayapp does by itself
    page.clock.fast_forward(61_000)

    expect(page.locator("#lan-late")).to_be_visible()
    expect(page.locator("#lan-wait")).to_be_hidden()
    assert trayapp.told == [("/api/lan", {"on": True})]


def test_the_wait_can_be_cancelled(page: Page, trayapp: StandIn, open_it: Open) -> None:
    open_it()
    page.get_by_label("Share on this network").click()

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#lan-wait")).to_be_hidden()
    expect(page.locator("#lan-late")).to_be_hidden()
    assert trayapp.told[-1] == ("/api/lan", {"on": False})
    expect(page.get_by_label("Share on this network")).to_be_focused()


def test_sharing_is_switched_off_and_kept_on(page: Page, trayapp: StandIn, open_it: Open) -> None:
    open_it(lan=ON)
    page.get_by_label("Keep on after a restart").click()
    page.get_by_label("Share on this network").click()
    expect(page.locator("#lan-on")).to_be_hidden()
    assert trayapp.told == [("/api/lan/keep", {"on": True}), ("/api/lan", {"on": False})]


def test_a_refusal_is_shown_and_the_box_put_right(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it()
    trayapp.refused["/api/lan"] = (400, "There is no network.", "Connect this computer to one.")
    box = page.get_by_label("Share on this network")
    box.click()
    expect(page.locator("#problem")).to_contain_text("There is no network.")
    expect(box).not_to_be_checked()


def test_a_problem_of_sharing_is_shown(page: Page, open_it: Open) -> None:
    open_it(lan=replace(ON, problem="No address of a local network."))
    expect(page.locator("#lan-problem")).to_have_text("No address of a local network.")


def test_the_code_is_drawn_and_the_device_that_comes_is_named(
    page: Page, trayapp: StandIn, open_it: Open, complaints: list[str]
) -> None:
    open_it(lan=ON, devices=(PHONE,))
    page.get_by_role("button", name="Pair a device").click()
    dialog = page.get_by_role("dialog", name="Pair a device")
    expect(dialog.locator("#pairing-url")).to_have_text(f"{LAN}/pair?code=c1")
    picture = dialog.get_by_role("img")
    expect(picture.locator("svg path").first).to_be_attached()
    box = picture.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) > 200
    expect(dialog.locator("#pairing-left")).to_contain_text(re.compile("1:5|2:0"))

    trayapp.become(devices=(PHONE, TABLET))

    expect(dialog.locator("#pairing-said")).to_have_text("Connected: iPad, Safari")
    expect(picture).to_be_hidden()
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    dialog.get_by_role("button", name="Pair another").click()
    expect(dialog.locator("#pairing-url")).to_have_text(f"{LAN}/pair?code=c2")
    expect(picture).to_be_visible()
    expect(dialog.locator("#pairing-said")).to_have_text("")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert complaints == []


def test_a_known_device_that_pairs_again_is_named(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it(lan=ON, devices=(PHONE,))
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing")).to_be_visible()
    trayapp.become(devices=(replace(PHONE, paired=9.0),))
    expect(page.locator("#pairing-said")).to_have_text("Connected: Pixel, Chrome")


def test_a_code_that_is_over_is_followed_by_another(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    page.clock.install()
    open_it(lan=ON)
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing-url")).to_have_text(f"{LAN}/pair?code=c1")
    page.clock.fast_forward(121_000)
    expect(page.locator("#pairing-url")).to_have_text(f"{LAN}/pair?code=c2")
    expect(page.locator("#pairing-left")).to_contain_text(re.compile("1:5|2:0"))
    assert trayapp.invited == 2


def test_the_address_of_the_code_can_be_another(page: Page, open_it: Open) -> None:
    open_it(lan=ON)
    page.get_by_role("button", name="Pair a device").click()
    choice = page.get_by_label("It does not answer? Try by")
    before = page.locator("#pairing-picture").inner_html()
    choice.select_option("my-pc.local:8765")
    expect(page.locator("#pairing-url")).to_have_text("http://my-pc.local:8765/pair?code=c1")
    assert page.locator("#pairing-picture").inner_html() != before


def test_advice_comes_when_no_device_gets_through(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    page.clock.install()
    open_it(lan=replace(ON, seen=5.0))
    page.get_by_role("button", name="Pair a device").click()
    advice = page.locator("#pairing-advice")
    expect(page.locator("#pairing-url")).not_to_be_empty()
    page.clock.fast_forward(13_000)
    expect(advice).to_be_hidden()

    page.clock.fast_forward(3_000)

    expect(advice).to_be_visible()
    expect(advice.locator("li")).to_have_text([re.compile("firewall"), re.compile("Guest")])
    expect(advice.locator("code")).to_have_text("sudo ufw allow 8765/tcp")
    expect(advice.get_by_role("button", name="Copy the command")).to_have_count(1)
    trayapp.become(lan=replace(ON, seen=6.0))
    page.clock.fast_forward(2_000)
    expect(advice).to_be_hidden()


def test_no_advice_when_a_request_came(page: Page, trayapp: StandIn, open_it: Open) -> None:
    page.clock.install()
    open_it(lan=replace(ON, seen=5.0))
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing-url")).not_to_be_empty()
    trayapp.become(lan=replace(ON, seen=6.0))
    with page.expect_response("**/api/state"):
        page.clock.fast_forward(16_000)
    page.clock.run_for(3_000)
    expect(page.locator("#pairing-advice")).to_be_hidden()
    expect(page.locator("#pairing-said")).to_have_text("")


def test_sharing_that_ends_closes_the_dialog(page: Page, trayapp: StandIn, open_it: Open) -> None:
    open_it(lan=ON)
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing")).to_be_visible()
    trayapp.become(lan=LanState())
    expect(page.locator("#pairing")).to_be_hidden()


def test_a_code_that_is_refused_is_told(page: Page, trayapp: StandIn, open_it: Open) -> None:
    page.clock.install()
    open_it(lan=ON)
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing")).to_be_visible()
    trayapp.refused["/api/invite"] = (400, "Sharing is off.", "Switch it on: trayapp lan on")
    page.clock.fast_forward(121_000)
    expect(page.locator("#pairing")).to_be_hidden()
    expect(page.locator("#problem")).to_contain_text("trayapp lan on")


def test_the_tray_leads_to_the_code(page: Page, open_it: Open) -> None:
    open_it("sharing", lan=ON)
    expect(page.locator("#pairing-url")).to_have_text(f"{LAN}/pair?code=c1")
    assert page.url == f"{URL}/"


def test_the_tray_leads_to_the_switch_while_sharing_is_off(page: Page, open_it: Open) -> None:
    open_it("sharing")
    expect(page.get_by_label("Share on this network")).to_be_focused()
    expect(page.get_by_label("Share on this network")).to_be_in_viewport()
    expect(page.locator("#pairing")).to_be_hidden()


def test_devices_are_listed_renamed_and_forgotten(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it(devices=(PHONE, TABLET))
    rows = page.locator("#devices li")
    expect(rows.nth(0).locator(".how")).to_have_text(re.compile(r"^last seen .*192\.168\.1\.7$"))
    expect(rows.nth(1).locator(".how")).to_have_text("2 streams open")

    page.get_by_role("button", name="Rename Pixel, Chrome").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value("Pixel, Chrome")
    expect(name).to_be_focused()
    name.fill(" My phone ")
    name.press("Enter")
    expect(page.locator("#rename")).to_be_hidden()
    page.get_by_role("button", name="Forget iPad, Safari").press("Enter")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("button", name="Rename Pixel, Chrome")).to_be_focused()
    expect(page.locator("#said")).to_have_text("iPad, Safari is no longer paired.")
    assert trayapp.told == [
        ("/api/devices/rename", {"device": "d1", "name": "My phone"}),
        ("/api/devices/forget", {"device": "d2"}),
    ]


def test_all_devices_are_forgotten_on_a_second_word(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it(devices=(PHONE, TABLET))
    page.get_by_role("button", name="Forget all devices").click()
    question = page.get_by_role("dialog", name="Forget all devices?")
    question.get_by_role("button", name="Cancel").click()
    assert trayapp.told == []

    page.get_by_role("button", name="Forget all devices").click()
    question.get_by_role("button", name="Forget all").click()

    expect(page.locator("#devices-none")).to_be_visible()
    expect(page.get_by_role("button", name="Forget all devices")).to_be_hidden()
    assert trayapp.told == [("/api/devices/forget-all", {})]


def test_a_device_that_changes_leaves_the_focus_where_it_is(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it(devices=(PHONE,))
    page.get_by_role("button", name="Forget Pixel, Chrome").focus()
    trayapp.become(devices=(replace(PHONE, streams=1),))
    expect(page.locator("#devices .how")).to_contain_text("1 stream open")
    expect(page.get_by_role("button", name="Forget Pixel, Chrome")).to_be_focused()


def test_the_name_of_a_device_is_text(page: Page, open_it: Open, complaints: list[str]) -> None:
    open_it(devices=(replace(PHONE, name="<img src=x onerror=alert(1)>"),))
    expect(page.locator("#devices .name")).to_have_text("<img src=x onerror=alert(1)>")
    assert complaints == []


def test_a_picture_that_is_none_is_not_shown(
    page: Page, trayapp: StandIn, open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        qr, "svg", lambda url: '<img xmlns="http://www.w3.org/1999/xhtml" src="x"/>'
    )
    open_it(lan=ON)
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing-url")).not_to_be_empty()
    expect(page.locator("#pairing-picture img")).to_have_count(0)


def test_the_tag_for_every_device_is_there_while_sharing_is_on(
    page: Page, trayapp: StandIn, open_it: Open
) -> None:
    open_it(lan=ON)
    expect(page.locator("#snippet-lan")).to_contain_text("location.hostname")
    expect(page.locator("#snippet-lan")).to_contain_text(":8765/client.js")
    trayapp.become(lan=LanState())
    expect(page.locator("#snippet-lan-part")).to_be_hidden()


def test_the_key_is_copied_and_not_shown(
    page: Page, browser_context: BrowserContext, open_it: Open
) -> None:
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_it()
    page.get_by_text("Pages opened from disk", exact=True).click()
    tag = '<script src="http://localhost:8765/client.js?key=***"></script>'
    expect(page.locator("#snippet-key")).to_have_text(tag)

    page.get_by_role("button", name="Copy the tag with the key").click()

    expect(page.locator("#said")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == tag.replace("***", "the-read-key")
    expect(page.locator("#snippet-key")).to_have_text(tag)


def test_a_key_that_cannot_be_copied_is_shown_for_a_minute(page: Page, open_it: Open) -> None:
    page.clock.install()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    open_it()
    page.get_by_text("Pages opened from disk", exact=True).click()
    page.get_by_role("button", name="Copy the tag with the key").click()
    expect(page.locator("#snippet-key")).to_contain_text("the-read-key")
    assert "the-read-key" in page.evaluate("String(getSelection())")
    page.clock.fast_forward(61_000)
    expect(page.locator("#snippet-key")).to_contain_text("key=***")


def test_pages_from_disk_are_allowed(page: Page, trayapp: StandIn, open_it: Open) -> None:
    open_it()
    expect(page.locator("#disk-refused")).to_be_hidden()
    trayapp.become(disk_refused=1_700_000_000.0)
    expect(page.locator("#disk-refused")).to_contain_text("was turned away")
    expect(page.locator("#disk")).to_have_attribute("open", "")
    expect(page.locator("#from-disk-text")).to_contain_text("sandboxed frame")

    page.get_by_label("Allow pages opened from disk without the key").click()

    expect(page.locator("#disk-refused")).to_be_hidden()
    assert trayapp.told == [("/api/from-disk", {"on": True})]


def test_a_lost_token_closes_what_is_open(page: Page, trayapp: StandIn, open_it: Open) -> None:
    open_it(lan=ON)
    page.get_by_role("button", name="Pair a device").click()
    expect(page.locator("#pairing")).to_be_visible()
    trayapp.refused["/api/state"] = (401, "The token is wrong.", "")
    expect(page.locator("#pairing")).to_be_hidden()
    expect(page.locator("#sharing")).to_be_hidden()


WIDE = "W" * 60


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_cut_off_at_any_width(page: Page, open_it: Open, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    devices = (replace(PHONE, name=WIDE), replace(TABLET, name=WIDE))
    page.clock.install()
    open_it("sharing", lan=replace(ON, problem=WIDE * 2), devices=devices, disk_refused=5.0)
    expect(page.locator("#pairing-url")).not_to_be_empty()
    page.clock.fast_forward(16_000)
    expect(page.locator("#pairing-advice")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate("(d => d.scrollWidth - d.clientWidth)(document.querySelector('#pairing'))")
        == 0
    )


def test_every_control_has_a_name(page: Page, open_it: Open) -> None:
    open_it("sharing", lan=ON, devices=(PHONE,), disk_refused=5.0)
    expect(page.locator("#pairing")).to_be_visible()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, a, dialog')].filter((e) =>
            !e.textContent.trim() && !e.getAttribute('aria-label') && !(e.labels || []).length
        ).map((e) => e.outerHTML)"""
    )
    assert unnamed == []


def test_the_keyboard_reaches_all_of_it(page: Page, open_it: Open) -> None:
    open_it(lan=ON, devices=(PHONE,))
    page.get_by_label("Share on this network").focus()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.ariaLabel || document.activeElement.id")
        )
    assert reached == [
        "lan-keep",
        "pair",
        "Rename Pixel, Chrome",
        "Forget Pixel, Chrome",
        "forget-all",
    ]

"""The dashboard shows what goes on and switches it; without a token it only shows."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Page, Route, expect

from tests.browser.devsite import Site
from tests.support import Running, launched, wait_for

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]
Open = Callable[[Running], None]

pytestmark = pytest.mark.browser


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


def test_the_code_is_traded_and_leaves_the_address(
    run: Run, site: Site, page: Page, open_dashboard: Open, complaints: list[str]
) -> None:
    running = run(site.folder)
    open_dashboard(running)

    assert re.fullmatch(running.dashboard.removesuffix("#c="), page.url)
    expect(page.locator("#locked")).to_be_hidden()
    expect(page.locator("#roots")).to_contain_text(str(site.folder))
    page.reload()
    expect(page.locator("#switch")).to_be_visible()
    assert complaints == []


def test_what_is_kept_by_others_names_the_address_that_stays(
    run: Run, site: Site, page: Page, open_dashboard: Open
) -> None:
    """Snippets stand in pages, and the chat keeps a name in a cookie of its address."""
    running = run(site.folder)
    open_dashboard(running)

    server = f"localhost:{running.port}"
    expect(page.locator("#snippet-tag")).to_contain_text(f"http://{server}/client.js")
    expect(page.locator("#snippet-lines")).to_contain_text(f"http://{server}/stream")
    expect(page.locator("#snippet-send")).to_contain_text(f" {server}/notify")
    expect(page.locator("#snippet-lan")).to_contain_text(f"location.hostname}}:{running.port}/")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="chat").click()
    chat = opened.value
    expect(chat.locator("#status")).to_have_text("Connected")
    assert chat.url == f"http://127.0.0.1:{running.port}/chat"
    chat.close()


def test_without_a_token_it_shows_events_and_the_way_in(
    run: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run(site.folder)
    page.goto(running.url)
    expect(page.locator("#locked")).to_contain_text("trayapp open")
    expect(page.locator("#switch")).to_be_hidden()
    expect(page.locator("#add")).to_be_hidden()
    expect(page.locator("#roots .name")).to_have_text("site")
    tag = f'<script src="http://localhost:{running.port}/client.js"></script>'
    expect(page.locator("#snippet-tag")).to_have_text(tag)

    page.get_by_role("button", name="Send a test notification").click()

    expect(page.locator("#events .what")).to_contain_text("test notification")
    expect(page.locator("body")).not_to_contain_text(str(site.folder))


def test_a_used_code_says_what_to_do(
    run: Run, site: Site, page: Page, control: Control, browser_note: Path
) -> None:
    running = run(site.folder)
    control(running, "open", {})
    wait_for(browser_note.exists)
    address = launched(browser_note.read_text())
    page.goto(browser_note.read_text())
    expect(page.locator("#switch")).to_be_visible()
    page.evaluate("sessionStorage.clear()")
    page.goto("about:blank")

    page.goto(address)

    expect(page.locator("#problem")).to_be_visible()
    expect(page.locator("#locked")).to_be_visible()
    assert page.url == address.partition("#")[0]


def test_saves_and_notifications_appear_as_they_happen(
    run: Run, site: Site, page: Page, open_dashboard: Open, publish: Publish
) -> None:
    running = run(site.folder)
    publish(running, "notify", "before it was opened", Title="Early")
    open_dashboard(running)
    events = page.locator("#events li")
    expect(events).to_have_count(1)
    expect(events).to_contain_text("Early: before it was opened")

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    expect(events).to_have_count(2)
    expect(events.first).to_contain_text("css/style.css")
    expect(events.first).to_contain_text("site")


def test_pause_and_resume(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    expect(page.locator("#status")).to_contain_text("Live reload is on")

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#status")).to_contain_text("Paused")
    assert control(running, "state")["status"] == "paused"

    control(running, "resume", {})  # as the tray does: the page hears of it
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Live reload is on")


def test_an_old_answer_does_not_replace_a_newer_one(
    run: Run,
    site: Site,
    page: Page,
    open_dashboard: Open,
    control: Control,
    publish: Publish,
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    held: list[tuple[Route, APIResponse]] = []

    def hold_paused(route: Route) -> None:
        answer = route.fetch(url=f"{running.url}/api/state")  # Node finds no name below localhost
        if answer.json()["status"] == "paused":
            held.append((route, answer))
        else:
            route.fulfill(response=answer)

    def is_held() -> bool:
        page.wait_for_timeout(10)  # lets the browser's requests reach `hold_paused`
        return bool(held)

    page.route("**/api/state", hold_paused)
    page.get_by_role("button", name="Pause").click()
    wait_for(is_held)
    control(running, "resume", {})
    with page.expect_response("**/api/state"):
        page.wait_for_timeout(0)
    for route, answer in held:
        route.fulfill(response=answer)
    page.wait_for_timeout(100)  # the answers are there; whatever they do, they do at once

    expect(page.locator("#status")).to_contain_text("Live reload is on")


def test_a_typed_path_is_completed_and_watched(
    run: Run, site: Site, page: Page, open_dashboard: Open, tmp_path: Path
) -> None:
    (tmp_path / "projects" / "shop" / "pages").mkdir(parents=True)
    (tmp_path / "projects" / "shelf").mkdir()
    open_dashboard(run(site.folder))
    field = page.get_by_label("Add a folder")
    options = page.locator("#path-list [role=option]")

    field.fill(str(tmp_path / "projects" / "sh"))
    expect(options).to_have_text(["shelf", "shop"])
    field.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value(f"{tmp_path}/projects/shop/")
    expect(options).to_have_text(["pages"])
    field.press("Escape")
    field.press("Enter")

    expect(page.locator("#roots .name")).to_have_text(["site", "shop"])
    expect(field).to_have_value("")


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(
    run: Run, site: Site, page: Page, open_dashboard: Open, tmp_path: Path
) -> None:
    (tmp_path / "projects" / "shop").mkdir(parents=True)
    (tmp_path / "projects" / "shelf").mkdir()
    open_dashboard(run(site.folder))
    held: list[Route] = []
    page.route(re.compile(r"/api/folders.*sh$"), lambda route: held.append(route))
    field = page.get_by_label("Add a folder")
    options = page.locator("#path-list [role=option]")

    with page.expect_request(re.compile(r"/api/folders.*sh$")):
        field.fill(str(tmp_path / "projects" / "sh"))
    field.press_sequentially("o")
    expect(options).to_have_text(["shop"])
    with page.expect_response(re.compile(r"/api/folders.*sh$")):
        held[0].continue_()
    page.wait_for_timeout(100)  # the answer is there; whatever it does, it does at once

    expect(options).to_have_text(["shop"])


def test_a_folder_is_chosen_by_clicks_from_home(
    run: Run,
    site: Site,
    page: Page,
    open_dashboard: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = tmp_path / "person"
    (person / "projects" / "blog").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(person))
    open_dashboard(run(site.folder))
    chooser = page.get_by_role("dialog")

    page.get_by_role("button", name="Choose").click()
    expect(chooser).to_contain_text(str(person))
    chooser.get_by_role("button", name="projects").click()
    chooser.get_by_role("button", name="blog").click()
    chooser.get_by_role("button", name="One level up").click()
    chooser.get_by_role("button", name="blog").click()
    expect(chooser.locator("#chooser-path")).to_have_text(str(person / "projects" / "blog"))
    chooser.get_by_role("button", name="Watch this folder").click()

    expect(chooser).to_be_hidden()
    expect(page.locator("#roots .name")).to_have_text(["site", "blog"])


def test_a_folder_is_removed(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    open_dashboard(running)

    page.get_by_role("button", name="Stop watching site").click()

    expect(page.locator("#roots-none")).to_be_visible()
    expect(page.locator("#said")).to_have_text("Stopped watching site.")
    assert control(running, "state")["roots"] == []


def test_a_refusal_is_shown_with_its_remedy(
    run: Run, site: Site, page: Page, open_dashboard: Open, tmp_path: Path
) -> None:
    open_dashboard(run(site.folder))
    field = page.get_by_label("Add a folder")

    field.fill(str(tmp_path / "nowhere"))
    field.press("Enter")

    problem = page.get_by_role("alert").filter(has_text="nowhere")
    expect(problem).to_contain_text(re.compile("does not exist|not there|no such", re.IGNORECASE))
    page.get_by_role("button", name="Close this message").click()
    expect(page.locator("#problem")).to_be_hidden()


def test_desktop_notifications_are_switched(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    box = page.get_by_label("Show on this computer's desktop")
    expect(box).to_be_checked()

    box.uncheck()

    wait_for(lambda: control(running, "state")["notifications"] is False)
    expect(box).not_to_be_checked()


def test_a_switch_that_was_clicked_stays_while_other_news_comes(
    run: Run,
    site: Site,
    page: Page,
    open_dashboard: Open,
    control: Control,
    publish: Publish,
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    held: list[Route] = []
    page.route("**/api/notifications", lambda route: held.append(route))
    box = page.get_by_label("Show on this computer's desktop")
    box.uncheck()
    wait_for(lambda: page.evaluate("1") and held)

    control(running, "pause", {})
    publish(running, "notify", "after the pause")
    expect(page.locator("#events")).to_contain_text("after the pause")
    page.evaluate("fetch('/health').then((answer) => answer.text())")
    expect(box).not_to_be_checked()

    held[0].continue_()
    expect(page.locator("#status")).to_contain_text("Paused")
    expect(box).not_to_be_checked()
    assert control(running, "state")["notifications"] is False


def test_after_a_restart_it_locks_and_a_new_code_opens_it(
    run: Run, site: Site, page: Page, open_dashboard: Open, browser_note: Path, control: Control
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    running.stop()
    expect(page.locator("#status")).to_contain_text("does not answer")

    again = run(site.folder, "--port", str(running.port))

    expect(page.locator("#locked")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Live reload is on")
    expect(page.get_by_role("button", name="Stop watching site")).to_have_count(0)
    browser_note.unlink()
    control(again, "open", {})
    wait_for(browser_note.exists)
    page.goto(browser_note.read_text())
    expect(page.locator("#locked")).to_be_hidden()
    expect(page.locator("#switch")).to_be_visible()


def test_markup_in_events_stays_text(
    run: Run, site: Site, page: Page, open_dashboard: Open, publish: Publish
) -> None:
    running = run(site.folder)
    open_dashboard(running)

    publish(running, "notify", "<img src=x onerror=alert(1)>", Title="<script>")

    expect(page.locator("#events .what")).to_have_text("<script>: <img src=x onerror=alert(1)>")


def test_sharing_waits_for_a_yes_at_this_computer(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    box = page.get_by_label("Share on this network")

    box.click()

    expect(page.locator("#lan-wait")).to_be_visible()
    shared = control(running, "state")["lan"]
    assert (shared["on"], shared["asked"]) == (False, True)
    control(running, "lan", {"on": True})  # as `trayapp lan on` does
    expect(box).to_be_checked()
    expect(page.locator("#lan-wait")).to_be_hidden()
    page.get_by_label("Keep on after a restart").click()
    wait_for(lambda: control(running, "state")["lan"]["keep"])
    box.click()
    wait_for(lambda: not control(running, "state")["lan"]["on"])


def test_the_key_and_pages_from_disk_are_those_of_the_service(
    run: Run, site: Site, page: Page, home: Path, open_dashboard: Open, control: Control
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    running = run(site.folder)
    open_dashboard(running)
    page.get_by_text("Pages opened from disk", exact=True).click()
    page.get_by_role("button", name="Copy the tag with the key").click()
    expect(page.locator("#said")).to_have_text("Copied.")
    key = (home / "read-key").read_text()
    assert f"/client.js?key={key}" in page.evaluate("navigator.clipboard.readText()")

    page.get_by_label("Allow pages opened from disk without the key").click()

    wait_for(lambda: control(running, "state")["from_disk"])


def test_start_at_login_is_switched_and_a_refusal_is_told(
    run: Run,
    site: Site,
    page: Page,
    open_dashboard: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = tmp_path / "settings"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    open_dashboard(run(site.folder))
    box = page.get_by_label("Start trayapp when I log in")
    expect(box).not_to_be_checked()

    box.click()

    wait_for(lambda: (settings / "autostart" / "trayapp.desktop").exists())
    expect(box).to_be_checked()
    box.click()
    wait_for(lambda: not list((settings / "autostart").iterdir()))
    (settings / "autostart").rmdir()
    (settings / "autostart").write_text("no folder")
    box.click()
    expect(page.locator("#problem")).to_contain_text("Cannot change what starts at login")
    expect(box).not_to_be_checked()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_cut_off_at_any_width(
    run: Run, site: Site, page: Page, open_dashboard: Open, publish: Publish, width: int
) -> None:
    folder = site.folder / ("w" * 120)
    folder.mkdir()
    running = run(folder)
    open_dashboard(running)
    publish(running, "notify", "W" * 300)
    expect(page.locator("#events li")).to_have_count(1)

    page.set_viewport_size({"width": width, "height": 700})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_has_a_name(run: Run, site: Site, page: Page, open_dashboard: Open) -> None:
    open_dashboard(run(site.folder))

    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, a')].filter((e) =>
            !e.textContent.trim() && !e.getAttribute('aria-label') && !(e.labels || []).length
        ).map((e) => e.outerHTML)"""
    )

    assert json.dumps(unnamed) == "[]"


@pytest.fixture
def other(chromium: Browser) -> Iterator[Page]:
    """A page beside the dashboard, as in another browser."""
    page = chromium.new_page()
    yield page
    page.close()


def test_an_open_page_is_shown_with_its_last_update(
    run: Run, site: Site, page: Page, other: Page, open_dashboard: Open
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    expect(page.locator("#pages-none")).to_be_visible()
    other.goto(site.write_page(running.url, body="<title>Shop</title>"))
    row = page.locator("#pages li")
    expect(row).to_contain_text("no update yet")

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    expect(row.locator(".how")).to_have_text(re.compile(r"^css/style\.css, \d+ ms$"))
    link = row.get_by_role("link", name="Shop")
    expect(link).to_have_attribute("href", other.url)
    expect(row.locator(".where")).to_have_text(other.url)
    other.goto("about:blank")
    expect(page.locator("#pages-none")).to_be_visible()


def test_pages_that_need_somebody_come_first_and_say_so(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    views = [_view(f"p{number}", "current") for number in range(20)]
    views += [_view("slow", "behind"), _view("typed", "waiting")]
    _show(page, control(running, "state") | {"views": views})
    open_dashboard(running)
    rows = page.locator("#pages li")
    expect(rows).to_have_count(21)
    expect(rows.nth(0)).to_contain_text("did not apply the last change")
    expect(rows.nth(1)).to_contain_text("waits with an update")
    expect(rows.nth(2)).to_contain_text("css/a.css, 1.2 s")
    expect(rows.last).to_have_text("… and 2 more")


def test_what_a_page_says_of_itself_is_text(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    view = _view("<img src=x onerror=alert(1)>", "current")
    views = [view | {"url": url} for url in ("javascript:document.body.remove()", "")]
    _show(page, control(running, "state") | {"views": views})
    open_dashboard(running)
    expect(page.locator("#pages .name").first).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#pages a")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_is_cut_off_at_any_width(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control, width: int
) -> None:
    running = run(site.folder)
    wide = "w" * 120
    views = [_view(wide, "behind"), _view(wide, "waiting") | {"cause": f"{wide}/{wide}.css"}]
    _show(page, control(running, "state") | {"views": views})
    open_dashboard(running)
    expect(page.locator("#pages li")).to_have_count(2)

    page.set_viewport_size({"width": width, "height": 700})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _view(title: str, status: str) -> dict[str, Any]:
    view = {"page": title, "url": f"http://x/{title}", "title": title, "status": status}
    return view | {"cause": "css/a.css", "action": "css", "ms": 1234, "at": 5.0}


def _show(page: Page, state: dict[str, Any]) -> None:
    """Let the dashboard see this state."""
    page.route("**/api/state", lambda route: route.fulfill(json=state))

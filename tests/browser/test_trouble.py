"""The dashboard where something is not as it should be: what it says, and the way out it offers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.devsite import Site
from tests.support import Running, wait_for

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]
Open = Callable[[Running], None]

pytestmark = pytest.mark.browser

FETCH = """
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    if (asked[0] !== "/api/state" || !window.shown) return answer;
    const { root, ...changes } = window.shown;
    const state = { ...await answer.json(), ...changes };
    return Response.json({ ...state, roots: state.roots.map((one) => ({ ...one, ...root })) });
  };
"""

SYSCTL = "sudo sysctl fs.inotify.max_user_watches=524288"


def show(page: Page, **changes: object) -> None:
    """Let the dashboard see another state than there is: `root` holds changes of its root."""
    shown = {"root": changes.pop("root", {})} | changes
    page.add_init_script(f"window.shown = {json.dumps(shown)}; {FETCH}")


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ({"status": "watching", "files": 1}, "events proven · 1 file"),
        ({"status": "scanning", "files": 12000}, "looking through it, 12,000 files so far"),
        ({"status": "scanning", "files": 0}, "looking through it …"),
        ({"status": "polling", "files": 4}, "polling: looks for changes by itself · 4 files"),
        ({"status": "gone"}, "gone: watched again when it is back"),
        ({"status": "error", "detail": "No permission."}, "No permission."),
    ],
)
def test_each_folder_says_how_it_is_watched(
    run: Run, site: Site, page: Page, open_dashboard: Open, root: dict[str, object], said: str
) -> None:
    show(page, root=root)

    open_dashboard(run(site.folder))

    expect(page.locator("#roots .how")).to_have_text(said)


def test_the_line_that_raises_a_limit_can_be_copied(
    run: Run, site: Site, page: Page, open_dashboard: Open
) -> None:
    detail = f"The system's limit of watched folders (8192) is reached. Run: {SYSCTL}"
    show(page, root={"status": "polling", "detail": detail})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_dashboard(run(site.folder))
    row = page.locator("#roots li")
    expect(row).to_contain_text("The system's limit of watched folders (8192) is reached.")
    expect(row.locator("code")).to_have_text(SYSCTL)

    copy = row.get_by_role("button", name="Copy the command for site")
    copy.click()

    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == SYSCTL


LOOP = {"root": "site", "path": "<b>visits.log", "since": 1.0}
PROBLEM = (
    "<b>visits.log in site changes with each page load: its reloads are paused. "
    "Ignore it: trayapp ignore 'site/<b>visits.log'"
)


@pytest.mark.parametrize(
    ("button", "path"),
    [("Ignore this file", "/api/ignore"), ("Reload anyway", "/api/loops/resume")],
)
def test_a_loop_is_shown_and_ended_by_a_click(
    run: Run, site: Site, page: Page, open_dashboard: Open, button: str, path: str
) -> None:
    show(page, status="error", problem=PROBLEM, loops=[LOOP])
    open_dashboard(run(site.folder))
    note = page.locator("#loops li")
    expect(note).to_contain_text("<b>visits.log in site changes with each page load")
    expect(page.locator("#status")).to_have_text("A reload loop was stopped")
    asked: list[Any] = []

    def answer(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or ""))
        page.evaluate("window.shown = null")
        route.fulfill(json={"file": "", "pattern": "/visits.log"})

    page.route(f"**{path}", answer)

    note.get_by_role("button", name=button).click()

    expect(note).to_have_count(0)
    assert asked == [{"root": "site", "path": "<b>visits.log"}]
    expect(page.locator("#said")).to_contain_text("visits.log")


def test_many_loops_leave_room_for_the_rest(
    run: Run, site: Site, page: Page, open_dashboard: Open
) -> None:
    show(page, loops=[LOOP | {"path": f"{number}.log"} for number in range(8)])

    open_dashboard(run(site.folder))

    expect(page.locator("#loops li")).to_have_count(6)
    expect(page.locator("#loops li").last).to_have_text("… and 3 more")


@pytest.fixture
def wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder."""
    folder = tmp_path / "ada"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.mark.parametrize("typed", ["~", "{home}", "{home}/"])
def test_a_home_folder_is_asked_for_first(
    run: Run,
    site: Site,
    page: Page,
    open_dashboard: Open,
    control: Control,
    wide: Path,
    typed: str,
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    field = page.get_by_label("Add a folder")
    field.fill(typed.format(home=wide))
    field.press("Enter")
    dialog = page.get_by_role("dialog", name="Watch all of your home folder?")
    expect(dialog).to_be_visible()

    dialog.get_by_role("button", name="Cancel").click()

    expect(dialog).to_be_hidden()
    assert len(control(running, "state")["roots"]) == 1
    field.press("Enter")
    dialog.get_by_role("button", name="Watch all of it").click()
    expect(page.locator("#said")).to_have_text("Watching ada.")
    wait_for(lambda: len(control(running, "state")["roots"]) == 2)


def test_a_drive_is_asked_for_by_its_name(
    run: Run, site: Site, page: Page, open_dashboard: Open
) -> None:
    open_dashboard(run(site.folder))
    page.get_by_label("Add a folder").fill("/")
    page.get_by_role("button", name="Watch", exact=True).click()

    expect(page.get_by_role("dialog", name="Watch all of /?")).to_be_visible()

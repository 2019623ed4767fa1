"""What a state looks like as rows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.state import CommandState, DeviceState, LanState, Loop, PageState, RootState, State
from trayapp.tray.menu import (
    LONGEST,
    Entry,
    commands_label,
    device_of,
    entries,
    folder_label,
    folder_name,
    status_line,
)

HOME = "/home/ada"
SITE = RootState("site", "/home/ada/site", "watching")
STATE = State("on", "1", "http://127.0.0.1:8765", 1, pages=3, roots=(SITE,))


def row(state: State, key: str) -> Entry:
    """The row with this key."""
    return {each.key: each for each in every_row(state)}[key]


def every_row(state: State) -> list[Entry]:
    """All rows, those of submenus too."""
    rows = list(entries(state, HOME))
    return rows + [child for each in rows for child in each.children]


def roots(count: int) -> tuple[RootState, ...]:
    """So many watched folders."""
    return tuple(RootState(f"f{n}", f"/srv/f{n}", "watching") for n in range(count))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Serving ~/site, 3 pages"),
        ({"pages": 1}, "Serving ~/site, 1 page"),
        ({"pages": 0}, "Serving ~/site, 0 pages"),
        ({"roots": ()}, "No folder watched, 3 pages"),
        ({"roots": roots(2)}, "Serving 2 folders, 3 pages"),
        ({"status": "paused"}, "Paused"),
        ({"status": "starting"}, "Starting"),
        ({"status": "stopped"}, "Stopped"),
        ({"status": "error", "problem": "Port 8765 in use."}, "Problem: Port 8765 in use"),
        ({"roots": (replace(SITE, status="gone"),)}, "Waiting for ~/site: it is gone"),
        ({"roots": (replace(SITE, status="error"),)}, "Problem: ~/site cannot be watched"),
        (
            {"roots": (replace(SITE, status="error", detail="cannot be read."),)},
            "Problem: ~/site cannot be read",
        ),
        ({"roots": (replace(SITE, status="scanning"),)}, "Scanning ~/site"),
        (
            {"roots": (*roots(2), replace(SITE, status="scanning", files=12000))},
            "Scanning ~/site, 12,000 files",
        ),
        ({"roots": (replace(SITE, status="polling"),)}, "Serving ~/site by polling, 3 pages"),
        (
            {"roots": (*roots(2), replace(SITE, status="polling"))},
            "Serving 3 folders, 1 by polling, 3 pages",
        ),
        (
            {"loops": (Loop("site", "index.log", 0.0),), "problem": "index.log in site changes …"},
            "Reload loop stopped: index.log",
        ),
        ({"lan": LanState(on=True)}, "Serving ~/site, 3 pages"),
        (
            {
                "lan": LanState(on=True, problem="No address of a local network."),
                "status": "paused",
            },
            "Sharing: No address of a local network",
        ),
        ({"lan": LanState(problem="Busy."), "problem": "No space left."}, "Problem: No space left"),
        ({"commands": (CommandState("npm", "ok"),)}, "Serving ~/site, 3 pages"),
        (
            {"commands": (CommandState("npm", "running"), CommandState("sass", "failed", 1))},
            "sass failed: pages wait",
        ),
        ({"commands": (CommandState("n" * 64, "running"),)}, f"{'n' * 22}… runs: pages wait"),
        (
            {"roots": (RootState("demo", "/srv/x/demo", "watching"),), "demo": "http://x/"},
            "Serving the demo, 3 pages",
        ),
    ],
)
def test_status_line_says_what_goes_on(changes: dict[str, object], line: str) -> None:
    assert status_line(replace(STATE, **changes), HOME) == line  # type: ignore[arg-type]


def test_long_path_gives_way_to_the_figures() -> None:
    deep = replace(SITE, path="/home/ada/jobs/customers/example.org/website/public")
    line = status_line(replace(STATE, roots=(deep,)), HOME)
    assert line.startswith("Serving ~/")
    assert line.endswith("/public, 3 pages")
    assert len(line) == LONGEST


SHOWN = PageState("a", "http://x/", "Home", "current", "css/a.css", "css", 41.4, 7.0)


@pytest.mark.parametrize(
    ("views", "line"),
    [
        ((SHOWN,), "Last update: css/a.css, 41 ms"),
        ((SHOWN, replace(SHOWN, cause="b.html", ms=1234, at=8.0)), "Last update: b.html, 1.2 s"),
        ((replace(SHOWN, cause=""),), "Last update: all that was missed, 41 ms"),
        ((replace(SHOWN, ms=180_000),), "Last update: css/a.css, 3 min"),
        ((PageState("a"),), "Pages show what is saved"),
        ((SHOWN, replace(SHOWN, status="behind")), "1 page did not apply the last change"),
        ((replace(SHOWN, status="behind"),) * 2, "2 pages did not apply the last change"),
        ((SHOWN, replace(SHOWN, status="waiting")), "1 page waits with an update"),
    ],
)
def test_a_line_says_what_became_of_the_last_update(
    views: tuple[PageState, ...], line: str
) -> None:
    shown = row(replace(STATE, views=views), "pages")
    assert (shown.label, shown.visible, shown.enabled) == (line, True, False)


def test_without_pages_there_is_no_line_of_them() -> None:
    assert not row(STATE, "pages").visible


paths = st.text(min_size=1).map(lambda text: f"/{text}")


@given(
    path=paths,
    detail=st.text(),
    problem=st.text(),
    status=st.sampled_from(("scanning", "watching", "polling", "gone", "error")),
    pages=st.integers(0, 10_000),
)
def test_no_text_is_long_or_broken_into_lines(
    path: str, detail: str, problem: str, status: str, pages: int
) -> None:
    root = RootState("x", path, status, detail, files=pages * 99)  # type: ignore[arg-type]
    one = replace(STATE, roots=(root,), problem=problem, pages=pages)
    looping = replace(one, roots=(SITE,), loops=(Loop("x", path, 0.0),))
    device = DeviceState("d", problem, 1.0, streams=pages)
    one = replace(one, lan=LanState(on=True, problem=detail), devices=(device,))
    looping = replace(looping, views=(replace(SHOWN, cause=path, ms=pages * 1e5),))
    for each in every_row(one) + every_row(looping) + every_row(replace(one, roots=(root, SITE))):
        assert len(each.label) <= LONGEST
        assert "\n" not in each.label


@given(
    status=st.sampled_from(("starting", "on", "paused", "degraded", "error", "stopped")),
    problem=st.sampled_from(("", "Port 8765 in use.")),
    switched=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    count=st.integers(0, 12),
)
def test_rows_keep_their_places(
    status: str, problem: str, switched: tuple[bool, bool, bool], count: int
) -> None:
    notifications, on, asked = switched
    state = replace(
        STATE,
        lan=LanState(on=on, asked=asked, problem=problem),
        from_disk=on,
        devices=tuple(replace(PHONE, device=f"d{number}") for number in range(count)),
        status=status,  # type: ignore[arg-type]
        problem=problem,
        notifications=notifications,
        roots=roots(count),
    )
    assert [each.key for each in entries(state, HOME)] == [
        each.key for each in entries(STATE, HOME)
    ]
    keys = [each.key for each in every_row(state)]
    assert len(set(keys)) == len(keys)


def test_tick_of_live_reload_follows_the_pause() -> None:
    assert row(STATE, "reload").checked is True
    assert row(replace(STATE, status="paused"), "reload").checked is False
    assert row(replace(STATE, status="error"), "reload").checked is True


def test_tick_of_start_at_login_follows_the_state() -> None:
    assert row(STATE, "autostart").checked is False
    assert row(replace(STATE, autostart=True), "autostart").checked is True


def test_log_is_offered_on_problems_only() -> None:
    assert not row(STATE, "log").visible
    assert row(replace(STATE, status="error"), "log").visible
    assert row(replace(STATE, problem="No space left."), "log").visible


PHONE = DeviceState("d1", "Pixel, Chrome", 1.0)


def visible(state: State) -> set[str]:
    """The rows that are seen."""
    return {each.key for each in every_row(state) if each.visible}


def test_rows_of_sharing_are_seen_when_they_can_be_used() -> None:
    assert visible(STATE) & {"share-allow", "share-pair", "devices", "from-disk"} == set()
    assert row(STATE, "share").checked is False
    shared = replace(STATE, lan=LanState(on=True))
    assert row(shared, "share").checked is True
    assert visible(shared) - visible(STATE) == {"share-pair"}
    asked = replace(STATE, lan=LanState(asked=True))
    assert visible(asked) - visible(STATE) == {"share-allow"}
    assert "share-allow" not in visible(replace(STATE, lan=LanState(on=True, asked=True)))


@pytest.mark.parametrize("changes", [{"disk_refused": 5.0}, {"from_disk": True}])
def test_pages_from_disk_are_offered_when_one_came(changes: dict[str, object]) -> None:
    shown = row(replace(STATE, **changes), "from-disk")  # type: ignore[arg-type]
    assert (shown.visible, shown.checked) == (True, "from_disk" in changes)


def test_device_row_forgets_its_device() -> None:
    state = replace(STATE, devices=(PHONE, replace(PHONE, device="d2", streams=2)))
    assert row(state, "device:d1").label == "Forget Pixel, Chrome"
    assert row(state, "device:d2").label == "Forget Pixel, Chrome (here now)"
    assert device_of("device:d2") == "d2"
    assert device_of("devices") is None


def test_ninth_device_is_left_to_the_dashboard() -> None:
    devices = tuple(replace(PHONE, device=f"d{number}") for number in range(10))
    state = replace(STATE, devices=devices)
    assert len([key for key in visible(state) if device_of(key)]) == 8
    assert row(state, "devices-more").label == "2 more in the dashboard…"
    assert "devices-more" not in visible(replace(STATE, devices=devices[:8]))


def test_log_is_offered_when_sharing_has_a_problem() -> None:
    assert row(replace(STATE, lan=LanState(problem="No address.")), "log").visible


def test_only_the_dashboard_is_the_default() -> None:
    assert [each.key for each in every_row(STATE) if each.default] == ["dashboard"]


def test_ninth_folder_is_left_to_the_dashboard() -> None:
    state = replace(STATE, roots=roots(11))
    folders = row(state, "folders").children
    assert sum(folder_label(each.key) is not None for each in folders) == 8
    assert row(state, "folders-more").label == "3 more in the dashboard…"
    assert row(state, "folders-more").visible
    assert not row(replace(STATE, roots=roots(8)), "folders-more").visible


def test_folder_row_names_its_root() -> None:
    assert row(STATE, "folder:site").label == "~/site"
    assert folder_label("folder:site") == "site"
    assert folder_label("reload") is None
    for status in ("scanning", "polling", "gone", "error"):
        other = replace(STATE, roots=(replace(SITE, status=status),))
        assert row(other, "folder:site").label == f"~/site ({status})"


@pytest.mark.parametrize(
    ("path", "home", "name"),
    [
        ("/home/ada", "/home/ada", "~"),
        ("/home/ada/x", "/home/ada", "~/x"),
        ("/home/adam/x", "/home/ada", "/home/adam/x"),
        ("/srv/x", "", "/srv/x"),
        ("/x", "/", "/x"),
        ("C:\\Users\\ada\\x", "C:\\Users\\ada", "~\\x"),
    ],
)
def test_home_is_written_as_a_tilde(path: str, home: str, name: str) -> None:
    assert folder_name(path, home) == name


def test_a_folder_in_which_commands_wait_can_be_allowed() -> None:
    assert not row(STATE, "commands").visible
    waits = replace(STATE, commands=(CommandState("build", "waiting", root="site"),))
    assert row(waits, "commands").visible
    (allowed,) = row(waits, "commands").children
    assert (commands_label(allowed.key), allowed.label) == ("site", "In ~/site")
    assert commands_label("folder:site") is None
    assert status_line(waits, HOME) == "build waits for your yes"

"""What a failed command said stands over the page until it is closed or the command succeeds."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.parts import exposed
from tests.browser.uiparts import open_page

Report = Callable[..., None]

pytestmark = pytest.mark.browser


@pytest.fixture
def errors(page: Page) -> list[str]:
    return open_page(page, "<button id=below style='margin-top: 500px'>Below</button>")


@pytest.fixture
def report(page: Page, errors: list[str]) -> Report:
    """`report("build", ok=False, output="red")` is what a program publishes to `command`."""

    def publish(name: str, **fields: object) -> None:
        page.evaluate("(report) => parts.onCommand(report)", {"name": name, **fields})

    return publish


def test_it_shows_what_failed_and_what_it_said(page: Page, report: Report) -> None:
    report("build", ok=False, output="a <b>b</b>\n  at c.js:1", time=1_700_000_000)

    panel = page.get_by_role("region", name="build failed")
    expect(panel.locator("pre")).to_have_text("a <b>b</b>\n  at c.js:1")
    expect(panel.get_by_role("alert")).to_have_text("build failed")
    at = page.evaluate("new Date(1700000000000).toTimeString().slice(0, 8)")
    expect(panel).to_contain_text(at)


def test_it_goes_with_the_command_s_success(page: Page, report: Report) -> None:
    report("build", ok=False, output="red")
    report("lint", ok=False, output="red")

    report("build", ok=True)

    expect(page.locator(".panel b")).to_have_text(["lint failed"])


def test_the_newest_stands_first_and_once_for_each_command(page: Page, report: Report) -> None:
    report("build", ok=False, output="one")
    report("lint", ok=False, output="two")
    report("build", ok=False, output="three")

    expect(page.locator(".panel pre")).to_have_text(["three", "two"])


def test_escape_and_the_button_close_it_until_the_next_report(page: Page, report: Report) -> None:
    report("build", ok=False, output="one")
    report("lint", ok=False, output="two")

    page.keyboard.press("Escape")
    expect(page.locator(".panel b")).to_have_text(["build failed"])
    page.get_by_role("button", name="Close: build failed").click()
    expect(page.locator(".panel")).to_have_count(0)

    report("build", ok=False, output="again")
    expect(page.locator(".panel pre")).to_have_text(["again"])


def test_the_page_beside_it_can_be_used(page: Page, report: Report) -> None:
    page.focus("#below")
    page.evaluate("below.onclick = () => { window.clicked = true; }")

    report("build", ok=False, output="red")

    expect(page.locator("#below")).to_be_focused()
    page.locator("#below").click()
    assert page.evaluate("window.clicked") is True


def test_a_long_output_scrolls_by_keyboard_and_stays_within_the_window(
    page: Page, report: Report
) -> None:
    page.set_viewport_size({"width": 360, "height": 500})
    report("build", ok=False, output="line\n" * 500 + "x" * 2000)
    page.get_by_role("group", name="Output of build").focus()

    page.keyboard.press("End")

    page.wait_for_function(
        "document.querySelector('trayapp-ui').shadowRoot.activeElement.scrollTop"
    )
    box = page.locator(".panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert box["y"] + box["height"] <= 500


def test_a_second_report_leaves_the_reader_where_they_are(page: Page, report: Report) -> None:
    report("build", ok=False, output="one")
    output = page.get_by_role("group", name="Output of build")
    output.focus()

    report("build", ok=False, output="two")

    expect(output).to_have_text("two")
    expect(output).to_be_focused()


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m plain", "red plain"),
        ("\x1b[38:2::255:0:0mtrue colour\x1b[m", "true colour"),
        (
            "\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\ and \x1b]0;title\x07text",
            "link and text",
        ),
        ("\x1b(Bfrom tput\x1b[m", "from tput"),
        ("10 %\r100 %\r\ndone\r\n", "100 %\ndone"),
        ("tab\there, bell\x07, back\x08", "tab\there, bell, back"),
        ("\x1b[", ""),
        ("", "It printed nothing."),
    ],
)
def test_control_characters_are_not_shown(
    page: Page, report: Report, output: str, shown: str
) -> None:
    report("build", ok=False, output=output)

    assert (
        page.evaluate(
            "document.querySelector('trayapp-ui').shadowRoot.querySelector('pre').textContent"
        )
        == shown
    )


@pytest.mark.parametrize("character", ["\r", "\x1b", "\x1b[", "\x1b]", "\x1b]8;", "a", "\n", " "])
def test_the_largest_report_is_shown_at_once(page: Page, character: str) -> None:
    """64 KiB is what the server takes; a slow pattern would hold up the page for seconds."""
    output = character * (65_000 // len(character))
    page.evaluate(exposed("overlay"))

    took: float = page.evaluate(
        """(output) => {
        const before = performance.now();
        parts.plainText(output);
        return performance.now() - before;
        }""",
        output,
    )

    assert took < 500


@pytest.mark.parametrize(
    "data",
    [
        "null",
        "undefined",
        "'text'",
        "7",
        "[]",
        "{}",
        "{ name: 'build' }",
        "{ name: 5, ok: false }",
        "{ name: 'build', ok: 'no' }",
        "{ name: 'build', ok: true }",
    ],
)
def test_other_data_of_that_topic_is_ignored(page: Page, errors: list[str], data: str) -> None:
    page.evaluate(f"parts.onCommand({data})")

    expect(page.locator("trayapp-ui")).to_have_count(0)
    assert errors == []


@pytest.mark.parametrize("fields", ["output: { a: 1 }, time: 'soon'", "output: null, time: 1e300"])
def test_odd_details_do_not_hide_a_failure(page: Page, errors: list[str], fields: str) -> None:
    page.evaluate(f"parts.onCommand({{ name: 'build', ok: false, {fields} }})")

    expect(page.locator(".panel b")).to_have_text(["build failed"])
    expect(page.locator(".panel .tags")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    assert errors == []


def test_it_is_off_where_toasts_are_off(page: Page, report: Report) -> None:
    page.evaluate("options.toast = false")

    report("build", ok=False, output="red")

    expect(page.locator("trayapp-ui")).to_have_count(0)

"""Style sheets are renewed while the page stays, wherever they come from, and never flash."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.devsite import Site
from tests.browser.swapping import Swapping

pytestmark = pytest.mark.browser

HOUR = 3600


def red(selector: str, value: int) -> str:
    return f"{selector} {{ color: rgb({value}, 0, 0) }}"


@pytest.fixture
def shown(page: Page, site: Site) -> Swapping:
    """A page of a site whose answers browsers may keep for an hour."""
    site.let_browsers_cache(HOUR)
    return Swapping(page, site)


def test_an_import_within_an_import_keeps_its_layer_and_its_conditions(
    site: Site, shown: Swapping
) -> None:
    site.write("css/style.css", "@import 'head.css'; h3 { color: rgb(1, 0, 0) }")
    site.write("css/head.css", "@import url(deep.css) layer(deep) supports(display: grid) screen;")
    site.write("css/deep.css", red("h2", 1) + red("h3", 9))
    shown.open("<link rel=stylesheet href=css/style.css><h2>two</h2><h3>three</h3>")

    assert shown.swap("css/deep.css", red("h2", 2) + red("h3", 9)) == 1

    assert shown.color("h2") == 2
    assert shown.color("h3") == 1, "a layer is weaker than the sheet around it"
    shown.settled()
    assert shown.color("h2") == 2


def test_a_renewed_import_stays_new_when_the_sheet_around_it_is_saved(
    site: Site, shown: Swapping
) -> None:
    site.write("css/style.css", "@import 'head.css';" + red("h2", 1))
    site.write("css/head.css", red("h1", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1><h2>two</h2>")
    shown.swap("css/head.css", red("h1", 2))
    shown.settled()
    shown.value("probe(() => color(one('h1')))")

    shown.swap("css/style.css", "@import 'head.css';" + red("h2", 3))
    shown.settled()

    assert (shown.color("h1"), shown.color("h2")) == (2, 3)
    assert shown.value("return seen") == ["2"]


def test_a_style_element_shows_what_it_imports(site: Site, shown: Swapping) -> None:
    site.write("css/head.css", red("h1", 1))
    shown.open("<style>@import 'css/head.css';</style><h1>one</h1>")

    shown.swap("css/head.css", red("h1", 2))

    assert shown.color("h1") == 2


def test_a_sheet_with_a_missing_import_is_renewed(site: Site, shown: Swapping) -> None:
    site.write("css/style.css", "@import 'missing.css';" + red("h1", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1>")

    shown.swap("css/style.css", "@import 'missing.css';" + red("h1", 2))

    assert shown.color("h1") == 2


def test_an_import_that_does_not_come_keeps_what_was_there(site: Site, shown: Swapping) -> None:
    site.write("css/style.css", "@import 'head.css';")
    site.write("css/head.css", red("h1", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1>")
    (site.folder / "css/head.css").unlink()

    shown.swap("css/head.css")
    shown.settled()

    assert shown.color("h1") == 1


def test_a_sheet_that_does_not_come_keeps_what_was_there(site: Site, shown: Swapping) -> None:
    site.write("css/style.css", red("h1", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1>")
    (site.folder / "css/style.css").unlink()

    assert shown.swap("css/style.css") == 1

    assert shown.color("h1") == 1
    assert shown.value("return document.querySelectorAll('link').length") == 1
    assert shown.swap("css/style.css", red("h1", 2)) == 1
    assert shown.color("h1") == 2


def test_a_sheet_that_is_written_again_while_it_is_shown_stays_shown(
    page: Page, site: Site
) -> None:
    """The element asks for it once more, after its clone, and gets what is there just then. The
    same bytes are no change, so nothing else would bring the sheet back."""
    shown = Swapping(page, site)
    site.write("css/style.css", red("h1", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1>")
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) == 2:
            route.fulfill(content_type="text/css", body="")
        else:
            route.continue_()

    page.route("**/style.css?trayapp=*", answer)
    with page.expect_request_finished(lambda request: len(asked) == 2):
        shown.swap("css/style.css", red("h1", 2))
    shown.value("await new Promise(requestAnimationFrame)")  # what follows that answer

    assert shown.color("h1") == 2
    shown.swap("css/style.css", red("h1", 3))
    shown.settled()
    assert shown.color("h1") == 3
    assert shown.value("return document.querySelectorAll('link').length") == 1


def test_sheets_in_shadow_trees_within_shadow_trees_are_renewed(
    site: Site, shown: Swapping
) -> None:
    site.write("css/part.css", red("p", 1))
    shown.open("<div id=host></div>")
    shown.value(
        """const outer = one("#host").attachShadow({ mode: "open" });
        outer.innerHTML = "<div></div>";
        window.inner = outer.firstChild.attachShadow({ mode: "open" });
        inner.innerHTML = "<link rel=stylesheet href=css/part.css><p>text</p>";
        await new Promise((done) => { inner.firstChild.onload = done; });"""
    )

    assert shown.swap("css/part.css", red("p", 2)) == 1

    assert shown.value("return color(inner.querySelector('p'))") == "2"


def test_a_sheet_for_print_is_renewed_and_does_not_show(site: Site, shown: Swapping) -> None:
    site.write("css/print.css", red("body", 1))
    shown.open("<link rel=stylesheet href=css/print.css media=print>")

    assert shown.swap("css/print.css", red("body", 2)) == 1

    shown.page.wait_for_function("one('link').sheet?.href.includes('trayapp=')")
    shown.settled()
    assert shown.color("body") == 0
    shown.page.emulate_media(media="print")
    assert shown.color("body") == 2


@pytest.mark.parametrize("kind", ["rel='alternate stylesheet' title=x", "rel=stylesheet disabled"])
def test_a_sheet_that_is_off_stays_off_and_is_new_when_switched_on(
    site: Site, shown: Swapping, kind: str
) -> None:
    site.write("css/dark.css", red("body", 1))
    shown.open(f"<link href=css/dark.css {kind}>")

    assert shown.swap("css/dark.css", red("body", 2)) == 1
    shown.page.wait_for_function("one('link').href.includes('trayapp=')")
    shown.settled()

    assert shown.color("body") == 0
    shown.value("const link = one('link'); link.disabled = true; link.disabled = false;")
    shown.page.wait_for_function("color(document.body) === '2'")


def test_a_sheet_switched_off_by_script_stays_off(site: Site, shown: Swapping) -> None:
    site.write("css/dark.css", red("body", 1))
    shown.open("<link rel=stylesheet href=css/dark.css>")
    shown.value("one('link').sheet.disabled = true; probe(() => color(document.body));")

    shown.swap("css/dark.css", red("body", 2))
    shown.settled()

    assert shown.color("body") == 0
    assert shown.value("return one('link').sheet.disabled")


def test_scripts_may_hold_on_to_the_element_and_hear_of_one_load(
    site: Site, shown: Swapping
) -> None:
    site.write("css/style.css", red("h1", 1))
    shown.open(
        "<script>loads = 0</script>"
        "<link id=theme rel=stylesheet href=css/style.css onload='loads++'><h1>one</h1>"
    )
    shown.value("window.theme = one('#theme'); theme.addEventListener('load', () => { loads++; });")

    shown.swap("css/style.css", red("h1", 2))
    shown.settled()

    assert shown.value("return theme === one('#theme') && theme.sheet.cssRules.length") == 1
    assert shown.value("return loads") == 1
    shown.value("theme.disabled = true")
    assert shown.color("h1") == 0


def test_the_order_of_sheets_stays(site: Site, shown: Swapping) -> None:
    site.write("css/a.css", red("h1", 1))
    site.write("css/b.css", red("h1", 9))
    shown.open(
        "<link rel=stylesheet href=css/a.css><link rel=stylesheet href=css/b.css><h1>one</h1>"
    )

    shown.swap("css/a.css", red("h1", 2) + red("body", 2))

    assert (shown.color("h1"), shown.color("body")) == (9, 2)


def test_the_last_of_saves_in_a_row_wins_and_each_is_answered(site: Site, shown: Swapping) -> None:
    site.write("css/style.css", red("h1", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1>")
    site.delay_swaps(0.2)
    site.write("css/style.css", red("h1", 2))

    shown.value(
        "window.answers = Promise.all(['f1', 'f2', 'f3'].map((f) => swap('style.css', f)));"
    )
    assert shown.value("return await answers") == [1, 1, 1]
    shown.settled()

    assert shown.color("h1") == 2
    assert shown.value("return document.querySelectorAll('link').length") == 1
    assert "trayapp=f3" in shown.value("return one('link').href")


@pytest.mark.parametrize(
    "html",
    [
        "<link rel=stylesheet href=css/style.css integrity='{digest}'>",
        "<link rel=preload as=style href=css/style.css>",
        "<script>sheet = new CSSStyleSheet(); fetch('css/style.css').then((a) => a.text()).then("
        "(t) => sheet.replace(t)); document.adoptedStyleSheets = [sheet];</script>"
        "<link rel=stylesheet media=print href=css/style.css>",
    ],
)
def test_what_only_a_load_can_show_is_used_and_not_swapped(
    site: Site, shown: Swapping, html: str
) -> None:
    site.write("css/style.css", "")
    digest = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    shown.open(html.format(digest=digest))
    shown.page.wait_for_function("parts.isUsed('css/style.css')")

    assert shown.swap("css/style.css") == 0


def test_the_sheet_of_an_xml_page_asks_for_a_load(site: Site, shown: Swapping) -> None:
    site.write("css/style.css", red("body", 1))
    shown.open_as(
        "index.xhtml",
        '<?xml-stylesheet href="css/style.css"?><html xmlns="http://www.w3.org/1999/xhtml">'
        "<body><p>text</p></body></html>",
    )

    assert shown.swap("css/style.css") == 0

    assert shown.color("body") == 1
    assert shown.value("return parts.isUsed('css/style.css')")


PAIR = "<link rel=stylesheet href={}><link rel=stylesheet href={}>"


@pytest.mark.parametrize(
    ("path", "renewed"),
    [
        ("a/style.css", ["a/style.css"]),
        ("site/a/style.css", ["a/style.css"]),
        ("A/Style.CSS", ["a/style.css"]),
        ("style.css", ["a/style.css", "b/style.css"]),
        ("c/style.css", ["a/style.css", "b/style.css"]),
        ("other.css", []),
    ],
)
def test_only_sheets_that_may_be_the_file_are_renewed(
    site: Site, shown: Swapping, path: str, renewed: list[str]
) -> None:
    for name in ("a/style.css", "b/style.css"):
        site.write(name, red("h1", 1))
    shown.open(PAIR.format("a/style.css", "b/style.css?x"))

    assert shown.swap(path) == len(renewed)

    links = shown.value("return [...document.querySelectorAll('link')].map((l) => l.href)")
    assert [
        name
        for name in ("a/style.css", "b/style.css")
        for link in links
        if name in link and "trayapp=" in link
    ] == renewed


def test_letters_that_a_mac_decomposes_are_the_same_letters(site: Site, shown: Swapping) -> None:
    site.write("css/\u00e9.css", red("h1", 1))
    shown.open("<link rel=stylesheet href=css/%C3%A9.css>")

    assert shown.swap("css/e\u0301.css") == 1


def test_a_query_is_asked_for_as_it_is(site: Site, shown: Swapping) -> None:
    shown.open("<link rel=stylesheet href='css/style.css?inline&amp;v=%20'>")

    shown.swap("css/style.css")

    address = shown.value("return one('link').href")
    assert address == f"{site.url}/css/style.css?inline&v=%20&trayapp=s1"


def test_a_later_load_gets_the_new_file_from_a_browser_that_keeps_files(
    site: Site, shown: Swapping
) -> None:
    site.write("css/style.css", red("h1", 1))
    html = "<link rel=stylesheet href=css/style.css><h1>one</h1>"
    shown.open(html)

    with shown.page.expect_response(lambda answer: answer.url.endswith("/css/style.css")):
        shown.swap("css/style.css", red("h1", 2))

    shown.page.reload()
    shown.page.wait_for_function("getComputedStyle(document.querySelector('h1')).color")
    assert shown.value("return getComputedStyle(document.querySelector('h1')).color") == (
        "rgb(2, 0, 0)"
    )


@pytest.mark.timeout(60)
def test_no_frame_is_without_style_in_twenty_swaps(site: Site, shown: Swapping) -> None:
    site.write("css/style.css", "@import 'head.css';" + red("h1", 1))
    site.write("css/head.css", red("h2", 1))
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1><h2>two</h2>")
    site.delay_swaps(0.3)
    shown.value(
        """probe(() => color(one("h1")) + " " + color(one("h2")));
        window.shifts = 0;
        new PerformanceObserver((list) => { shifts += list.getEntries().length; })
            .observe({ type: "layout-shift", buffered: true });"""
    )

    expected = ["1 1"]
    for shade in range(2, 22, 2):
        shown.swap("css/style.css", "@import 'head.css';" + red("h1", shade))
        expected.append(f"{shade} {max(1, shade - 1)}")
        shown.swap("css/head.css", red("h2", shade + 1))
        expected.append(f"{shade} {shade + 1}")
    shown.settled()

    assert shown.value("return seen") == expected
    assert shown.value("return shifts") == 0

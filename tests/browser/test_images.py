"""Images are renewed while the page stays, wherever it shows them, and are never blank."""

import io
import re
import time

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.devsite import Site
from tests.browser.swapping import Swapping

pytestmark = pytest.mark.browser

HOUR = 3600


def picture(size: int, color: str = "red") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
        f'<rect width="{size}" height="{size}" fill="{color}"/></svg>'
    )


@pytest.fixture
def shown(page: Page, site: Site) -> Swapping:
    """A page of a site whose answers browsers may keep for an hour, with one image."""
    site.let_browsers_cache(HOUR)
    site.write("img/a.svg", picture(8))
    return Swapping(page, site)


@pytest.mark.parametrize(
    "html",
    [
        "<img src=img/a.svg>",
        "<img src=img/a.svg?v=1>",
        "<img srcset='img/b.svg 1x, img/a.svg 2x'>",
        "<picture><source srcset='img/a.svg'><img alt=none></picture>",
        "<input type=image src=img/a.svg>",
        "<link rel='shortcut icon' href=img/a.svg>",
        "<link rel=apple-touch-icon href=img/a.svg>",
        "<link rel=mask-icon href=img/a.svg>",
        "<video poster=img/a.svg></video>",
        "<svg><image href=img/a.svg /></svg>",
        "<svg><image xlink:href=img/a.svg /></svg>",
        "<svg><use href='img/a.svg#part'/></svg>",
        "<svg><use xlink:href='img/a.svg#part'/></svg>",
        "<svg><filter><feImage href=img/a.svg /></filter></svg>",
        "<object data=img/a.svg></object>",
        "<embed src=img/a.svg>",
        "<table background=img/a.svg></table>",
        "<p style='background: url(img/a.svg)'></p>",
        "<p style='--shown: url(img/a.svg)'></p>",
    ],
)
def test_an_element_that_shows_an_image_is_given_the_new_one(shown: Swapping, html: str) -> None:
    shown.open(html)

    assert shown.swap("img/a.svg", picture(16)) == 1

    markup = shown.value("return document.documentElement.innerHTML")
    assert "img/a.svg?trayapp=s1" in markup or "img/a.svg?v=1&amp;trayapp=s1" in markup
    assert "#part" not in html or "img/a.svg?trayapp=s1#part" in markup


@pytest.mark.parametrize(
    "declaration",
    [
        "background: url(a.svg)",
        "--color: blue; background: var(--color) url(a.svg)",
        "--shown: url(a.svg); background: var(--shown)",
        "border-image: url('a.svg') 1",
        "list-style: url(a.svg)",
        "mask: url(a.svg)",
        "cursor: url(a.svg), auto",
        "content: url(a.svg)",
        "background-image: image-set('a.svg' 1x, 'b.svg' 2x)",
        "background: url(a.svg) !important",
    ],
)
@pytest.mark.parametrize("around", ["{}", "@media all {{ @layer x {{ {} }} }}"])
def test_a_rule_that_shows_an_image_is_given_the_new_one(
    site: Site, shown: Swapping, declaration: str, around: str
) -> None:
    site.write("img/style.css", around.format(f"p {{ {declaration} }}"))
    shown.open("<link rel=stylesheet href=img/style.css><p>text</p>")
    before = shown.value(RULES)

    assert shown.swap("img/a.svg", picture(16)) == 1

    address = f"{site.url}/img/a.svg"
    after = shown.value(RULES)
    assert f"{address}?trayapp=s1" in after
    assert bare(after).replace("?trayapp=s1", "") == bare(before)


def bare(rules: str) -> str:
    """Without what differs in how a URL is written."""
    return re.sub(r"http[^)]*/", "", rules.replace('"', ""))


RULES = "return one('link').sheet.cssRules[0].cssText"


def test_imported_and_constructed_sheets_and_shadow_trees_are_looked_into(
    site: Site, shown: Swapping
) -> None:
    site.write("css/style.css", "@import 'head.css'")
    site.write("css/head.css", "h1 { background: url(../img/a.svg) }")
    shown.open("<link rel=stylesheet href=css/style.css><h1>one</h1><div id=host></div>")
    shown.value(
        """window.root = one("#host").attachShadow({ mode: "open" });
        root.innerHTML = "<img src=img/a.svg><p>text</p>";
        const sheet = new CSSStyleSheet({ baseURL: document.baseURI });
        sheet.replaceSync("p { background: url(img/a.svg) }");
        root.adoptedStyleSheets = [sheet];"""
    )

    assert shown.swap("img/a.svg", picture(16)) == 1

    addresses = shown.value(
        """const back = (found) => getComputedStyle(found).backgroundImage;
        return [back(one("h1")), back(root.querySelector("p")), root.querySelector("img").src];"""
    )
    assert all(f"{site.url}/img/a.svg?trayapp=s1" in address for address in addresses)


def test_a_renewed_image_stays_new_when_the_sheet_around_it_is_saved(
    site: Site, shown: Swapping
) -> None:
    """Browsers show what they have of an address without asking, whatever their cache holds."""
    sheet = "p {{ display: inline-block; content: url(a.svg); color: rgb({}, 0, 0) }}"
    site.write("img/style.css", sheet.format(1))
    shown.open("<link rel=stylesheet href=img/style.css><p>text</p>")
    shown.swap("img/a.svg", picture(16))
    width = "one('p').getBoundingClientRect().width"
    shown.page.wait_for_function(f"{width} === 16")
    shown.value(f"probe(() => {width})")

    shown.swap("img/style.css", sheet.format(2))
    shown.settled()

    assert shown.color("p") == 2
    assert shown.value("return seen") == [16]


def test_the_icon_of_a_page_that_names_none_is_renewed(site: Site, shown: Swapping) -> None:
    Image.new("RGB", (16, 16)).save(site.folder / "favicon.ico")
    shown.open("<p>text</p>")

    assert shown.swap("favicon.ico") == 1
    assert shown.swap("favicon.ico") == 1

    links = "[...document.querySelectorAll('link')].map((one) => one.getAttribute('href'))"
    assert shown.value(f"return {links}") == [f"{site.url}/favicon.ico?trayapp=s2"]


def test_the_icon_that_a_page_does_not_show_changes_nothing(site: Site, shown: Swapping) -> None:
    shown.open("<link rel=icon href=img/a.svg><p>text</p>")

    assert shown.swap("favicon.ico", picture(16)) == 0


def test_an_image_that_was_missing_shows_when_it_comes(site: Site, shown: Swapping) -> None:
    shown.open("<img src=img/new.svg>")

    assert shown.swap("img/new.svg", picture(32)) == 1

    assert shown.value("return one('img').naturalWidth") == 32


def test_an_image_that_does_not_come_keeps_what_was_there(site: Site, shown: Swapping) -> None:
    shown.open("<img src=img/a.svg>")

    assert shown.swap("img/a.svg", "half a file") == 1

    assert shown.value("return [one('img').naturalWidth, one('img').src]") == [
        8,
        f"{site.url}/img/a.svg",
    ]


def test_the_newest_of_saves_in_a_row_is_shown(site: Site, shown: Swapping) -> None:
    shown.open("<img src=img/a.svg>")
    site.delay_swaps(0.1)

    answers = shown.value("return Promise.all(['f1', 'f2'].map((f) => swap('img/a.svg', f)))")

    assert answers == [1, 1]
    assert shown.value("return one('img').src").endswith("trayapp=f2")


def test_an_image_that_only_a_script_asked_for_is_used_and_not_swapped(shown: Swapping) -> None:
    shown.open("<canvas></canvas>")
    shown.value("await fetch('img/a.svg')")
    shown.page.wait_for_function("parts.isUsed('img/a.svg')")

    assert shown.swap("img/a.svg") == 0


@pytest.mark.timeout(60)
def test_no_picture_of_the_page_is_blank_in_twenty_swaps(site: Site, shown: Swapping) -> None:
    shown.open(
        "<style>body { margin: 0 } img, p, svg { float: left; margin: 0; width: 8px; height: 8px }"
        "p { background: url(img/a.svg) }</style><img src=img/a.svg><p></p>"
        "<svg width=8 height=8><image width=8 height=8 href=img/a.svg /></svg>"
    )
    site.delay_swaps(0.3)
    shown.value("window.done = true")
    seen = colors_until_done(shown)

    for turn in range(20):
        site.write("img/a.svg", picture(8, "blue" if turn % 2 else "lime"))
        shown.value(f"window.done = false; swap('a.svg', 't{turn}').then(() => {{ done = true; }})")
        seen |= colors_until_done(shown)

    assert seen <= {(255, 0, 0), (0, 0, 255), (0, 255, 0)}
    assert len(seen) == 3


def colors_until_done(shown: Swapping) -> set[tuple[int, ...]]:
    """Those in the middles of the three images in all the pictures that can be taken meanwhile."""
    colors: set[tuple[int, ...]] = set()
    deadline = time.monotonic() + 5
    done = False
    while not done and time.monotonic() < deadline:
        done = shown.value("return done")
        clip = {"x": 0, "y": 0, "width": 24, "height": 8}
        shot = Image.open(io.BytesIO(shown.page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]
        colors |= {shot.getpixel((x, 4)) for x in (4, 12, 20)}  # type: ignore[misc]
    return colors

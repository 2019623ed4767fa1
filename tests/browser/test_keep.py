"""What people did to a page is known before a load, and where they were is found after it."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.devsite import Site
from tests.browser.parts import exposed

pytestmark = pytest.mark.browser

FORM = """
<form><input id=text value=x><textarea id=area>a</textarea><input id=check type=checkbox>
<input id=radio type=radio><select id=list><option>1<option>2</select>
<select id=many multiple><option>1<option selected>2</select>
<input id=file type=file><button>send</button></form><p id=edit contenteditable>e</p>
"""


@pytest.fixture
def form(page: Page) -> Page:
    page.set_content(FORM)
    page.evaluate(exposed("keep"))
    page.evaluate("parts.watchTyping()")
    return page


def is_dirty(page: Page) -> bool:
    dirty: bool = page.evaluate("parts.isDirty()")
    return dirty


@pytest.mark.parametrize(
    ("selector", "act"),
    [
        ("#text", lambda field: field.press_sequentially("typed")),
        ("#area", lambda field: field.press_sequentially("typed")),
        ("#edit", lambda field: field.press_sequentially("typed")),
        ("#check", lambda field: field.check()),
        ("#radio", lambda field: field.check()),
        ("#list", lambda field: field.select_option("2")),
        ("#many", lambda field: field.select_option(["1", "2"])),
        (
            "#file",
            lambda field: field.set_input_files(
                {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
            ),
        ),
    ],
)
def test_what_a_person_typed_or_chose_would_be_lost(form: Page, selector: str, act: Any) -> None:
    assert not is_dirty(form)

    act(form.locator(selector))

    assert is_dirty(form)


def test_what_a_script_wrote_would_not(form: Page) -> None:
    form.evaluate("document.querySelector('#text').value = 'of a script'")

    assert not is_dirty(form)


def test_what_was_taken_back_or_removed_is_not_lost(form: Page) -> None:
    form.locator("#text").press_sequentially("t")
    form.locator("#text").press("Backspace")
    assert not is_dirty(form)

    form.select_option("#list", "2")
    form.check("#check")
    form.evaluate("document.forms[0].reset()")
    assert not is_dirty(form)

    form.locator("#area").press_sequentially("typed")
    form.evaluate("document.querySelector('#area').remove()")
    assert not is_dirty(form)


def test_what_was_sent_is_not_lost(form: Page) -> None:
    form.evaluate("document.forms[0].addEventListener('submit', (event) => event.preventDefault())")
    form.locator("#text").press_sequentially("typed")

    form.click("button")

    assert not is_dirty(form)


def test_fields_of_an_open_shadow_tree_count(form: Page) -> None:
    form.evaluate(
        """document.body.appendChild(document.createElement("div"))
            .attachShadow({ mode: "open" }).innerHTML = "<input id=inner>" """
    )
    form.locator("#inner").press_sequentially("typed")

    assert is_dirty(form)


TALL = """<!doctype html><div style="height: 4000px">tall
<section style="height: 100px; overflow: auto"><p style="height: 2000px; width: 9000px">in</section>
<section id=named style="height: 100px; overflow: auto"><p style="height: 2000px">in</section></div>
"""
SCROLLED = (
    "[scrollX, scrollY, ...[...document.querySelectorAll('section')].map((s) => s.scrollTop)]"
)
SCROLL = """() => {
    scrollTo(0, 700);
    const [first, second] = document.querySelectorAll("section");
    first.scrollTo(40, 50);
    second.scrollTop = 60;
    return JSON.parse(JSON.stringify(parts.keepPlace()));
}"""


def test_every_scroll_position_is_found_again(page: Page, site: Site) -> None:
    site.write("tall.html", TALL)
    page.goto(f"{site.url}/tall.html")
    page.evaluate(exposed("keep"))
    place = page.evaluate(SCROLL)
    page.goto("about:blank")
    page.goto(f"{site.url}/tall.html")
    page.evaluate(exposed("keep"))

    page.evaluate("(place) => parts.restorePlace(place)", place)

    assert page.evaluate(SCROLLED) == [0, 700, 50, 60]
    assert page.evaluate("document.querySelector('section').scrollLeft") == 40


def test_a_place_is_found_when_its_layout_comes_late(page: Page) -> None:
    page.set_content(TALL)
    page.evaluate(exposed("keep"))
    place = page.evaluate(SCROLL)
    page.evaluate("document.body.textContent = ''; scrollTo(0, 0)")
    page.evaluate("(place) => parts.restorePlace(place)", place)

    page.evaluate("(text) => { document.body.innerHTML = text; }", TALL)

    page.wait_for_function(f"JSON.stringify({SCROLLED}) === '[0,700,50,60]'")


def test_a_person_who_scrolls_first_is_left_alone(page: Page) -> None:
    page.set_content(TALL)
    page.evaluate(exposed("keep"))
    place = page.evaluate(SCROLL)
    page.evaluate("document.body.textContent = ''; scrollTo(0, 0)")
    page.evaluate("(place) => parts.restorePlace(place)", place)

    page.mouse.wheel(0, 10)
    page.evaluate("(text) => { document.body.innerHTML = text; }", TALL)
    page.evaluate("new Promise((done) => setTimeout(done, 200))")

    assert page.evaluate("document.querySelector('#named').scrollTop") == 0


def test_a_smooth_page_jumps_to_its_place(page: Page) -> None:
    page.set_content(TALL + "<style>html { scroll-behavior: smooth }</style>")
    page.evaluate(exposed("keep"))

    page.evaluate("parts.restorePlace([['html', 0, 0, 700]])")

    assert page.evaluate("scrollY") == 700

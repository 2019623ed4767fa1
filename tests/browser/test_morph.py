"""What changed in a page's source comes to the page, and nothing else on it changes."""

import base64
import io
import wave
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.devsite import Site
from tests.browser.parts import exposed

pytestmark = pytest.mark.browser

PRELUDE = "const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });"


def silence() -> str:
    """The URL of three seconds of sound that nobody hears."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\x80" * 24_000)
    return f"data:audio/wav;base64,{base64.b64encode(sound.getvalue()).decode()}"


SOUND = silence()

SUPPORT = """
window.parse = (text) => new DOMParser().parseFromString(text, "text/html").documentElement;
window.open = (text) => {
    window.before = text;
    document.documentElement.innerHTML = text;
};
window.morph = async (after, guessed = false) => {
    const steps = parts.planMorph(document.documentElement, parse(before), parse(after), guessed);
    if (steps) await parts.takeSteps(steps);
    return steps ? "morph" : "load";
};
window.one = (selector) => document.querySelector(selector);
"""


@pytest.fixture
def blank(page: Page) -> Page:
    """An empty page with `open(before)` and `morph(after)` on its window."""
    page.set_content("<!doctype html><title>blank</title>")
    page.evaluate(exposed("morph", "keep", prelude=PRELUDE))
    page.evaluate(SUPPORT)
    page.evaluate("parts.watchTyping()")
    return page


def run(page: Page, script: str) -> Any:
    """The value of the body of an async function."""
    return page.evaluate(f"(async () => {{ {script} }})()")


RANDOM_TREES = """
    let seed = SEED;
    const random = (n) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return (seed >> 8) % n;
    };
    const pick = (list) => list[random(list.length)];
    const names = ["div", "p", "ul", "b", "input", "details"];
    const words = ["", " ", "one", "two", "three", " four "];
    let ids = 0;
    const grown = (depth) => {
        const node = document.createElement(pick(names));
        if (!random(4)) node.id = `i${ids++}`;
        if (!random(3)) node.setAttribute(pick(["class", "title", "open", "value"]), pick(words));
        const count = depth && node.localName !== "input" ? random(5) : 0;
        for (let i = 0; i < count; i++) {
            node.append(random(3) ? grown(depth - 1) : document.createTextNode(pick(words)));
        }
        return node;
    };
    const within = (node) => [...node.querySelectorAll("*")];
    const edits = [
        (at) => at.remove(),
        (at) => at.before(grown(2)),
        (at) => at.after(pick(words)),
        (at) => at.setAttribute("class", pick(words)),
        (at) => at.removeAttribute("title"),
        (at) => at.parentNode.prepend(at),
        (at) => at.parentNode.append(at),
        (at) => { at.textContent = pick(words); },
        (at) => at.replaceWith(...at.childNodes),
    ];
    const edit = (tree, times) => {
        for (let i = 0; i < times; i++) {
            const nodes = within(tree);
            if (nodes.length) pick(edits)(pick(nodes));
        }
        tree.normalize();
        return tree;
    };
    // Trees as parsers make them: no empty texts, none beside another.
    const source = () => {
        const tree = document.createElement("main");
        for (let i = random(6); i >= 0; i--) tree.append(grown(3));
        tree.normalize();
        return tree;
    };
"""


def random_trees(page: Page, script: str, cases: int = 300) -> Any:
    """Run `script` for as many random trees; the first complaint that it returns."""
    return run(
        page,
        f"for (let c = 0; c < {cases}; c++) {{ {RANDOM_TREES.replace('SEED', 'c * 7919 + 1')}"
        f"const said = await (async () => {{ {script} }})(); if (said) return said; }} return '';",
    )


def test_the_page_becomes_the_new_source(blank: Page) -> None:
    complaint = random_trees(
        blank,
        """
        const before = source();
        const after = edit(before.cloneNode(true), 1 + random(5));
        const live = document.body.appendChild(before.cloneNode(true));
        const steps = parts.planMorph(live, before, after);
        if (steps) await parts.takeSteps(steps);
        else window.loads = (window.loads || 0) + 1;
        const right = !steps || live.isEqualNode(after);
        live.remove();
        return right ? "" : [c, before, after, live].map((n) => n.outerHTML || n).join("\\n");
        """,
    )

    assert complaint == ""
    assert blank.evaluate("loads") < 100, "of 300: those that wrap or unwrap what has an id"


def test_what_scripts_made_elsewhere_stays(blank: Page) -> None:
    complaint = random_trees(
        blank,
        """
        const before = source();
        const after = edit(before.cloneNode(true), 1 + random(3));
        const live = document.body.appendChild(before.cloneNode(true));
        const hosts = [live, ...within(live)];
        const made = Array.from({ length: 1 + random(3) }, () => {
            const node = document.createElement("script-made");
            pick(hosts).insertBefore(node, null);
            node.dataset.made = "";
            return node;
        });
        pick(hosts).dataset.mark = "";
        const steps = parts.planMorph(live, before, after);
        if (steps) await parts.takeSteps(steps);
        made.forEach((node) => node.remove());
        live.remove();
        const marked = [live, ...within(live)].filter((node) => "mark" in node.dataset);
        marked.forEach((node) => delete node.dataset.mark);
        live.normalize();
        const right = !steps || live.isEqualNode(after);
        return right ? "" : [c, before, after, live].map((n) => n.outerHTML || n).join("\\n");
        """,
    )

    assert complaint == ""


def morph(page: Page, before: str, meanwhile: str, after: str, *, guessed: bool = False) -> str:
    """Open `before`, run the script `meanwhile`, bring the page to `after`: "morph" or "load"."""
    page.evaluate("(text) => open(text)", before)
    page.evaluate(f"() => {{ {meanwhile} }}")
    done: str = page.evaluate("([text, guessed]) => morph(text, guessed)", [after, guessed])
    return done


def test_typed_text_caret_and_focus_stay(blank: Page) -> None:
    blank.evaluate("(text) => open(text)", "<p>old<input id=a value=x><textarea id=b>t</textarea>")
    blank.locator("#b").press_sequentially("typed ")
    blank.locator("#a").press_sequentially("typed")
    blank.evaluate("one('#a').setSelectionRange(1, 3)")

    after = "<h1>new</h1><p>now<input id=a value=y class=z><textarea id=b>u</textarea>"
    assert blank.evaluate("(text) => morph(text)", after) == "morph"

    assert blank.text_content("p") == "nowu"
    assert blank.input_value("#a") == "typedx"
    assert "typed" in blank.input_value("#b")
    assert blank.evaluate("document.activeElement.id") == "a"
    assert blank.evaluate("[one('#a').selectionStart, one('#a').selectionEnd]") == [1, 3]


def test_a_selection_in_the_text_stays(blank: Page) -> None:
    before = "<p>some words that stay</p><b>old</b>"
    select = "getSelection().setBaseAndExtent(one('p').firstChild, 11, one('p').firstChild, 15)"
    after = "<h1>new</h1><p class=new>some words that stay</p><b>new</b>"
    assert morph(blank, before, select, after) == "morph"

    assert blank.evaluate("String(getSelection())") == "that"


def test_checked_and_selected_stay_as_a_person_left_them(blank: Page) -> None:
    rows = (
        "<input type=checkbox id=c><input type=radio name=r id=r1><input type=radio name=r id=r2>"
    )
    lists = "<select id=s><option>1<option>2<option{}>3</select>"
    blank.evaluate("(text) => open(text)", rows + lists.format(""))
    blank.check("#c")
    blank.check("#r2")
    blank.select_option("#s", "2")

    after = rows.replace("id=r1", "id=r1 checked") + lists.format(" selected") + "<p>new"
    assert blank.evaluate("(text) => morph(text)", after) == "morph"

    assert blank.text_content("p") == "new"
    assert blank.is_checked("#c")
    assert blank.is_checked("#r2")
    assert blank.input_value("#s") == "2"


def test_a_new_default_is_shown_where_nobody_chose(blank: Page) -> None:
    fields = "<input id=a value={}><input type=checkbox {}><select><option>1<option {}>2</select>"
    morph(blank, fields.format("x", "", ""), "", fields.format("y", "checked", "selected"))

    assert blank.input_value("#a") == "y"
    assert blank.is_checked("[type=checkbox]")
    assert blank.input_value("select") == "2"


def test_details_and_dialogs_stay_open(blank: Page) -> None:
    before = "<details><summary>s</summary><p>old</p></details><dialog><p>old</p></dialog>"
    act = "one('details').open = true; one('dialog').showModal()"
    morph(blank, before, act, before.replace("old", "new").replace("<details", "<details id=d"))

    assert blank.locator("p", has_text="new").count() == 2
    assert blank.evaluate("one('details').open && one('dialog').matches(':modal')")


def test_inner_scroll_stays(blank: Page) -> None:
    box = "<div style='height:50px;overflow:auto'><p style='height:900px'>{}</p></div>"
    morph(blank, box.format("old"), "one('div').scrollTop = 333", "<h1>n</h1>" + box.format("new"))

    assert blank.text_content("div p") == "new"
    assert blank.evaluate("one('div').scrollTop") == 333


def test_media_play_on_and_frames_are_not_loaded_again(blank: Page) -> None:
    before = "<p>old</p><audio loop muted src='{}'></audio><iframe srcdoc='<p>in'></iframe>"
    blank.evaluate("(text) => open(text)", before.format(SOUND))
    run(blank, "await one('audio').play(); one('audio').currentTime = 0.5;")
    blank.wait_for_function("one('iframe').contentDocument.body.textContent === 'in'")
    blank.evaluate("one('iframe').contentWindow.mark = 'kept'")

    after = "<h1>new</h1><p>new</p><hr>" + before.format(SOUND)
    assert blank.evaluate("(text) => morph(text)", after) == "morph"

    assert not blank.evaluate("one('audio').paused")
    assert blank.evaluate("one('audio').currentTime") >= 0.5
    assert blank.evaluate("one('iframe').contentWindow.mark") == "kept"


def test_moved_elements_keep_what_they_hold(blank: Page) -> None:
    before = "<ul><li><input name=a><li><input name=b><li><input name=c><li><input name=d></ul>"
    blank.evaluate("(text) => open(text)", before)
    blank.fill("[name=a]", "typed")
    blank.evaluate("window.a = one('[name=a]').parentNode")

    after = "<ul><li><input name=c><li><input name=d><li><input name=a><li><input name=b></ul>"
    assert blank.evaluate("(text) => morph(text)", after) == "morph"

    assert blank.evaluate("one('ul').children[2] === a")
    assert blank.input_value("[name=a]") == "typed"
    if blank.evaluate("'moveBefore' in Element.prototype"):
        assert blank.evaluate("document.activeElement.name") == "a"


def test_what_scripts_know_by_its_id_is_not_made_anew(blank: Page) -> None:
    """A new element has none of the listeners."""
    assert (
        morph(blank, "<button id=go>go</button>", "", "<p><button id=go>go</button></p>") == "load"
    )


def test_a_field_with_typed_text_is_not_taken_away(blank: Page) -> None:
    blank.evaluate("(text) => open(text)", "<p><input name=q><input name=r></p>")
    blank.fill("[name=q]", "typed")

    assert blank.evaluate("morph('<div><input name=q><input name=r></div>')") == "load"
    assert blank.evaluate("morph('<p><input name=q></p>')") == "morph"
    assert blank.input_value("[name=q]") == "typed"


def test_what_a_script_added_stays_where_it_is(blank: Page) -> None:
    made = """document.body.prepend(Object.assign(document.createElement('div'), { id: 'banner' }));
              one('.page').dataset.mounted = 'yes';
              document.head.append(document.createElement('style'));"""
    before = "<title>t</title><div class=page><p>old</p></div>"
    after = "<title>t</title><div class=page title=new><p>new</p></div><footer>f</footer>"
    assert morph(blank, before, made, after) == "morph"

    assert blank.evaluate("document.body.firstChild.id") == "banner"
    assert blank.text_content(".page") == "new"
    assert blank.get_attribute(".page", "title") == "new"
    assert blank.get_attribute(".page", "data-mounted") == "yes"
    assert blank.evaluate("document.body.lastElementChild.localName") == "footer"
    assert blank.locator("style").count() == 1


@pytest.mark.parametrize(
    ("before", "meanwhile", "after"),
    [
        ("<p>old</p>", "one('p').textContent = 'of a script'", "<p>new</p>"),
        ("<p title=a>x</p>", "one('p').title = 'of a script'", "<p title=b>x</p>"),
        ("<p class=a>x</p>", "one('p').classList.add('b')", "<p class=c>x</p>"),
        ("<p>old</p>", "one('p').remove()", "<p>new</p>"),
        (
            "<div id=app>{{ old }}</div>",
            "one('#app').innerHTML = '<b>1</b>'",
            "<div id=app>{{ new }}",
        ),
    ],
)
def test_what_a_script_changed_too_needs_a_load(
    blank: Page, before: str, meanwhile: str, after: str
) -> None:
    assert morph(blank, f"<i>1</i>{before}", meanwhile, f"<i>2</i>{after}") == "load"
    assert blank.text_content("i") == "1", "the page is left whole"


def test_a_swapped_sheet_or_image_is_known_by_its_own_address(blank: Page) -> None:
    blank.route("**/*", lambda route: route.fulfill(body="", content_type="text/css"))
    before = "<link rel=stylesheet href=/a.css><img src=/a.png><img src=/b.png>"
    swap = """one('link').href = '/a.css?trayapp=1'; one('img').src = '/a.png?trayapp=1';
              window.link = one('link');"""
    after = (
        "<link rel=stylesheet href=/a.css title=t><img src=/a.png><img src=/c.png><img src=/b.png>"
    )
    assert morph(blank, before, swap, after.replace(" title=t", "")) == "morph"

    assert blank.evaluate("link.isConnected && link.href.endsWith('/a.css?trayapp=1')")
    shown = "[...document.images].map((image) => image.getAttribute('src'))"
    assert blank.evaluate(shown) == ["/a.png?trayapp=1", "/c.png", "/b.png"]

    assert morph(blank, before, swap, before.replace("a.png", "d.png")) == "morph"
    assert blank.evaluate(shown) == ["/d.png", "/b.png"]


def test_an_old_sheet_stays_until_the_new_one_is_there(page: Page, site: Site) -> None:
    site.write("old.css", "body { color: rgb(1, 2, 3) }")
    site.write("new.css", "body { color: rgb(4, 5, 6) }")
    page.goto(site.write_page(site.url))
    page.evaluate(exposed("morph", "keep", prelude=PRELUDE))
    page.evaluate(SUPPORT)
    site.delay_swaps(0.3)
    page.evaluate("(text) => open(text)", "<link rel=stylesheet href=old.css><p>p</p>")
    page.wait_for_function("getComputedStyle(document.body).color === 'rgb(1, 2, 3)'")
    page.evaluate(
        """() => {
            window.seen = new Set();
            const look = () => {
                window.seen.add(getComputedStyle(document.body).color);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )

    page.evaluate("morph('<link rel=stylesheet href=new.css?trayapp=slow><p>p</p>')")

    page.wait_for_function("window.seen.has('rgb(4, 5, 6)')")
    assert page.evaluate("[...window.seen]") == ["rgb(1, 2, 3)", "rgb(4, 5, 6)"]
    assert page.locator("link").count() == 1


def test_new_elements_come_as_the_parser_makes_them(
    blank: Page,
) -> None:
    after = "<svg viewBox='0 0 2 2'><use xlink:href='#a'/></svg><x-a @click='go'>a</x-a><p>x</p>"
    before = "<x-a>a</x-a><p>x</p>"
    assert morph(blank, before, "", after) == "morph"

    assert blank.evaluate("one('use').namespaceURI") == "http://www.w3.org/2000/svg"
    assert blank.evaluate("one('use').attributes[0].namespaceURI") == "http://www.w3.org/1999/xlink"
    assert blank.evaluate("one('x-a').getAttribute('@click')") == "go"


def test_a_guess_keeps_what_a_script_may_have_made(blank: Page) -> None:
    page = "<html class=dark><main></main><p>{}</p>"
    before = page.format("old").replace("<main>", "<main><b>made</b>")
    blank.evaluate("(text) => open(text)", before)
    blank.evaluate("document.documentElement.className = 'dark'")
    after = page.replace(" class=dark", "").format("new")
    assert blank.evaluate("(text) => morph(text, true)", after) == "morph"
    assert blank.text_content("p") == "new"
    assert blank.text_content("main") == "made"
    assert blank.get_attribute("html", "class") == "dark"

    fewer = after.replace("<p>new</p>", "<hr>")
    assert (
        blank.evaluate(
            "(text) => { window.before = text[0]; return morph(text[1], true) }", [after, fewer]
        )
        == "load"
    )


@pytest.mark.parametrize("stays", ["true", "false"], ids=["some stay", "none stays"])
def test_a_long_list_takes_no_square_of_its_length(blank: Page, stays: str) -> None:
    """5,000 rows, every tenth removed, or moved and kept as it is, all others edited: each is
    compared with some others, not with all."""
    compared = run(
        blank,
        f"""
        const rows = Array.from({{ length: 5000 }}, (_, i) => `<li><b>${{i}}</b> row</li>`);
        open(`<ul>${{rows.join("")}}</ul>`);
        const kept = (row, i) => (i % 20 && {stays} ? [rows[(i * 7) % 5000], row] : []);
        const edited = rows.flatMap((row, i) =>
            i % 10 ? [row.replace("row", "line")] : kept(row, i));
        let compared = 0;
        const count = (value) => {{ compared++; return value; }};
        const {{ isEqualNode }} = Node.prototype;
        const {{ get }} = Object.getOwnPropertyDescriptor(Node.prototype, "nodeName");
        Node.prototype.isEqualNode = function (other) {{
            return count(isEqualNode.call(this, other));
        }};
        Object.defineProperty(Node.prototype, "nodeName", {{
            get() {{ return count(get.call(this)); }},
        }});
        if (await morph(`<ul>${{edited.join("")}}</ul>`) !== "morph") return 1e9;
        if (one("ul").children.length !== edited.length) return 1e9;
        return compared;
        """,
    )
    assert compared < 5000 * 200

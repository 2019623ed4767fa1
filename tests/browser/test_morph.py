"""What changed in a page's source comes to the page, and nothing else on it changes."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.parts import exposed

pytestmark = pytest.mark.browser

PRELUDE = "const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });"

SUPPORT = """
window.parse = (text) => new DOMParser().parseFromString(text, "text/html").documentElement;
// The page as the parser makes it of `before`, with what `meanwhile` does to it, brought to `after`.
window.morph = async (before, after, meanwhile = () => {}, guessed = false) => {
    document.documentElement.innerHTML = before;
    await meanwhile();
    const steps = parts.planMorph(document.documentElement, parse(before), parse(after), guessed);
    if (steps) await parts.takeSteps(steps);
    return steps ? steps.length : "load";
};
window.all = (selector) => [...document.querySelectorAll(selector)];
window.one = (selector) => document.querySelector(selector);
"""


@pytest.fixture
def blank(page: Page) -> Page:
    """An empty page with `morph(before, after, meanwhile)` on its window."""
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
        const right = steps && live.isEqualNode(after);
        live.remove();
        return right ? "" : [c, before, after, live].map((n) => n.outerHTML || n).join("\\n");
        """,
    )

    assert complaint == ""


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
        const lost = made.filter((node) => steps && !node.isConnected && node.parentNode);
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

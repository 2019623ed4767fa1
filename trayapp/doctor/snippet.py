"""The snippet: what the source of a page says of our tag, and of policies. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from trayapp.doctor.address import joined
from trayapp.doctor.finding import Finding, fix, note, ok
from trayapp.errors import TrayAppError

SCRIPT_NAME = "client.js"

LONGEST_REST = 16 * 1024
"""Characters."""

VALUES: Mapping[str, Sequence[str]] = {
    "data-root": (),
    "data-topics": (),
    "data-update": ("auto", "reload", "off"),
    "data-toast": ("on", "off"),
    "data-badge": ("on", "off"),
}
"""The options of the tag with the values each may have; none means any text."""

_SCRIPT_TYPES = {"", "module", "text/javascript", "application/javascript"}
_HEAD = {"html", "head", "title", "base", "link", "meta", "style", "script", "noscript", "template"}
# The tag for every device, which a script of two lines makes.
_MADE = re.compile(r"http://\$\{location\.hostname\}(:[0-9]{1,5})?(?=/client\.js)")
_INERT = {"template", "noscript", "textarea", "title"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A script element of the page. `line` is where it stands, from 1; `policies` is how many
    policies of meta elements stand before it."""

    url: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    policies: int = 0

    @property
    def is_module(self) -> bool:
        return self.attributes.get("type", "").strip().lower() == "module"

    @property
    def asks_cors(self) -> bool:
        """Whether the browser will only run it if the answer names the page's origin."""
        return self.is_module or "crossorigin" in self.attributes


@dataclass(frozen=True, slots=True)
class Source:
    """What was found in the source of a page. `tags` may run, `asleep` are the lines of those in a
    comment, a template or another element that runs nothing. `metas` are the policies in the head,
    in order."""

    tags: tuple[Tag, ...]
    asleep: tuple[int, ...]
    metas: tuple[str, ...]


def read(text: str, url: str) -> Source:
    """What the page `text`, which came from `url`, holds of our concern."""
    reader = _Reader(url)
    reader.feed(text)
    # What is left began and has no end, such as a comment: a browser takes all of it for that. Only
    # a short rest is looked through, for HTMLParser begins anew behind each "<" of it.
    if len(reader.rawdata) <= LONGEST_REST:
        reader.close()
    return Source(tuple(reader.tags), tuple(reader.asleep), tuple(reader.metas))


class _Reader(HTMLParser):
    """Builds no tree: to know the head from the body, and what sleeps, the tags suffice."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.asleep: list[int] = []
        self.metas: list[str] = []
        self._page = url
        self._base = url
        self._based = False
        self._in_head = True
        self._inert = 0
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # of two, the first counts
        self._in_head = self._in_head and tag in _HEAD
        self._in_script = tag == "script"
        if tag in _INERT:
            self._inert += 1
        elif tag == "base" and "href" in given and not self._based:
            self._base, self._based = _address(self._base, given["href"]) or self._base, True
        elif tag == "meta" and self._in_head and not self._inert:
            self._meta(given)
        elif tag == "script" and "src" in given:
            self._script(given, _address(self._base, given["src"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in _INERT:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _INERT and self._inert:
            self._inert -= 1
        self._in_head = self._in_head and tag != "head"
        self._in_script = False

    def handle_data(self, data: str) -> None:
        made = _MADE.search(data) if self._in_script else None
        if made is not None:
            host = urlsplit(self._page).netloc.rpartition("@")[2]
            name = re.sub(r":[0-9]*\Z", "", host)
            self._script({}, _address(self._page, f"http://{name}{made[1] or ''}/{SCRIPT_NAME}"))

    def handle_comment(self, data: str) -> None:
        if f"/{SCRIPT_NAME}" in data and "<script" in data.lower():
            self.asleep.append(self.getpos()[0])

    def _meta(self, given: Mapping[str, str]) -> None:
        if given.get("http-equiv", "").strip().lower() == "content-security-policy":
            self.metas.append(given.get("content", ""))

    def _script(self, given: Mapping[str, str], url: str) -> None:
        line = self.getpos()[0]
        if urlsplit(url).path.rpartition("/")[2] != SCRIPT_NAME:
            return
        if self._inert:
            self.asleep.append(line)
        else:
            self.tags.append(Tag(url, line, given, len(self.metas)))


def _address(base: str, reference: str) -> str:
    """What `reference` means; empty when it is no address of the web."""
    try:
        return joined(base, reference)
    except TrayAppError:
        return ""


def judge(source: Source, snippet: str) -> Iterator[Finding]:
    """Whether the tag is there, once and in order. `snippet` is what to paste where it is not."""
    if not source.tags:
        yield _missing(source, snippet)
        return
    first, *others = source.tags
    yield ok(f"The script tag is in line {first.line}: {first.url}")
    if others:
        lines = ", ".join(str(tag.line) for tag in others)
        yield note(f"It is there again, in line {lines}. Only one of them does something.")
    yield from _attributes(first)


def _missing(source: Source, snippet: str) -> Finding:
    if source.asleep:
        text = f"The script tag in line {source.asleep[0]} is in a comment or a template."
        return fix(f"{text} Nobody runs it.", f"Put it outside: {snippet}")
    return fix(
        "The script tag is not in the page as its server sends it.",
        f"Put it in, unless a script of the page adds it: {snippet}",
    )


def _attributes(tag: Tag) -> Iterator[Finding]:
    type_ = tag.attributes.get("type", "").strip().lower()
    if type_ not in _SCRIPT_TYPES:
        yield fix(f'Browsers do not run a script of type="{type_}".', "Take the type away.")
    if "nomodule" in tag.attributes and not tag.is_module:
        yield fix("Browsers of today skip a script with nomodule.", "Take nomodule away.")
    if "integrity" in tag.attributes:
        yield fix(
            "With integrity the script stops to load at the next version of trayapp.",
            "Take integrity away.",
        )
    if tag.attributes.get("crossorigin", "").lower() == "use-credentials":
        yield fix(
            'With crossorigin="use-credentials" browsers refuse the script.',
            "Take crossorigin away.",
        )
    for name, value in tag.attributes.items():
        if name.startswith("data-"):
            yield from _option(name, value)


def _option(name: str, value: str) -> Iterator[Finding]:
    from difflib import get_close_matches

    if name in VALUES:
        allowed = VALUES[name]
        if allowed and value not in allowed:
            said = " or ".join(f'{name}="{one}"' for one in allowed)
            yield fix(f'{name}="{value}" means nothing.', f"Write {said}")
    elif near := get_close_matches(name[5:], [one[5:] for one in VALUES], 1, 0.7):
        yield note(f"{name} is no option.", f"Meant may be: data-{near[0]}")

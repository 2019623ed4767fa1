"""Judgement: what the answers of a page, of our script and of our stream mean for updates. Pure."""

import codecs
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from trayapp.doctor import asking
from trayapp.doctor.address import is_loopback, origin, port
from trayapp.doctor.asking import HELLO_SECONDS, Answer, Heard
from trayapp.doctor.finding import Finding, fix, note, ok
from trayapp.doctor.snippet import Tag

SCRIPT_MARK = b"page script of trayapp"
"""Begins the comment at the top of our script."""

HTML_TYPES = {"text/html", "application/xhtml+xml"}
_LONG = 60  # s a page may be shown from the cache before somebody wonders


_NO_CHARSETS = frozenset(
    {
        "idna",
        "mbcs",
        "oem",
        "punycode",
        "raw-unicode-escape",
        "undefined",
        "unicode-escape",
        "utf-7",
    }
)
"""Codecs of Python that no browser knows as an encoding of a page (WHATWG Encoding §4.2)."""


def page(answer: Answer) -> Iterator[Finding]:
    """Whether it is there, and HTML."""
    for hop in answer.hops:
        yield note(f"Redirected to {hop}")
    if not 200 <= answer.status < 300:
        yield fix(
            f"{answer.url} answers {answer.status}.",
            "Check the address. No cookie is sent: what needs a login cannot be looked at.",
        )
    elif answer.media_type not in HTML_TYPES:
        kind = answer.media_type or "without a Content-Type"
        yield fix(
            f"{answer.url} is {kind}: browsers show it without running a script.",
            "Have its server send the header: Content-Type: text/html; charset=utf-8",
        )
    else:
        yield ok(f"{answer.url} answers {answer.status} with {len(answer.body):,} bytes of HTML.")
    if len(answer.body) >= asking.MAX_BODY:
        yield note(f"Only its first {asking.MAX_BODY:,} bytes were looked at.")


def text_of(answer: Answer) -> str:
    """The body as text, by its header, else by its own word (WHATWG HTML 13.2.3.2), else UTF-8."""
    said = re.search(r"charset=[\"']?([\w.:-]+)", answer.header("Content-Type"), re.IGNORECASE)
    own = re.search(rb"charset=[\"']?([\w.:-]+)", answer.body[:1024], re.IGNORECASE)
    charset = said[1] if said else own[1].decode("ascii", "replace") if own else "utf-8"
    try:
        if codecs.lookup(charset).name in _NO_CHARSETS:
            charset = "utf-8"
        return answer.body.decode(charset, "replace")
    except (LookupError, ValueError):  # unknown; one of bytes to bytes; one that replaces nothing
        return answer.body.decode("utf-8", "replace")


def script(answer: Answer, tag: Tag, page: Answer, config_file: str) -> Iterator[Finding]:
    """Whether the address of the tag is our script, and may be run by this page."""
    if answer.status != 200:
        yield _refused(answer, tag.url, config_file)
    elif SCRIPT_MARK not in answer.body[:200]:
        yield fix(
            f"{tag.url} is not the script of trayapp.", "Check the host and the port in the tag."
        )
    else:
        yield ok(f"{tag.url} is the script of trayapp.")
        yield from _lent(answer, tag, page)


def _lent(answer: Answer, tag: Tag, page: Answer) -> Iterator[Finding]:
    """Headers that a proxy may have put on the script, or taken away."""
    if origin(tag.url) == origin(page.url):
        return
    reach = answer.header("Cross-Origin-Resource-Policy").lower()
    demanded = page.header("Cross-Origin-Embedder-Policy").lower().startswith("require-corp")
    if reach in {"same-origin", "same-site"} or (demanded and reach != "cross-origin"):
        yield fix(
            "The script may not be used by pages of another origin.",
            "Have the proxy pass on this header: Cross-Origin-Resource-Policy: cross-origin",
        )
    if tag.asks_cors and answer.header("Access-Control-Allow-Origin") not in {
        "*",
        origin(page.url),
    }:
        yield fix(
            "As a module or with crossorigin, the script is refused to this page's origin.",
            "Take type and crossorigin away from the tag.",
        )


def scheme(tag: Tag, page_url: str) -> Iterator[Finding]:
    """Mixed content (W3C Mixed Content 4): what a page of https may load from http."""
    if urlsplit(page_url).scheme != "https" or urlsplit(tag.url).scheme != "http":
        return
    if not is_loopback(tag.url):
        yield fix(
            f"A page of https may not load {tag.url} by http.",
            "Open the page by http; or take trayapp from http://localhost on this computer; or "
            "through the https server of the page.",
        )
    else:
        yield note(
            f"Safari lets no page of https load {origin(tag.url)}; Chrome, Edge and Firefox do.",
            "For Safari open the page by http.",
        )


def reach(tag: Tag, page: Answer) -> Iterator[Finding]:
    """Local Network Access (WICG): what a page from another address than a loopback one may use of
    this computer. Seen with Chromium 156: by http nothing, by https what its user allows."""
    if not is_loopback(tag.url) or ip_address(page.peer.partition("%")[0]).is_loopback:
        return
    if urlsplit(page.url).scheme == "http":
        yield fix(
            f"Chrome and Edge let no page of http from {page.peer} use this computer.",
            "Open the page by https, or by an address of this computer: 127.0.0.1 or localhost.",
        )
    else:
        yield note(
            f"Chrome and Edge ask before a page from {page.peer} may use this computer.",
            "Allow the local network for it, in the settings of the site.",
        )


def stream(heard: Heard, asked: str, page_origin: str, config_file: str) -> Iterator[Finding]:
    """Whether the stream at `asked` greets a page of `page_origin`, and at once. An empty origin
    is that of a page on the same server."""
    answer = heard.answer
    if answer is None:
        yield _held_back(asked, "and not even sent the head of the answer")
    elif answer.status != 200:
        yield _refused(answer, asked, config_file, page_origin)
    elif answer.media_type != "text/event-stream":
        kind = answer.media_type or "without a Content-Type"
        yield fix(f"{asked} is {kind}, no stream.", "Have the proxy pass /stream on to trayapp.")
    else:
        yield from _greeting(heard, answer, asked, page_origin)


def _greeting(heard: Heard, answer: Answer, asked: str, page_origin: str) -> Iterator[Finding]:
    allowed = answer.header("Access-Control-Allow-Origin")
    if page_origin and allowed not in {"*", page_origin}:
        said = f"says {allowed!r}" if allowed else "is missing"
        yield fix(
            f"Access-Control-Allow-Origin of the stream {said}: the page may not read it.",
            "Have the proxy neither add to that header of trayapp nor remove it.",
        )
    packed = answer.header("Content-Encoding")
    if heard.hello is None:
        yield _held_back(asked, "though the stream is open")
        return
    if heard.hello.get("server") == "trayapp":
        where = f"pages of {page_origin}" if page_origin else "its own pages"
        yield ok(f"The stream greets {where} after {heard.seconds * 1000:.0f} ms.")
    if packed:
        yield note(
            f"It comes compressed ({packed}), which helps nothing and may hold events back.",
            "nginx: gzip off; in the location of /stream",
        )


def _held_back(asked: str, how: str) -> Finding:
    return fix(
        f"{origin(asked)} has held the greeting of the stream back for {HELLO_SECONDS:g} s, {how}.",
        "A proxy must pass events on at once; nginx: proxy_buffering off; gzip off; in the "
        "location of /stream, and no proxy_ignore_headers X-Accel-Buffering",
    )


def _refused(answer: Answer, asked: str, config_file: str, page_origin: str = "") -> Finding:
    """What a status means that is not 200. trayapp says by JSON why."""
    error, hint = asking.refusal(answer)
    if page_origin == "null" and answer.status == 403:
        return fix(
            "Pages without an origin need the read key.", "Put it into the tag: client.js?key=…"
        )
    if "Origin" in error:
        return fix(
            f"Pages of {page_origin} have no access.",
            f"Put into {config_file}, or add to its list of origins, and start trayapp anew: "
            f'origins = ["{page_origin}"]',
        )
    if "Host" in error:
        return _nameless(asked, config_file)
    if error:
        return fix(f"{asked} answers {answer.status}: {error}", hint or "Check the tag.")
    return fix(
        f"{asked} answers {answer.status}, and not as trayapp does.",
        "Check the host and the port in the tag; a proxy has to pass /stream and /client.js on.",
    )


def _nameless(asked: str, config_file: str) -> Finding:
    host = urlsplit(asked).hostname
    if is_loopback(asked):
        return fix(
            f"A proxy at {origin(asked)} tells trayapp another Host.",
            "Have it name this computer; nginx: proxy_set_header Host localhost;",
        )
    return fix(
        f"trayapp does not know itself by the name {host}.",
        f'Put into {config_file} and start trayapp anew: hosts = ["{host}"]',
    )


def hello(data: Mapping[str, Any], tag: Tag, version: str) -> Iterator[Finding]:
    """What the greeting tells: who is there, and whether the tag's folders are."""
    theirs = data.get("version")
    if theirs != version:
        yield note(
            f"trayapp at {origin(tag.url)} is version {theirs}, this command is {version}.",
            "Start the running one anew: trayapp stop, then trayapp run",
        )
    if data.get("paused"):
        yield note("Live reload is paused.", "trayapp resume")
    told = data.get("roots")
    labels = [str(one.get("root")) for one in told or () if isinstance(one, dict)]
    for label in _words(tag.attributes.get("data-root", "")):
        if label not in labels:
            known = ", ".join(labels) or "none"
            yield fix(f'data-root="{label}" is no watched folder.', f"Watched are: {known}")
    if not labels:
        yield note("No folder is watched.", "trayapp run FOLDER")


def caching(answer: Answer) -> Iterator[Finding]:
    """Whether browsers may show an old page instead of asking."""
    said = answer.header("Cache-Control").lower()
    age = re.search(r"max-age=(\d+)", said)
    if age and int(age[1]) > _LONG and "no-cache" not in said and "no-store" not in said:
        yield note(
            f"Browsers may show this page for {int(age[1]):,} s without asking its server.",
            "While developing have the server send: Cache-Control: no-cache",
        )


def roots(state: Mapping[str, Any]) -> Iterator[Finding]:
    """How the folders of the running trayapp are."""
    for root in state["roots"]:
        reason, _, command = str(root["detail"]).partition(" Run: ")
        name = f'The folder "{root["label"]}" ({root["path"]})'
        match root["status"]:
            case "watching":
                yield ok(f"{name} is watched: {_files(root['files'])}.")
            case "scanning":
                yield note(f"{name} is being looked through: {_files(root['files'])} so far.")
            case "polling":
                yield note(f"{name} is polled, so updates come later. {reason}", command)
            case "gone":
                yield fix(f"{name} is gone.", "Put it back, or remove it in the dashboard.")
            case _:
                yield fix(f"{name} cannot be watched. {reason}", command or "trayapp status")


def snippet(state: Mapping[str, Any] | None) -> str:
    """The tag for pages of this computer."""
    number = port(urlsplit(state["url"])) if state else 8765
    return f'<script src="http://localhost:{number}/client.js"></script>'


def _files(count: int) -> str:
    return f"{count:,} {'file' if count == 1 else 'files'}"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]

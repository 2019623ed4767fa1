"""An examination: what is asked for, in which order, and what each answer means."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from trayapp import __version__
from trayapp.doctor import asking, csp, files, judgement, permission
from trayapp.doctor import snippet as source
from trayapp.doctor.address import is_loopback, origin, page_url, port
from trayapp.doctor.asking import Answer
from trayapp.doctor.csp import Policy
from trayapp.doctor.finding import Finding, failed, fix, note, ok
from trayapp.doctor.snippet import Tag
from trayapp.errors import TrayAppError

State = Mapping[str, Any]
"""The JSON of GET /api/state of the trayapp that runs."""


def examine(text: str, state: State | None, config_file: str) -> Iterator[Finding]:
    """What is found about the page at `text`, as it is found. `state` is None when no trayapp of
    this user runs. Raises: TrayAppError when `text` is no address."""
    url = page_url(text)
    try:
        page = asking.fetch(url)
    except TrayAppError as error:
        yield failed(error)
        return
    yield from judgement.page(page)
    if page.media_type not in judgement.HTML_TYPES:
        return
    found = source.read(judgement.text_of(page), page.url)
    if page.status >= 300 and not found.tags:
        return
    yield from source.judge(found, judgement.snippet(state))
    if tag := _tag(found, state):
        policies = csp.from_headers(page.all("Content-Security-Policy"))
        policies += [csp.from_meta(text) for text in found.metas]
        yield from _connection(page, tag, policies, state, config_file)
    yield from judgement.caching(page)
    if state and state["roots"]:
        yield _file(page, state)


def examine_service(state: State, config_file: str) -> Iterator[Finding]:
    """What is found about the running trayapp itself."""
    yield ok(f"trayapp {state['version']} is {state['status']} at {state['url']}")
    if state["problem"]:
        yield fix(str(state["problem"]), "trayapp status")
    tag = Tag(f"http://localhost:{port(urlsplit(state['url']))}/client.js", 0)
    nowhere = Answer(tag.url, 200, ())
    yield from _service(nowhere, tag, "", state, config_file)
    yield from judgement.roots(state)
    yield note("A page is looked at with its address:", "trayapp doctor http://localhost:3000/")


def _tag(found: source.Source, state: State | None) -> Tag | None:
    """The tag of the page, else the one it should have."""
    if found.tags:
        return found.tags[0]
    if state is None:
        return None
    address = f"http://localhost:{port(urlsplit(state['url']))}/client.js"
    return Tag(address, 0, {}, len(found.metas))


def _connection(
    page: Answer, tag: Tag, policies: Sequence[Policy], state: State | None, config_file: str
) -> Iterator[Finding]:
    """The way from the page to trayapp, step by step."""
    yield from permission.sandbox(policies)
    yield from permission.policies(policies, tag.policies, tag, stream_url(tag), page.url)
    yield from permission.trusted_types(policies)
    yield from judgement.scheme(tag, page.url)
    yield from judgement.reach(tag, page)
    nowhere = any("allow-same-origin" not in flags for flags in csp.sandbox(policies))
    same = origin(tag.url) == origin(page.url)
    yield from _service(
        page, tag, "null" if nowhere else "" if same else origin(page.url), state, config_file
    )


def _service(
    page: Answer, tag: Tag, page_origin: str, state: State | None, config_file: str
) -> Iterator[Finding]:
    """Whether trayapp answers a page of `page_origin` with its script and its stream."""
    headers = {"Origin": page_origin} if page_origin else {}
    try:
        script = asking.fetch(tag.url, headers if tag.asks_cors else {})
    except TrayAppError as error:
        yield fix(error.message, _start(tag, state))
        return
    yield from judgement.script(script, tag, page, config_file)
    if script.status != 200 or judgement.SCRIPT_MARK not in script.body[:200]:
        return
    try:
        heard = asking.listen(stream_url(tag), headers)
    except TrayAppError as error:
        yield failed(error)
        return
    yield from judgement.stream(heard, stream_url(tag), page_origin, config_file)
    if heard.hello is not None:
        yield from judgement.hello(heard.hello, tag, __version__)


def stream_url(tag: Tag) -> str:
    """The stream that the script of `tag` reads, without any topic: only its greeting is heard."""
    query = parse_qs(urlsplit(tag.url).query)
    asked = {"topic": "none"} | ({"key": query["key"][0]} if "key" in query else {})
    return f"{urljoin(tag.url, 'stream')}?{urlencode(asked)}"


def _start(tag: Tag, state: State | None) -> str:
    """What helps when nothing answers at the address of the tag."""
    if not is_loopback(tag.url):
        return "Check the host and the port in the tag."
    if state is not None:
        return f"trayapp runs at {state['url']}: the tag needs {judgement.snippet(state)}"
    wanted = port(urlsplit(tag.url))
    return "Start trayapp: trayapp run" + ("" if wanted == 8765 else f" --port {wanted}")


def _file(page: Answer, state: State) -> Finding:
    """Which watched file the page is."""
    for root in state["roots"]:
        if name := files.standing_for(page.url, page.body, Path(root["path"])):
            return ok(f'The page is {name} of the watched folder "{root["label"]}".')
    return note(
        "The page is no file of a watched folder as it is: a server makes it, or the folder is "
        "not watched. Then it updates for every file that it may be made of.",
        "Watched are: " + ", ".join(str(root["path"]) for root in state["roots"]),
    )

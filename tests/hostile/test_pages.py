"""What pages of other sites can do to the running program, in three real browsers.

The browsers are the judges of what a page gets to see, a stream that was open before of what it has
caused, and the program's own log of what it was asked.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.browser.webdriver.drivers import DriverError
from tests.hostile.engines import ENGINES, Engine, Window
from tests.hostile.othersites import OtherSites, other_sites
from tests.hostile.program import Program, started
from tests.hostile.wire import Listener
from tests.support import launched, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# Every name is one of `window`: Firefox runs the scripts of a driver in a sandbox of their own.
OPEN = """
window.got = []; window.opened = false; window.refused = false;
window.stream = new window.EventSource('{}');
window.stream.onopen = () => {{ window.opened = true; }};
window.stream.onerror = () => {{ window.refused = true; }};
window.stream.addEventListener('notify', ({{ data }}) => {{
  window.got.push(JSON.parse(data).message);
}});
"""
FETCH = """
window.result = '';
window.fetch('{}', {}).then(
  (a) => a.text().then((t) => {{ window.result = `${{a.status}} ${{a.type}} ${{t}}`; }}),
  () => {{ window.result = 'failed'; }});
"""
NONE = "{}"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with started(tmp_path_factory.mktemp("attacked")) as program:
        yield program


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherSites]:
    with other_sites(tmp_path_factory.mktemp("other-sites")) as sites:
        yield sites


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@pytest.fixture
def window(engine: Engine) -> Iterator[Window]:
    window = engine.open()
    yield window
    window.close()


@pytest.fixture
def foreign(engine: Engine, sites: OtherSites) -> str:
    """The address of a site that trayapp knows nothing of."""
    return f"http://{engine.foreign}:{sites.plain}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "app.localhost", "https"])
def test_a_page_of_this_computer_reads(
    window: Window, engine: Engine, sites: OtherSites, program: Program, host: str
) -> None:
    addresses = {"[::1]": f"http://[::1]:{sites.six}", "https": f"https://localhost:{sites.secure}"}
    window.go(addresses.get(host, f"http://{host}:{sites.plain}") + "/page")

    window.run(OPEN.format(f"http://localhost:{program.port}/stream"))

    if (host, engine.name) == ("https", "webkit"):  # takes no http into a page of https, at all
        window.wait_until("window.refused")
        assert not window.run("return window.opened")
        return
    window.wait_until("window.opened")
    program.publish("notify", "for pages of this computer")
    window.wait_until("window.got.includes('for pages of this computer')")


def test_a_page_of_the_address_that_python_prints_reads_and_publishes(
    window: Window, engine: Engine, sites: OtherSites, program: Program
) -> None:
    """`python -m http.server` says http://0.0.0.0:8000/. Firefox and WebKit open no such page."""
    origin = f"http://0.0.0.0:{sites.plain}"
    with suppress(DriverError):  # what Firefox shows in its place is an error
        window.go(f"{origin}/page")
    if engine.name != "chromium":
        assert window.run("return window.origin") != origin
        return
    ours = f"http://localhost:{program.port}"
    window.run(OPEN.format(f"{ours}/stream"))
    window.wait_until("window.opened")
    window.run(FETCH.format(f"{ours}/notify", "{method: 'POST', body: 'from zero'}"))
    window.wait_until("window.result.startsWith('200 ')")
    window.wait_until("window.got.includes('from zero')")
    assert fetched(window, f"{ours}/api/state") == "failed"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_page_of_this_computer_publishes(
    window: Window, sites: OtherSites, program: Program, host: str
) -> None:
    port = sites.six if host == "[::1]" else sites.plain
    window.go(f"http://{host}:{port}/page")
    url = f"http://localhost:{program.port}/notify"
    with program.listener() as listener:
        window.run(FETCH.format(url, "{method: 'POST', body: 'from a page'}"))
        assert "from a page" in listener.until("notify")[-1].data
    window.wait_until("window.result.startsWith('200 ')")


def test_a_foreign_site_reads_nothing(window: Window, foreign: str, program: Program) -> None:
    ours = f"http://localhost:{program.port}"
    window.go(f"{foreign}/page")
    window.run(OPEN.format(f"{ours}/stream"))
    window.wait_until("window.refused && window.stream.readyState === 2")
    assert not window.run("return window.opened")
    for path in ("/stream", "/", "/api/state", "/health", "/static/dashboard.js"):
        assert fetched(window, ours + path) == "failed", path
        # CORP keeps even the opaque answer away where the browser knows it
        said = fetched(window, ours + path, "{mode: 'no-cors'}")
        assert said in {"failed", "0 opaque "}, path
    assert program.ask("state")["pages"] == 0


def test_a_frame_without_an_origin_reads_and_publishes_nothing(
    window: Window, sites: OtherSites, foreign: str, program: Program
) -> None:
    """In a sandbox, and of a data: address; on a foreign site, and on one of this computer."""
    ours = f"http://localhost:{program.port}"
    inner = f"""<script>
      const tell = (what) => parent.postMessage(what, '*');
      fetch('{ours}/notify', {{method: 'POST', body: 'from null', mode: 'no-cors'}})
        .then(() => 0, () => 0).then(() => fetch('{ours}/notify', {{method: 'POST', body: 'null'}}))
        .then(() => tell('published'), () => {{
          const stream = new EventSource('{ours}/stream');
          stream.onopen = () => tell('opened');
          stream.onerror = () => tell('refused');
        }});
    </script>"""
    script = """
      window.told = [];
      addEventListener('message', ({ data }) => window.told.push(data));
      const inner = INNER;
      const boxed = document.createElement('iframe');
      boxed.sandbox = 'allow-scripts'; boxed.srcdoc = inner;
      const dataed = document.createElement('iframe');
      dataed.src = 'data:text/html,' + encodeURIComponent(inner);
      document.body.append(boxed, dataed);
    """.replace("INNER", repr(inner.replace("\n", " ")).replace("</script>", "<\\/script>"))
    for site in (foreign, f"http://localhost:{sites.plain}"):
        with program.listener() as listener:
            window.go(f"{site}/page")
            window.run(script)
            window.wait_until("window.told.length >= 2")
            assert window.run("return window.told.join()") == "refused,refused"
            assert nothing_came(program, listener)


def test_a_redirect_to_the_stream_reads_nothing(
    window: Window, sites: OtherSites, program: Program
) -> None:
    target = f"http://localhost:{program.port}/stream"
    window.go(f"http://localhost:{sites.plain}/page")
    window.run(OPEN.format(f"http://127.0.0.1:{sites.plain}/redirect?to={target}"))
    window.wait_until("window.refused && window.stream.readyState === 2")
    assert not window.run("return window.opened")


def test_a_rebound_name_reads_nothing(window: Window, engine: Engine, program: Program) -> None:
    """A page that is of the same origin as trayapp itself, but for the name it was asked by."""
    if engine.name == "webkit":
        # its foreign site is an address of this computer, on which nothing listens
        assert program.post("/health", None, {"Host": f"evil.test:{program.port}"})[0] == 403
        return
    window.go(f"http://{engine.foreign}:{program.port}/")
    assert "not a name of this service" in window.run("return document.body.textContent")
    for path in ("/stream", "/api/state", "/", "/client.js", "/notify"):
        assert fetched(window, path).startswith("403 basic "), path
    with program.listener() as listener:
        said = fetched(window, "/notify", "{method: 'POST', body: 'rebound'}")
        assert said.startswith("403 basic ")
        assert nothing_came(program, listener)


def test_the_address_of_nobody_reads_nothing(
    window: Window, sites: OtherSites, program: Program
) -> None:
    """0.0.0.0 leads to this computer, past what browsers keep pages of the internet from."""
    nobody = f"http://0.0.0.0:{program.port}"
    window.go(f"http://localhost:{sites.plain}/page")
    assert fetched(window, f"{nobody}/stream") == "failed"
    window.run(OPEN.format(f"{nobody}/stream"))
    with program.listener() as listener:
        fetched(window, f"{nobody}/notify", "{method: 'POST', body: 'zero', mode: 'no-cors'}")
        assert nothing_came(program, listener)
    assert not window.run("return window.opened")


def test_what_a_foreign_site_includes_gives_it_nothing(
    window: Window, foreign: str, program: Program
) -> None:
    ours = f"http://localhost:{program.port}"
    window.go(f"{foreign}/page")
    mark, names = len(program.log), set(window.run("return Object.keys(window)"))
    window.run(
        """
        window.loaded = []; window.failed = [];
        for (const [tag, name, path] of [
          ['script', 'src', '/stream'], ['script', 'src', '/api/events'],
          ['script', 'src', '/static/api.js'], ['img', 'src', '/favicon.ico'],
          ['img', 'src', '/stream'], ['link', 'href', '/static/dashboard.css'],
        ]) {
          const made = document.createElement(tag);
          made.onload = () => window.loaded.push(path);
          made.onerror = () => window.failed.push(path);
          if (tag === 'link') made.rel = 'stylesheet';
          made[name] = 'OURS' + path;
          document.body.append(made);
        }
        const frame = document.createElement('iframe');
        frame.src = 'OURS/';
        document.body.append(frame);
        """.replace("OURS", ours)
    )
    window.wait_until("window.failed.length + window.loaded.length === 6", 10)
    assert window.run("return window.loaded.join()") == ""
    wait_for(lambda: program.lines_since(mark, "GET '/' "), 5, "the frame was asked for")
    assert [line for line in program.lines_since(mark, " 200 ") if "'/api/" not in line] == []
    added = set(window.run("return Object.keys(window)")) - names
    assert added <= {"loaded", "failed", "0"}, added


POSTS = {
    "urlencoded": "form.enctype = 'application/x-www-form-urlencoded'; form.submit();",
    "text": "form.enctype = 'text/plain'; form.submit();",
    "multipart": "form.enctype = 'multipart/form-data'; form.submit();",
    "popup": "form.target = '_blank'; form.submit();",
    "redirect": "form.action = '/again?to=' + encodeURIComponent(form.action); form.submit();",
    "fetch": "window.fetch(form.action, {method: 'POST', body: 'forged', mode: 'no-cors'});",
    "fetch with a type": "window.fetch(form.action, {method: 'POST', body: new window.Blob(['{}'],"
    " {type: 'application/json'}), mode: 'no-cors'}).catch(() => 0);",
    "preflight": "window.fetch(form.action, {method: 'POST', body: '{}',"
    " headers: {'Content-Type': 'application/json'}}).catch(() => 0);",
    "beacon": "window.navigator.sendBeacon(form.action, 'forged');",
    "beacon of JSON": "window.navigator.sendBeacon(form.action,"
    " new window.Blob(['{}'], {type: 'application/json'}));",
    "old request": "const r = new window.XMLHttpRequest();"
    " r.open('POST', form.action); r.send('forged');",
}
FORM = """
const form = document.createElement('form');
form.method = 'post'; form.action = 'ACTION'; form.target = `away${Math.random()}`;
form.innerHTML = '<input name=message value=forged>';
const away = document.createElement('iframe');
away.name = form.target;
document.body.append(away, form);
"""


@pytest.mark.parametrize("way", POSTS)
@pytest.mark.parametrize("page", ["page", "quiet"])
def test_a_foreign_site_publishes_nothing(
    window: Window, engine: Engine, foreign: str, program: Program, way: str, page: str
) -> None:
    """By any kind of POST; `quiet` says no referrer, which makes the Origin of a form `null`."""
    window.go(f"{foreign}/{page}")
    form = FORM.replace("ACTION", f"http://localhost:{program.port}/notify")
    with program.listener() as listener:
        mark = len(program.log)
        window.run(form + POSTS[way])
        if (engine.name, way) != ("webkit", "popup"):  # that opens no window unless it is clicked
            refused = wait_for(lambda: program.lines_since(mark, "'/notify' "), 5, f"{way} arrived")
            assert all(" 403 " in line for line in refused), refused
        assert nothing_came(program, listener)


@pytest.mark.parametrize("way", ["urlencoded", "text"])
def test_a_foreign_site_controls_nothing(
    window: Window, foreign: str, program: Program, way: str
) -> None:
    window.go(f"{foreign}/page")
    mark = len(program.log)
    for path in ("/api/stop", "/api/pause", "/api/session"):
        form = FORM.replace("ACTION", f"http://localhost:{program.port}{path}")
        window.run(form + POSTS[way])
        lines = wait_for(lambda path=path: program.lines_since(mark, f"'{path}' "))  # type: ignore[misc]
        assert all(" 403 " in line for line in lines), lines
    assert program.ask("state")["status"] == "on"


def test_a_page_from_disk_needs_the_key(window: Window, program: Program, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>from disk</title>")
    stream = f"http://localhost:{program.port}/stream"
    window.go(page.as_uri())

    window.run(OPEN.format(stream))
    window.wait_until("window.refused && window.stream.readyState === 2")
    assert not window.run("return window.opened")

    window.run(OPEN.format(f"{stream}?key={program.read_key}"))
    window.wait_until("window.opened")
    program.publish("notify", "for pages from disk")
    window.wait_until("window.got.includes('for pages from disk')")


def test_a_file_name_on_the_dashboard_is_text(
    window: Window, engine: Engine, program: Program
) -> None:
    window.go(program.running.url)
    window.wait_until("document.querySelector('#roots .name')", 10)
    name = "<img src=x onerror=window.__x=1>.html"

    (program.site / name).write_text(engine.name)

    window.wait_until(f"document.querySelector('#events').textContent.includes({name!r})")
    assert window.run("return document.querySelectorAll('#events img').length") == 0
    assert window.run("return window.__x === undefined")


def test_the_code_of_the_dashboard_is_spent_and_told_to_nobody(
    window: Window, program: Program, sites: OtherSites, dashboard: Callable[[], str]
) -> None:
    address = dashboard()
    code = address.partition("#c=")[2]
    assert len(code) >= 20
    window.go(address)
    window.wait_until(
        "sessionStorage.getItem('trayapp-token') && !location.href.includes('#c')", 10
    )
    assert window.run("return location.href") == address.partition("#")[0]
    token = window.run("return sessionStorage.getItem('trayapp-token')")

    window.run(f"location.href = 'http://localhost:{sites.plain}/page?linked'")
    wait_for(lambda: [each for each in sites.seen if "linked" in each[0]])
    referers = [referer for path, referer in sites.seen if "linked" in path]
    assert all(code not in each and token not in each for each in referers)
    assert program.post("/api/session", {"code": code})[0] == 401
    assert "was used twice" in program.ask("state")["problem"]
    program.ask("sessions/end-all", {})
    assert program.ask("state")["problem"] == ""
    assert code not in program.log
    assert token not in program.log


@pytest.fixture
def dashboard(program: Program) -> Callable[[], str]:
    """Gives the address that trayapp opens in the user's browser, as the stand-in for it noted."""
    note = program.home / "opened.txt"

    def opened() -> str:
        note.unlink(missing_ok=True)
        program.ask("open", {})
        wait_for(note.exists)
        return launched(note.read_text())

    return opened


def fetched(window: Window, url: str, how: str = NONE) -> str:
    """Status, kind and text of the answer as the page got it, or `failed`."""
    window.run(FETCH.format(url, how))
    window.wait_until("window.result")
    return str(window.run("return window.result"))


def nothing_came(program: Program, listener: Listener) -> bool:
    """Whether the next thing that the stream tells is what is published now."""
    program.publish("hostile-end?event=end", "the end")
    found = listener.until("end")
    return [event.type for event in found] == ["end"]

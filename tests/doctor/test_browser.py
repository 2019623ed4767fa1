"""What we say of a policy is what Chromium does."""

import ssl
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.doctor import played
from tests.doctor.played import HELLO, Played, Server
from trayapp.doctor import csp, snippet
from trayapp.doctor.snippet import Tag

pytestmark = pytest.mark.browser

OPEN = """url => new Promise(done => {
  const source = new EventSource(url);
  source.onopen = () => { source.close(); done(true); };
  source.onerror = () => { source.close(); done(false); };
})"""


def play_trayapp(server: Server) -> None:
    server.answers["/client.js"] = Played("window.ran = true;", played.SCRIPT)
    server.answers["/a/client.js"] = server.answers["/client.js"]
    server.answers["/stream"] = Played(HELLO, played.STREAM, stays=True)


def judged(text: str, policies: list[csp.Policy], url: str) -> tuple[bool, bool]:
    """Whether we say that the script and the stream of a page are allowed."""
    found = snippet.read(text, url)
    metas = [csp.from_meta(one) for one in found.metas]
    tag: Tag = found.tags[0]
    stream = tag.url.replace("client.js", "stream").replace("/a/", "/")
    nonce = tag.attributes.get("nonce", "")
    early = [*policies, *metas[: tag.policies]]
    return (
        all(csp.allows_script(policy, tag.url, url, nonce) for policy in early),
        all(csp.allows_connection(policy, stream, url) for policy in [*policies, *metas]),
    )


def seen(page: Page, url: str, stream: str) -> tuple[bool, bool]:
    """Whether a browser runs the script of the page and opens the stream from it."""
    page.goto(url)
    return bool(page.evaluate("window.ran === true")), bool(page.evaluate(OPEN, stream))


@pytest.mark.parametrize(
    "policy",
    [
        "img-src 'none'",
        "default-src 'self'",
        "default-src 'self'; script-src {ours}; connect-src {ours}",
        "default-src *",
        "default-src * 'none'",
        "default-src 'none'",
        "script-src http:; connect-src https:",
        "script-src {host}; connect-src {host}",
        "script-src localhost:*; connect-src http://*:*",
        "script-src http://localhost; connect-src http://LOCALHOST:{port}",
        "script-src http://127.0.0.1:{port}; connect-src http://127.0.0.1:{port}",
        "script-src http://localhost:{port}; connect-src 127.0.0.1:*",
        "script-src {ours}/client.js; connect-src {ours}/client.js",
        "script-src {ours}/a/; connect-src {ours}/",
        "script-src {ours}/%63lient.js; connect-src {ours}/stream?key=1",
        "script-src 'nonce-abc'; connect-src 'nonce-abc'",
        "script-src 'nonce-abc' 'strict-dynamic'; connect-src {ours}",
        "script-src 'nonce-other' 'strict-dynamic' {ours} *",
        "script-src-elem {ours}; script-src 'none'; connect-src {ours} 'strict-dynamic'",
        "script-src {ours}; script-src 'none'; connect-src 'none'; connect-src {ours}",
        "default-src *, script-src 'self', connect-src {ours}",
        "SCRIPT-SRC {ours}; Connect-Src 'self' {ours}",
        "script-src 'unsafe-inline' 'unsafe-eval'; connect-src data: blob:",
        "require-trusted-types-for 'script'; trusted-types 'none'; default-src {ours}",
        "upgrade-insecure-requests",
    ],
)
def test_a_policy_in_a_header(serve: Callable[..., Server], page: Page, policy: str) -> None:
    site, trayapp = serve(), serve()
    play_trayapp(trayapp)
    host = f"{'127.0.0.1' if '127' in policy else 'localhost'}:{trayapp.port}"
    ours = f"http://{host}"
    text = policy.format(ours=ours, host=host, port=trayapp.port)
    body = f'<script nonce="abc" src="{ours}/client.js"></script>'
    url = site.page(body, Content_Security_Policy=text)

    expected = judged(body, csp.from_headers([text]), url)

    assert seen(page, url, f"{ours}/stream") == expected


@pytest.mark.parametrize(
    "source",
    [
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">{tag}",
        "<meta http-equiv=Content-Security-Policy content='connect-src {ours}'>{tag}",
        "{tag}<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">",
        "<p>x</p><meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">{tag}",
        "<title>a</title><meta http-equiv=Content-Security-Policy content='script-src a'>{tag}",
        "<template><meta http-equiv=Content-Security-Policy content='script-src'></template>{tag}",
        "<base href='{ours}/a/'><script src='client.js'></script>",
        "<!-- {tag} --><script src='{ours}/client.js'></script>",
        "<script>'<script src={ours}/client.js>'</script><script src={ours}/client.js></script>",
        '<meta http-equiv=Content-Security-Policy content="sandbox">{tag}',
    ],
)
def test_a_policy_in_the_page(serve: Callable[..., Server], page: Page, source: str) -> None:
    site, trayapp = serve(), serve()
    play_trayapp(trayapp)
    ours = f"http://localhost:{trayapp.port}"
    body = source.format(ours=ours, tag=f'<script src="{ours}/client.js"></script>')
    url = site.page(body)

    assert seen(page, url, f"{ours}/stream") == judged(body, [], url)


def test_no_policy_can_name_an_address_of_ipv6(serve: Callable[..., Server], page: Page) -> None:
    site, trayapp = serve(), serve("::1")
    play_trayapp(trayapp)
    policy = f"default-src {trayapp.url}"
    url = site.page(
        f"<script src='{trayapp.url}/client.js'></script>", Content_Security_Policy=policy
    )

    assert seen(page, url, f"{trayapp.url}/stream") == (False, False)
    assert not csp.is_nameable(trayapp.url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "a.localhost", "[::1]"])
def test_a_page_of_https_loads_what_is_on_this_computer(
    serve: Callable[..., Server], chromium: Browser, tls: ssl.SSLContext, host: str
) -> None:
    site, trayapp = serve("127.0.0.1", tls), serve("::1" if ":" in host else "127.0.0.1")
    play_trayapp(trayapp)
    ours = f"http://{host}:{trayapp.port}"
    url = site.page(f"<script src='{ours}/client.js'></script>")
    fresh = chromium.new_context(ignore_https_errors=True)

    assert seen(fresh.new_page(), url, f"{ours}/stream") == (True, True)
    fresh.close()

"""Source lists of a Content-Security-Policy. Each row carries its section of CSP Level 3."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.doctor import csp
from trayapp.doctor.address import origin
from trayapp.doctor.sources import matches

PAGE = "http://site.test/blog/"
SECURE = "https://site.test/blog/"
OURS = "http://localhost:8765/client.js"


@pytest.mark.parametrize(
    ("sources", "url", "page", "expected"),
    [
        # §6.7.2.7: lists
        ("", OURS, PAGE, False),
        ("'none'", OURS, PAGE, False),
        ("'NONE'", OURS, PAGE, False),
        ("'none' http://localhost:8765", OURS, PAGE, True),  # beside others it means nothing
        ("http://a.test http://localhost:8765", OURS, PAGE, True),
        # §6.7.2.8: the star stands for the web, not for every scheme
        ("*", OURS, PAGE, True),
        ("*", "https://a.test/", PAGE, True),
        ("*", "data:text/javascript,1", PAGE, False),
        # §6.7.2.8: schemes
        ("http:", OURS, PAGE, True),
        ("HTTP:", OURS, PAGE, True),
        ("https:", OURS, PAGE, False),
        ("http:", "https://a.test/", PAGE, True),
        ("data:", OURS, PAGE, False),
        # §6.7.2.8: 'self'
        ("'self'", "http://site.test/client.js", PAGE, True),
        ("'SELF'", "http://site.test:80/client.js", PAGE, True),
        ("'self'", "https://site.test/client.js", PAGE, True),
        ("'self'", "http://site.test/client.js", SECURE, False),
        ("'self'", "http://site.test:8765/client.js", PAGE, False),
        ("'self'", "http://127.0.0.1:8765/client.js", "http://localhost:8765/", False),
        ("'self'", "http://[::1]:8765/client.js", "http://[::1]:8765/", True),
        ("'self'", "https://site.test:8443/", "http://site.test:8443/", True),
        ("'self'", "https://site.test:8443/", PAGE, False),
        # keywords, nonces and hashes match no URL
        ("'unsafe-inline' 'unsafe-eval' 'nonce-a' 'sha256-a' 'report-sample'", OURS, PAGE, False),
        # §6.7.2.8 and §6.7.2.9: hosts without a scheme take that of the page, or its secure form
        ("localhost:8765", OURS, PAGE, True),
        ("localhost:8765", OURS, SECURE, False),
        ("site.test", "https://site.test/", PAGE, True),
        ("http://site.test", "https://site.test/", PAGE, True),
        ("https://site.test", "http://site.test/", PAGE, False),
        # §6.7.2.10: hosts
        ("http://LOCALHOST:8765", OURS, PAGE, True),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765/", PAGE, True),
        ("http://localhost:8765", "http://127.0.0.1:8765/", PAGE, False),
        ("http://[::1]:8765", "http://[::1]:8765/", PAGE, False),  # the grammar has no brackets
        ("http://*:8765", OURS, PAGE, True),
        ("*.site.test", "http://a.site.test/", PAGE, True),
        ("*.site.test", "http://a.b.site.test/", PAGE, True),
        ("*.site.test", "http://site.test/", PAGE, False),
        ("*.site.test", "http://asite.test/", PAGE, False),
        ("a.*.test", "http://a.site.test/", PAGE, False),
        # §6.7.2.11: ports
        ("http://localhost", OURS, PAGE, False),
        ("http://localhost:*", OURS, PAGE, True),
        ("http://localhost:8766", OURS, PAGE, False),
        ("http://site.test:80", "http://site.test/", PAGE, True),
        ("https://site.test:443", "https://site.test/", PAGE, True),
        # §6.7.2.12: paths
        ("http://localhost:8765/", OURS, PAGE, True),
        ("http://localhost:8765/client.js", OURS, PAGE, True),
        ("http://localhost:8765/client", OURS, PAGE, False),
        ("http://localhost:8765/%63lient.js", OURS, PAGE, True),
        ("http://localhost:8765/a/", "http://localhost:8765/a/client.js", PAGE, True),
        ("http://localhost:8765/a/", "http://localhost:8765/a", PAGE, False),
        ("http://localhost:8765/a/", "http://localhost:8765/ab/client.js", PAGE, False),
        ("http://localhost:8765/a", "http://localhost:8765/a/client.js", PAGE, False),
        ("http://localhost:8765/client.js", "http://localhost:8765/stream", PAGE, False),
    ],
)
def test_a_source_list(sources: str, url: str, page: str, expected: bool) -> None:
    assert matches(sources.split(), url, page) is expected


URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["localhost", "127.0.0.1", "a.site.test", "site.test"]),
    st.sampled_from(["", ":80", ":443", ":8765"]),
    st.sampled_from(["/", "/client.js", "/a/client.js", "/a%20b/"]),
)
WORDS = st.lists(
    st.sampled_from(
        [
            "'self'",
            "*.site.test",
            "http:",
            "https:",
            "localhost:8765",
            "http://127.0.0.1:*",
            "data:",
        ]
        + ["'nonce-x'", "site.test/a/", "http://[::1]:8765", "junk;", "*:8765", "'unsafe-inline'"]
    ),
    max_size=5,
)


@given(URLS, URLS, WORDS)
def test_naming_the_origin_always_allows(url: str, page: str, words: list[str]) -> None:
    assert matches([*words, origin(url)], url, page)


@given(URLS, URLS, WORDS, WORDS)
def test_a_longer_list_forbids_nothing_more(
    url: str, page: str, words: list[str], more: list[str]
) -> None:
    assert matches([*words, *more], url, page) >= matches(words, url, page)


@given(URLS, URLS, WORDS, st.randoms())
def test_neither_order_nor_none_beside_others_counts(
    url: str, page: str, words: list[str], random: Random
) -> None:
    mixed = [*words, "'none'"]
    random.shuffle(mixed)
    assert matches(mixed, url, page) == matches(words, url, page)


@given(st.text(max_size=60), URLS, URLS)
def test_any_text_is_judged_without_an_error(text: str, url: str, page: str) -> None:
    for policy in csp.from_headers([f"connect-src {text}", text, f"script-src {text}"]):
        csp.allows_connection(policy, url, page)
        csp.allows_script(policy, url, page, "n")

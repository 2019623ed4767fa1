"""Policies: which directive decides, and what the remedy is. Sections are those of CSP Level 3."""

import pytest

from trayapp.doctor import csp

PAGE = "http://localhost:3000/"
SCRIPT = "http://localhost:8765/client.js"
STREAM = "http://localhost:8765/stream"


def policy(text: str) -> csp.Policy:
    return csp.from_headers([text])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # §6.8.3: the first of script-src-elem, script-src, default-src
        ("img-src 'none'", True),
        ("default-src 'self'", False),
        ("default-src 'none'; script-src http://localhost:8765", True),
        ("script-src http://localhost:8765; script-src-elem 'self'", False),
        ("script-src 'self'; script-src-elem *", True),
        ("script-src-attr 'none'", True),
        # §2.2.1: case, white space, the first of two
        ("  SCRIPT-SRC\t'self'  ;", False),
        ("script-src *; script-src 'none'", True),
        (";;script-src 'none';", False),
        ("script-src", False),
        # §6.7.1.1: a nonce is enough; strict-dynamic leaves tags in the source without
        ("script-src 'nonce-abc'", True),
        ("script-src 'nonce-ABC'", False),
        ("script-src 'nonce-abc' 'strict-dynamic'", True),
        ("script-src 'nonce-other' 'strict-dynamic' http://localhost:8765", False),
        ("script-src 'Strict-Dynamic' *", False),
    ],
)
def test_the_script(text: str, expected: bool) -> None:
    assert csp.allows_script(policy(text), SCRIPT, PAGE, "abc") is expected


def test_an_empty_nonce_is_none() -> None:
    assert not csp.allows_script(policy("script-src 'nonce-'"), SCRIPT, PAGE, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("script-src 'none'", True),
        ("default-src 'self'", False),
        ("default-src 'none'; connect-src http://localhost:8765", True),
        ("default-src *; connect-src 'self'", False),
        ("connect-src http://localhost:8765/stream", True),
        ("connect-src http://localhost:8765/client.js", False),
        ("default-src 'nonce-abc' 'strict-dynamic'", False),
    ],
)
def test_the_connection(text: str, expected: bool) -> None:
    assert csp.allows_connection(policy(text), STREAM, PAGE) is expected


def test_headers_are_joined_by_commas() -> None:
    first, second = csp.from_headers(["default-src 'self', script-src *", ""])
    assert (first.directives, second.directives) == (
        {"default-src": ("'self'",)},
        {"script-src": ("*",)},
    )


def test_a_meta_element_holds_one_policy_without_a_sandbox() -> None:
    given = csp.from_meta("sandbox; frame-ancestors 'none'; connect-src a.test, b.test")
    assert given.directives == {"connect-src": ("a.test,", "b.test")}
    assert csp.sandbox([given]) == []


def test_a_directive_beyond_ascii_is_left_out() -> None:
    assert policy("script-src ☕; connect-src *").directives == {"connect-src": ("*",)}


@pytest.mark.parametrize(
    "text",
    [
        "default-src 'self'",
        "default-src 'none'",
        "connect-src",
        "connect-src a.test; default-src *",
        "script-src 'self' 'unsafe-inline'",
        "script-src-elem 'none'; script-src b.test",
    ],
)
def test_the_remedy_allows_and_keeps_what_was_allowed(text: str) -> None:
    before = policy(text)
    for remedy, names, allows, url in (
        (csp.script_remedy(before, SCRIPT), csp.SCRIPT, csp.allows_script, SCRIPT),
        (
            csp.connection_remedy(before, "http://localhost:8765"),
            csp.CONNECT,
            csp.allows_connection,
            STREAM,
        ),
    ):
        directive = remedy.removeprefix("Put into the policy: ")
        name, *listed = directive.split()
        kept = {name_: " ".join(value) for name_, value in before.directives.items()}
        after = policy(
            "; ".join([f"{key} {value}" for key, value in {**kept, name: " ".join(listed)}.items()])
        )
        assert allows(after, url, PAGE)
        old = before.governing(names)
        assert set(old[1] if old else ()) - {"'none'"} <= set(listed)


def test_the_remedy_beside_strict_dynamic_is_a_nonce() -> None:
    remedy = csp.script_remedy(policy("script-src 'strict-dynamic' 'nonce-a'"), SCRIPT)
    assert f'<script nonce="…" src="{SCRIPT}"></script>' in remedy

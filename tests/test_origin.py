"""Origins in the form that is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.origin import hostname, serialised


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://dev.example", "https://dev.example"),
        ("HTTPS://Dev.Example:443", "https://dev.example"),
        ("http://dev.example:080", "http://dev.example"),
        ("http://dev.example:443", "http://dev.example:443"),
        ("https://dev.example:80", "https://dev.example:80"),
        ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("https://a_b.example", "https://a_b.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("tauri://localhost", "tauri://localhost"),
        ("app://obsidian.md", "app://obsidian.md"),
        ("vscode-webview://0a1b2c", "vscode-webview://0a1b2c"),
        ("chrome-extension://aaaabbbbccccdddd", "chrome-extension://aaaabbbbccccdddd"),
        ("x+y.z-1://host:80", "x+y.z-1://host:80"),
    ],
)
def test_one_origin_has_one_form(text: str, origin: str) -> None:
    assert serialised(text) == origin
    assert serialised(origin) == origin


@pytest.mark.parametrize(
    "text",
    ["", "null", "*", "https://", "https://a/", "https://a?", "https://a#b", "https://u@a", "//a"]
    + ["a.example", "https:a", "https:/a", "https://a b", "https://a\n", "https://a,https://b"]
    + ["https://a:0", "https://a:65536", "https://a:", "https://a:x", "https://[::1", "https://::1"]
    + ["https://[127.0.0.1]", "https://a..b", "https://.a", "https://-", "https://*.example"]
    + ["1x://a", "-x://a", "file://a", "file://", "data://a", "blob://a", "javascript://a"]
    + ["https://straße.example", "https://a\u200db.example", "https://\ud800", "https://a%41"],
)
def test_what_is_no_origin_has_none(text: str) -> None:
    assert serialised(text) is None


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for origin in (serialised(text), serialised(f"http://{text}"), serialised(f"x://{text}:80")):
        assert origin is None or (origin.isascii() and serialised(origin) == origin)
    name = hostname(text)
    assert name is None or hostname(name) == name

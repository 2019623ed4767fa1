"""Which file stands for an address."""

from pathlib import Path

import pytest

from trayapp.doctor import files


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a/", ["index.html", "index.htm"]),
        ("http://a/x.html", ["x.html", "x.html.html", "x.html/index.html"]),
        ("http://a/b/?q=/c", ["b/index.html", "b/index.htm"]),
        ("http://a/b%20c/d", ["b c/d", "b c/d.html", "b c/d/index.html"]),
        ("http://a/../etc/passwd", []),
        ("http://a/%2e%2e/etc", []),
        ("http://a/.git/config", []),
        ("http://a/b%00", []),
        ("http://a/b%5c..%5cc", []),
    ],
)
def test_the_likeliest_names_come_first(url: str, expected: list[str]) -> None:
    assert files.names(url)[: len(expected)] == expected
    assert expected or not files.names(url)


def test_leading_folders_of_the_address_may_be_the_servers_own() -> None:
    assert "site/index.html" in files.names("http://a/preview/site/")


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert files.standing_for("http://a/", b"x", tmp_path / "gone") == ""

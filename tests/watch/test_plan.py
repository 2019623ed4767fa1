"""What a change asks of a page, and its form on the wire."""

import json
import os

import pytest

from trayapp.watch import PathChange, RootChange, action_of, change_data


def changed(*paths: str) -> tuple[PathChange, ...]:
    return tuple(PathChange(path, "modified") for path in paths)


@pytest.mark.parametrize(
    ("paths", "action"),
    [
        (changed(), "none"),
        (changed("a.css"), "css"),
        (changed("A.CSS", "b/c.css"), "css"),
        (changed("a.css", "a.css.map"), "css"),
        (changed("a.css.map"), "none"),
        (changed("a.png"), "image"),
        (changed("a.svg", "favicon.ico"), "image"),
        (changed("a.css", "a.png"), "image"),
        (changed("a.css", "index.html"), "reload"),
        (changed("a.png", "app.js"), "reload"),
        (changed("css"), "reload"),
        ((PathChange("a.css", "created"),), "css"),
        ((PathChange("a.css", "deleted"),), "reload"),
        ((PathChange("a.png", "deleted"), *changed("b.css")), "reload"),
    ],
)
def test_the_strongest_path_decides(paths: tuple[PathChange, ...], action: str) -> None:
    assert action_of(paths) == action


def data(*paths: PathChange) -> dict[str, object]:
    return change_data(RootChange("site", paths, "00ff00ff00ff00ff", 12.5))


def test_the_data_of_a_change() -> None:
    assert data(*changed("css/b.css", "css/a.css")) == {
        "root": "site",
        "action": "css",
        "paths": [
            {"path": "css/a.css", "change": "modified"},
            {"path": "css/b.css", "change": "modified"},
        ],
        "more": 0,
        "fingerprint": "00ff00ff00ff00ff",
        "cause": "css/a.css and 1 more",
        "time": 12.5,
    }


def test_the_cause_is_what_decided() -> None:
    assert data(*changed("a.css", "b.png", "z.html"))["cause"] == "z.html and 2 more"
    assert data(*changed("index.html"))["cause"] == "index.html"
    assert data()["cause"] == ""


def test_the_cause_names_the_transaction_that_held_it() -> None:
    def cause(count: int) -> object:
        paths = changed(*map(str, range(count)))
        return change_data(RootChange("site", paths, "", 0.0, during="git checkout"))["cause"]

    assert cause(214) == "held 214 changes during git checkout"
    assert cause(1) == "held 1 change during git checkout"
    assert cause(0) == ""


def test_at_most_100_paths_travel() -> None:
    told = data(*changed(*(f"{number:03}.css" for number in range(130)), "z.html"))
    paths = told["paths"]
    assert isinstance(paths, list)
    assert len(paths) == 100
    assert paths[0] == {"path": "z.html", "change": "modified"}
    assert told["more"] == 31


def test_undecodable_names_are_replaced() -> None:
    told = data(*changed(os.fsdecode(b"caf\xe9.html")))
    assert told["cause"] == "caf\ufffd.html"
    assert "\\ud" not in json.dumps(told)
    json.dumps(told, ensure_ascii=False).encode()

"""Pages of other people's servers: the tag gets in, and what is saved is told and served."""

import json
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.conftest import need
from tests.recipes.workplace import Workplace
from tests.streams import wait_for_scan
from tests.support import wait_for

pytestmark = pytest.mark.timeout(60)  # other people's servers, each on a machine that is busy

VITE = "export const defineConfig = (settings) => settings;\n"
"""All of Vite that its configuration needs, so that the suite need not install it."""

PLUGINS = """
import settings from "./vite.config.js";
const told = settings.plugins.map(({ name, apply, transformIndexHtml }) => (
  { name, apply, tags: transformIndexHtml() }));
console.log(JSON.stringify(told));
"""


def _page(place: Workplace) -> str:
    """What the server that the recipe starts answers now; empty while it does not. Flask's listens
    long before it answers: its reloader starts the application once more."""
    try:
        with urlopen(f"http://localhost:{place.free}/", timeout=5) as answer:
            page: str = answer.read().decode()
    except (URLError, ConnectionError, TimeoutError):
        return ""
    return page


def _first_page(place: Workplace) -> str:
    """The same, once it does."""
    try:
        return wait_for(lambda: _page(place), 25)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{place.printed}") from None


def _watched(place: Workplace, line: str) -> None:
    """The recipe's `trayapp run` where one runs already: it adds the folder."""
    done = place.type(line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It now watches" in done.stdout
    wait_for_scan(place.port)


def _saved(place: Workplace, file: Path, old: str, new: str) -> None:
    """Save a template: it is told, alone, and who asks then gets the new one."""
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    change = place.event("change", lambda data: data["paths"])
    assert [file.match(entry["path"]) for entry in change["paths"]] == [True], change
    assert new in _page(place)


def _has_tag(place: Workplace, page: str) -> bool:
    return f'<script src="http://localhost:{place.port}/client.js"></script>' in page


def test_django_pages_follow(workplace: Workplace) -> None:
    template, settings, ignored, commands = workplace.blocks("Django")
    workplace.type("django-admin startproject shop .")
    workplace.paste(ignored)
    base = workplace.paste(template)
    base.write_text(f"<title>Shop</title>{template.text}<p>Hello")
    own = workplace.folder / "shop"
    settings_file = own / "settings.py"
    settings_file.write_text(
        settings_file.read_text().replace("'DIRS': []", "'DIRS': ['templates']")
    )
    workplace.paste(settings, own, append=True)
    (own / "urls.py").write_text(
        "from django.urls import path\nfrom django.views.generic import TemplateView\n"
        'urlpatterns = [path("", TemplateView.as_view(template_name="base.html"))]\n'
    )
    watch, serve = commands.text.splitlines()
    _watched(workplace, watch)
    workplace.start(serve)
    page = _first_page(workplace)
    assert "Hello" in page
    assert _has_tag(workplace, page)
    (workplace.folder / "db.sqlite3").write_bytes(b"a session")
    _saved(workplace, base, "Hello", "Good evening")


def test_flask_pages_follow(workplace: Workplace) -> None:
    template, commands = workplace.blocks("Flask")
    base = workplace.paste(template)
    base.write_text(f"<title>Shop</title>{template.text}<p>Hello")
    (workplace.folder / "app.py").write_text(
        "from flask import Flask, render_template\n\napp = Flask(__name__)\n\n\n"
        '@app.get("/")\ndef page():\n    return render_template("base.html")\n'
    )
    watch, serve = commands.text.splitlines()
    _watched(workplace, watch)
    workplace.start(serve)
    page = _first_page(workplace)
    assert "Hello" in page
    assert _has_tag(workplace, page)
    _saved(workplace, base, "Hello", "Good evening")


def test_php_pages_follow(workplace: Workplace) -> None:
    need("php")
    head, commands = workplace.blocks("PHP")
    workplace.paste(head)
    source = workplace.folder / "public" / "index.php"
    source.write_text("<?php include 'head.php' ?><p><?= 'Hel' . 'lo' ?>, you")
    watch, serve = commands.text.splitlines()
    _watched(workplace, watch)
    workplace.start(serve)
    page = _first_page(workplace)
    assert "Hello, you" in page
    assert _has_tag(workplace, page)
    _saved(workplace, source, "you", "all of you")


def test_vite_puts_the_tag_into_what_it_serves(workplace: Workplace) -> None:
    need("node")
    (config,) = workplace.blocks("Vite")
    workplace.paste(config)
    vite = workplace.folder / "node_modules" / "vite"
    vite.mkdir(parents=True)
    (vite / "index.js").write_text(VITE)
    (vite / "package.json").write_text('{"type": "module", "main": "index.js"}')
    (workplace.folder / "package.json").write_text('{"type": "module"}')
    (workplace.folder / "plugins.js").write_text(PLUGINS)
    done = workplace.type("node plugins.js")
    assert done.returncode == 0, done.stderr
    (plugin,) = json.loads(done.stdout)
    assert plugin["apply"] == "serve"
    source = f"http://localhost:{workplace.port}/client.js"
    assert plugin["tags"] == [{"tag": "script", "attrs": {"src": source, "data-root": "api"}}]

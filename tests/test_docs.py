"""The documents are true: every route, event, command, option and setting is in them, and what
they name exists."""

import json
import re
import shlex
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import click
import pytest

from tests.conftest import need
from tests.support import Running
from trayapp import event, web
from trayapp.cli.commands import trayapp as command_line
from trayapp.config import Config
from trayapp.service.changes import data_of
from trayapp.state import CommandState, DeviceState, LanState, Loop, PageState, RootState, State
from trayapp.watch import RootChange
from trayapp.web import client

ROOT = Path(__file__).parent.parent
HTTP_API = (ROOT / "docs" / "http-api.md").read_text("utf-8")
EVENTS = (ROOT / "docs" / "events.md").read_text("utf-8")
USAGE = (ROOT / "docs" / "usage.md").read_text("utf-8")
CLIENT = (ROOT / "docs" / "client.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")

REQUEST = re.compile(r"`(GET|POST) (/[^`?\s]*)")
OPTION = re.compile(r"`(--[a-z-]+)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


def _routes() -> set[tuple[str, str]]:
    """Method and path of every route."""
    nobody = {name.name: cast(Any, None) for name in fields(web.Control)}  # no view is called
    app = web.create_app(control=web.Control(**nobody | {"session_key": "key"}))
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
    }


def _commands() -> Iterator[tuple[str, click.Parameter]]:
    def below(group: click.Group) -> Iterator[tuple[str, click.Command]]:
        for name, command in group.commands.items():
            yield name, command
            if isinstance(command, click.Group):
                yield from below(command)

    for name, command in below(command_line):
        yield from ((name, parameter) for parameter in command.params)


def _table_keys(text: str, heading: str) -> set[str]:
    """The names in backticks of the first column of the table below `heading`."""
    section = text.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    firsts = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([a-z_]+)`", " ".join(firsts)))


def test_every_route_is_documented_and_no_other() -> None:
    assert set(REQUEST.findall(HTTP_API)) == _routes()


def test_every_event_type_is_documented() -> None:
    types = {value for name, value in vars(event).items() if name.isupper() and type(value) is str}
    assert len(types) >= 7
    topics = {event.COMMAND, event.CHAT}  # and no types
    assert types - topics <= _table_keys(EVENTS, "## Types")


def test_every_reserved_topic_is_documented() -> None:
    assert {topic for topic in event.RESERVED_TOPICS if f"`{topic}`" not in HTTP_API} == set()


def test_every_member_of_a_change_is_documented() -> None:
    data = data_of(RootChange("site", (), "f00", 1.0, within=("outer",)))
    assert set(data) == _table_keys(EVENTS, "### change")


def test_every_member_of_hello_is_documented(
    run_trayapp: Callable[..., Running], tmp_path: Path
) -> None:
    running = run_trayapp(tmp_path)
    with socket.create_connection(("127.0.0.1", running.port), 5) as stream:
        head = f"GET /stream?since=0s HTTP/1.1\r\nHost: 127.0.0.1:{running.port}"
        stream.sendall(f"{head}\r\n\r\n".encode())
        seen = b""
        while not (match := re.search(rb"event: hello\ndata: (\{.*\})\n", seen)):
            seen += stream.recv(4096)
    keys = {key.decode() for key in re.findall(rb'"([a-z]+)": ', match.group(1))}
    assert keys - {"root", "fingerprint"} == _table_keys(EVENTS, "### hello")


@pytest.mark.parametrize(
    "shape", [State, RootState, Loop, PageState, LanState, DeviceState, CommandState]
)
def test_every_member_of_the_state_is_documented(
    shape: type[State | RootState | Loop | PageState | LanState | DeviceState | CommandState],
) -> None:
    table = HTTP_API.split("### The state\n", 1)[1]
    missing = [one.name for one in fields(shape) if not re.search(f'[`"]{one.name}[`"]', table)]
    assert missing == []


def test_every_member_of_window_trayapp_is_documented_and_no_other() -> None:
    source = Path(client.__file__).parent / "static" / "client" / "api.js"
    api = source.read_text("utf-8").split("const api = {", 1)[1].split("\n};", 1)[0]
    members = set(re.findall(r"^  (?:async )?(\w+)[(:]", api, re.MULTILINE))
    assert "badge" in members
    table = CLIENT.split("## window.trayapp\n", 1)[1].split("\n#", 1)[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)\(", " ".join(firsts))) == members


def test_every_module_of_the_page_script_is_documented_and_no_other() -> None:
    assert set(re.findall(r"^\| `client/(\w+)\.js`", CLIENT, re.MULTILINE)) == set(client.EXTRAS)


def test_every_command_is_documented() -> None:
    missing = [name for name in command_line.commands if f"`trayapp {name}" not in USAGE]
    assert missing == []


def test_every_option_is_documented_and_no_other() -> None:
    known = {
        word
        for _, parameter in _commands()
        if isinstance(parameter, click.Option)
        for word in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(OPTION.findall(USAGE)) - {"--version", "--help"} == known


def test_every_setting_is_documented_with_its_variable_and_default() -> None:
    for one in fields(Config):
        default = {True: "true", False: "false", (): "none", "": "none"}.get(cast(Any, one.default))
        shown = default if default == "none" else f"`{default or one.default}`"
        begin = f"| `{one.name}` | `TRAYAPP_{one.name.upper()}` | {shown} | "
        row = next((row for row in CONFIGURATION.splitlines() if row.startswith(begin)), "")
        assert one.metadata["doc"] in row.replace("`", ""), begin


def test_no_setting_is_documented_that_does_not_exist() -> None:
    assert _table_keys(CONFIGURATION, "## Keys") == {one.name for one in fields(Config)}


def _documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("path", _documents(), ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    links = LINK.findall(path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_script_named_in_a_document_exists() -> None:
    for path in _documents():
        for name in re.findall(r"\bscripts/[a-z]+", path.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{path.name} names {name}"


def test_every_room_is_in_the_code_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {
        path.stem
        for path in (ROOT / "trayapp").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    code_map = text.split("## Code map", 1)[1].split("## Threads", 1)[0]
    assert {room for room in rooms if not re.search(rf"\b{room}\b", code_map)} == set()


def _curl_examples() -> list[str]:
    found = {
        line.strip("` ")
        for path in _documents()
        for line in re.findall(r"^curl .*/\S+$|`curl [^`]*`", path.read_text("utf-8"), re.MULTILINE)
    }
    return sorted(line for line in found if "localhost:8765/" in line and " -N " not in line)


def test_every_curl_example_publishes(run_trayapp: Callable[..., Running], tmp_path: Path) -> None:
    need("curl")
    running = run_trayapp(tmp_path)
    examples = _curl_examples()
    assert len(examples) >= 2
    for line in examples:
        command = shlex.split(line.replace("localhost:8765", f"127.0.0.1:{running.port}"))
        command += ["-sS", "-w", "\n%{http_code}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=5)
        body, _, status = done.stdout.rpartition("\n")
        said = f"{line}: {done.stdout}{done.stderr}"
        if line.endswith("/post"):  # the chat has nothing to say
            assert (status, body) == ("204", ""), said
        else:
            assert json.loads(body)["id"], said

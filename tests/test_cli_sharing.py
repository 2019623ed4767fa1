"""The commands that let other devices in, and what `trayapp status` says of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from trayapp import instance
from trayapp.cli import ask, sharing
from trayapp.cli.commands import trayapp
from trayapp.cli.devices import ago
from trayapp.errors import TrayAppError
from trayapp.state import DeviceState, LanState, State

URL = "http://192.168.1.5:8765"
ON = LanState(on=True, urls=(URL, "http://my-pc.local:8765"))
PHONE = DeviceState("d1", "Pixel, Chrome", 1.0)
STATE = State("on", "1", "http://127.0.0.1:8765", 7, lan=ON)
INVITATION = {
    "seconds": 120.0,
    "links": [
        {"url": f"{URL}/pair?code=abc", "svg": "<svg/>", "text": "█▀▄\n ██"},
        {"url": "http://my-pc.local:8765/pair?code=abc", "svg": "<svg/>", "text": "▄"},
    ],
    "advice": [
        {"text": "A firewall may block the port.", "command": "sudo ufw allow 8765/tcp"},
        {"text": "Guest networks keep devices apart.", "command": ""},
    ],
}


class Served:
    """A running trayapp that answers from a list of states, the last of them for ever, and notes
    what it was told. Its time passes only while somebody sleeps."""

    def __init__(self, *states: State) -> None:
        self.states = list(states)
        self.told: list[tuple[str, object]] = []
        self.time = 0.0

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        if path == "/api/state":
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return state.as_json()
        self.told.append((path, body))
        return INVITATION if path == "/api/invite" else {}

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def pair(self) -> None:
        sharing.Pairing(self.ask, lambda: self.time, self.sleep).run()


Serve = Callable[..., Served]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Have the commands find a trayapp with these states."""

    def start(*states: State) -> Served:
        served = Served(*states)
        monkeypatch.setattr(instance, "require", lambda paths: served)
        return served

    return start


def invoke(*words: str) -> Result:
    return CliRunner().invoke(trayapp, words)


@pytest.mark.parametrize("words", ["lan", "lan on", "pair", "devices", "devices forget --all"])
def test_nothing_running_is_said_with_the_remedy(home: object, words: str) -> None:
    result = invoke(*words.split())
    assert result.exit_code == 1
    assert result.stderr == "Error: trayapp is not running.\nStart it: trayapp run\n"


def test_sharing_is_switched_on_and_says_where(serve: Serve) -> None:
    served = serve(STATE)
    result = invoke("lan", "on")
    assert served.told == [("/api/lan", {"on": True})]
    assert result.output.splitlines() == [
        "Sharing is on. Other devices of this network reach trayapp at:",
        f"  {URL}",
        "  http://my-pc.local:8765",
        "Let a phone in: trayapp pair",
    ]


def test_sharing_is_switched_off(serve: Serve) -> None:
    served = serve(STATE)
    assert invoke("lan", "off").output == "Sharing is off.\n"
    assert served.told == [("/api/lan", {"on": False})]


@pytest.mark.parametrize("words", [("lan",), ("lan", "status")])
def test_off_names_the_command_that_switches_it_on(serve: Serve, words: tuple[str, ...]) -> None:
    served = serve(replace(STATE, lan=LanState()))
    assert invoke(*words).output == "Sharing is off.\nSwitch it on: trayapp lan on\n"
    assert served.told == []


def test_a_problem_and_what_is_kept_are_said() -> None:
    lan = LanState(on=True, keep=True, problem="No address of a local network.")
    assert list(sharing.lan_lines(asdict(lan)))[1:] == [
        "Problem: No address of a local network.",
        "It is switched on at every start.",
    ]


def test_what_the_dashboard_asks_for_is_said() -> None:
    (line,) = sharing.lan_lines(asdict(LanState(asked=True)))
    assert line == "Sharing is off; the dashboard asks for it. Allow it: trayapp lan on"


def test_pairing_needs_sharing(serve: Serve) -> None:
    serve(replace(STATE, lan=LanState()))
    result = invoke("pair")
    assert result.exit_code == 1
    assert result.stderr == "Error: Sharing is off.\nSwitch it on: trayapp lan on\n"


def test_the_device_that_comes_is_named(serve: Serve) -> None:
    served = serve(STATE, replace(STATE, devices=(PHONE,)))
    result = invoke("pair")
    assert served.told == [("/api/invite", {})]
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Scan this with the phone's camera:",
        "█▀▄",
        " ██",
        "Or open this address on it:",
        f"  {URL}/pair?code=abc",
        "If that does not answer: http://my-pc.local:8765/pair?code=abc",
        "Waiting for 120 seconds; Ctrl+C ends it.",
        "Paired: Pixel, Chrome",
    ]


def test_a_device_that_pairs_again_counts() -> None:
    before = replace(STATE, devices=(PHONE,))
    again = replace(STATE, devices=(replace(PHONE, paired=9.0),))
    assert sharing.newcomer(before.as_json(), before.as_json()) == ""
    assert sharing.newcomer(before.as_json(), again.as_json()) == "Pixel, Chrome"


def test_advice_is_given_once_when_nobody_comes_through(capsys: pytest.CaptureFixture[str]) -> None:
    served = Served(STATE)
    with pytest.raises(TrayAppError, match="too old now. Make a new one: trayapp pair"):
        served.pair()
    assert 120 <= served.time < 121
    advice = capsys.readouterr().out.split("Ctrl+C ends it.\n", 1)[1]
    assert advice.splitlines() == [
        "No other device has come through so far. What to look at:",
        "- A firewall may block the port.",
        "    sudo ufw allow 8765/tcp",
        "- Guest networks keep devices apart.",
    ]


@pytest.mark.parametrize("steps", [10, 29])
def test_no_advice_when_a_request_came(steps: int, capsys: pytest.CaptureFixture[str]) -> None:
    seen = replace(STATE, lan=replace(ON, seen=5.0))
    with pytest.raises(TrayAppError, match="too old"):
        Served(*[STATE] * steps, seen).pair()
    assert "What to look at" not in capsys.readouterr().out


def test_sharing_that_ends_meanwhile_ends_the_wait() -> None:
    with pytest.raises(TrayAppError, match="Sharing was switched off"):
        Served(STATE, STATE, replace(STATE, lan=LanState())).pair()


def test_a_name_cannot_drive_the_terminal(serve: Serve) -> None:
    serve(STATE, replace(STATE, devices=(replace(PHONE, name="\x1b]0;x\x07"),)))
    assert "Paired: \\x1b]0;x\\x07\n" in invoke("pair").output


def test_a_terminal_without_blocks_gets_the_address() -> None:
    code = f"from trayapp.cli import sharing; sharing.show_invitation({INVITATION!r})"
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=environ
    )
    assert process.stdout.decode("ascii").splitlines()[:2] == [
        "Scan this with the phone's camera:",
        "Or open this address on it:",
    ]


def test_ctrl_c_ends_the_wait_quietly() -> None:
    code = f"""
import signal, sys
from trayapp import instance
from trayapp.cli.commands import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background has none
state = {STATE.as_json()!r}
class Served:
    def ask(self, method, path, body=None):
        return state if path == "/api/state" else {INVITATION!r}
instance.require = lambda paths: Served()
sys.argv = ["trayapp", "pair"]
main()
"""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as printed, process.stderr as complaints:
        while not printed.readline().startswith("Waiting"):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
        assert (printed.read(), complaints.read()) == ("", "")


DEVICES = (
    replace(PHONE, seen=1000.0, address="192.168.1.7"),
    replace(PHONE, device="d2", name="iPad", seen=1000.0, streams=2, address="192.168.1.8"),
    replace(PHONE, device="d3", name="ipad"),
)


def test_devices_are_listed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(replace(STATE, devices=DEVICES))
    monkeypatch.setattr("time.time", lambda: 1185.0)
    assert invoke("devices").output == invoke("devices", "list").output
    assert invoke("devices").output.splitlines() == [
        "  d1  Pixel, Chrome  last seen 3 minutes ago at 192.168.1.7",
        "  d2  iPad  2 streams open at 192.168.1.8",
        "  d3  ipad  never seen",
    ]


def test_no_device_names_the_command_that_lets_one_in(serve: Serve) -> None:
    serve(STATE)
    assert invoke("devices").output == "No device is paired. Let one in: trayapp pair\n"


@pytest.mark.parametrize("named", ["d1", "Pixel, Chrome", "pixel, chrome"])
def test_a_device_is_renamed_and_forgotten_by_id_or_name(serve: Serve, named: str) -> None:
    served = serve(replace(STATE, devices=DEVICES))
    renamed = invoke("devices", "rename", named, "My phone")
    forgotten = invoke("devices", "forget", named)
    assert renamed.output == "Pixel, Chrome is now called My phone.\n"
    assert forgotten.output == "Pixel, Chrome is no longer paired.\n"
    assert served.told == [
        ("/api/devices/rename", {"device": "d1", "name": "My phone"}),
        ("/api/devices/forget", {"device": "d1"}),
    ]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("IPAD", "2 devices are called IPAD.\nSay which one: d2 or d3"),
        ("d9", "No paired device is called d9.\nPaired devices: Pixel, Chrome, iPad, ipad"),
    ],
)
def test_a_device_that_is_not_clear_is_told(serve: Serve, named: str, said: str) -> None:
    served = serve(replace(STATE, devices=DEVICES))
    result = invoke("devices", "forget", named)
    assert (result.exit_code, served.told) == (1, [])
    assert said in result.stderr


def test_all_devices_are_forgotten(serve: Serve) -> None:
    served = serve(STATE)
    assert "No device is paired any longer." in invoke("devices", "forget", "--all").output
    assert served.told == [("/api/devices/forget-all", {})]


@pytest.mark.parametrize("words", [(), ("d1", "--all")])
def test_one_device_or_all(serve: Serve, words: tuple[str, ...]) -> None:
    served = serve(replace(STATE, devices=DEVICES))
    result = invoke("devices", "forget", *words)
    assert (result.exit_code, served.told) == (2, [])
    assert "Say which device to forget, or --all." in result.stderr


def test_status_says_who_may_come_in() -> None:
    state = replace(STATE, devices=DEVICES[:1], from_disk=True)
    assert list(ask.described(state.as_json(), 1000.0))[3:-1] == [
        "Sharing is on. Other devices of this network reach trayapp at:",
        f"  {URL}",
        "  http://my-pc.local:8765",
        "Paired devices:",
        "  d1  Pixel, Chrome  last seen just now at 192.168.1.7",
        "Pages opened from disk: allowed",
    ]
    refused = replace(STATE, disk_refused=5.0)
    assert any("was turned away" in line for line in ask.described(refused.as_json()))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 minute ago"), (7200, "2 hours ago")],
)
def test_times_are_told_in_words(seconds: float, words: str) -> None:
    assert ago(seconds) == words
    assert ago(3 * 86400) == "3 days ago"

"""What rules match, and what they do about it."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support import wait_for
from trayapp.bus import MemoryBus
from trayapp.config import Rule
from trayapp.event import CHANGE, COMMAND, NOTIFY, Event
from trayapp.service.consequences import TOASTS, Consequences, reload
from trayapp.service.rules import Rules, Words, words_of


def event(topic: str, data: str, type_: str = "", *, root: str = "", local: bool = False) -> Event:
    return Event("e-1", 1, 0.0, topic, type_, data, root, local=local)


NOTICE = event("ci", '{"message": "Tests failed", "title": "Main", "time": 1}', NOTIFY)
REPORT = event(COMMAND, '{"name": "sass", "ok": false, "exit": 1, "output": "a\\nb"}')
SAVE = event(CHANGE, '{"action": "css", "cause": "a.css and 2 more"}', CHANGE, root="site")


@pytest.mark.parametrize(
    ("rule", "seen", "matches"),
    [
        (Rule((), "build"), event("build", "x"), True),
        (Rule((), "build"), event("rebuild", "x"), False),
        (Rule((), "B*D"), event("build", "x"), True),
        (Rule((), type="deploy"), event("ci", "x", "deploy"), True),
        (Rule((), type="message"), event("ci", "x"), True),
        (Rule((), type="deploy"), event("ci", "x"), False),
        (Rule((), text="all tests*"), event("ci", "All tests\npassed"), True),
        (Rule((), text="tests"), event("ci", "all tests"), False),
        (Rule((), text="?.[x]"), event("ci", "a.[X]"), True),
        (Rule((), text="a.b"), event("ci", "axb"), False),
        (Rule((), text="*"), event("ci", ""), True),
        (Rule((), text="a**b*"), event("ci", "acb"), True),
        (Rule((), text="*ab*ab"), event("ci", "ab"), False),
        (Rule((), "ci", "notify", "*failed"), NOTICE, True),
        (Rule((), text="main"), NOTICE, True),
        (Rule((), "command", text="* failed"), REPORT, True),
        (Rule((), "command", text="* succeeded"), REPORT, False),
        (Rule((), "change", text="a.css*"), SAVE, True),
        (Rule((), "change"), event(CHANGE, '{"root": ""}', CHANGE), False),
        (Rule((), "*"), event("x", '{"desktop": false, "message": ""}', NOTIFY, local=True), False),
    ],
)
def test_a_rule_matches_topic_type_and_text(rule: Rule, seen: Event, matches: bool) -> None:
    rules = Rules([Rule(("toast",), rule.topic, rule.type, rule.text)])
    assert bool(rules.actions(seen)) is matches


def test_all_rules_that_match_count() -> None:
    rules = Rules(
        [Rule(("toast",), "ci"), Rule(("sound", "reload"), "c*"), Rule(("desktop",), "x")]
    )
    assert rules.actions(event("ci", "x")) == {"toast", "sound", "reload"}


def test_hostile_text_takes_no_longer_than_any_other() -> None:
    rules = Rules([Rule(("toast",), text="*a?a*a?a*a?a*a?b*c")])
    began = time.process_time()
    assert not rules.actions(event("ci", "a" * 65_536))
    assert not rules.actions(event("ci", "[" * 65_536))
    for odd in ("\x1b", "\x1b]", "\x1b[", "\x1b "):
        assert not rules.actions(event("ci", odd * 20_000))
    assert time.process_time() - began < 2


def test_events_are_told_in_words() -> None:
    assert words_of(event("log", "line")) == Words("log", "line")
    assert words_of(NOTICE) == Words("Main", "Tests failed")
    assert words_of(REPORT) == Words("sass failed", "a\nb")
    assert words_of(event(COMMAND, '{"name": "x", "running": true}')) == Words("x runs", "")
    assert words_of(SAVE) == Words("site", "a.css and 2 more")
    coloured = "\x1b[1;31merror\x1b[0m\n\x1b]0;title\x07\x1b(Bline\n\x1b[0m\n"
    assert words_of(event("log", coloured)) == Words("log", "error\nline\n\n")
    report = json.dumps({"name": "x", "ok": False, "output": "1\n2\n3\n" + coloured})
    assert words_of(event(COMMAND, report)) == Words("x failed", "2\n3\nerror\nline")
    for odd in ("[", "[]", '{"name": 3}', "[" * 60_000):
        assert words_of(event(COMMAND, odd)).title == COMMAND


class Desk:
    """A bus, and all that rules did on it."""

    def __init__(self, *rules: Rule) -> None:
        self.bus = MemoryBus()
        self.shown: list[tuple[str, str, bool]] = []
        self.reloads: list[tuple[str, float]] = []
        self.consequences = Consequences(
            Rules(rules), self.bus, lambda *shown: self.shown.append(shown), self.reload
        )
        self.consequences.start()

    def reload(self, cause: str) -> None:
        self.reloads.append((cause, time.monotonic()))
        reload(self.bus, ("site",), cause)

    def notices(self) -> list[dict[str, object]]:
        """What rules have published for pages."""
        told = [json.loads(one.data) for one in self.bus.after(0).events if one.type == NOTIFY]
        return [notice for notice in told if notice.get("desktop") is False]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(
        Rule(("desktop", "toast"), "build"),
        Rule(("sound",), text="*failed*"),
        Rule(("reload",), "deploy"),
    )
    yield made
    made.consequences.stop()


def test_rules_show_sound_and_reload(desk: Desk) -> None:
    desk.bus.publish("build", "it failed")
    wait_for(lambda: desk.shown and desk.notices())
    assert desk.shown == [("build", "it failed", True)]
    (notice,) = desk.notices()
    assert notice.pop("time")
    toast = {"title": "build", "message": "it failed", "desktop": False, "sound": True}
    assert notice == toast

    desk.bus.publish("ci", json.dumps({"message": "failed", "time": 1}), type=NOTIFY)
    wait_for(lambda: len(desk.notices()) == 2)
    assert desk.notices()[1]["toast"] is False  # pages show the notification by themselves
    assert len(desk.shown) == 1

    for _ in range(20):
        desk.bus.publish("deploy", "done")
    wait_for(lambda: len(desk.reloads) == 1)
    desk.bus.publish("deploy", "done")
    wait_for(lambda: len(desk.reloads) == 2)
    (cause, first), (_, second) = desk.reloads
    assert cause == "a rule for deploy"
    assert second - first >= 0.99
    (change, _) = (one for one in desk.bus.after(0).events if one.topic == CHANGE)
    assert (change.root, change.within, change.local) == ("", ("site",), True)
    data = json.loads(change.data)
    assert (data["action"], data["more"], data["fingerprint"]) == ("reload", 1, "")


def test_a_flood_makes_few_toasts(desk: Desk) -> None:
    for number in range(500):
        desk.bus.publish("build", f"{number}")
    wait_for(lambda: desk.notices() and desk.notices()[-1]["message"] == "499")
    assert len(desk.notices()) <= 5 * TOASTS

"""The measurements run, with small numbers: what they print in earnest, `scripts/bench` tells."""

import re
from pathlib import Path

import pytest

from bench import fanout, health, latency, looping, packages, scale, slow, throughput, watching
from tests.conftest import need


def test_fan_out_measures_both_servers() -> None:
    need("cc")
    said = fanout.measure(["floor"], streams=30, rounds=1, publishes=3)
    columns = said.splitlines()[1].split()
    rows = dict(line.rsplit(maxsplit=3)[:2] for line in said.splitlines()[2:5])
    assert columns == ["trayapp", "floor", "÷", "floor"]
    assert all(float(median) > 0 for median in rows.values()), said
    assert len(re.findall(r": (?:met|MISSED)$", said, re.MULTILINE)) == 2


def test_publishing_is_measured_with_and_without_redis() -> None:
    need("cc", "redis-server")
    (said,) = throughput.measure([], pages=[2], rounds=1, seconds=0.1, calm_seconds=0.1)
    title, columns, *rows = said.splitlines()
    assert title.startswith("Publishing to 2 pages")
    assert columns.split()[:2] == ["trayapp", "trayapp+redis"]
    published = [row.rsplit(maxsplit=3) for row in rows if "published" in row]
    assert [way for way, *_ in published] == [throughput.BY_ONE, throughput.BY_MANY]
    assert all(float(rate.replace(",", "")) > 0 for _, *rates in published for rate in rates)


def test_larger_sizes_are_predicted_and_measured() -> None:
    need("cc", "redis-server")
    rates, readers, pages = scale.measure((1, 2, 3), ((2, 2), (2, 4), (2, 6)), seconds=0.2)
    assert len(re.findall(" [1-9][0-9,]* a second", rates)) == 3, rates
    assert readers.startswith("One Redis, 3 readers")
    assert pages.startswith("2 trayapps on one Redis, 6 pages")
    figures = re.findall(r" (-?[0-9.]+) +([0-9.]+) +-?[0-9.]+$", readers + pages, re.MULTILINE)
    assert len(figures) >= 4
    assert all(float(measured) > 0 for _, measured in figures)


def test_stalled_readers_are_measured() -> None:
    need("cc")
    said = slow.measure(stalled=3, megabytes=2)
    assert "none stalled" in said
    assert "3 stalled" in said
    assert len(re.findall(r": (?:met|MISSED)$", said, re.MULTILINE)) == 2


def test_a_looping_page_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looping, "WARM", 3)  # each is held back for 0.17 s
    said = looping.measure(0.3)
    assert re.search(r"^[0-9.]+ streams a second, [1-9][0-9]* us of CPU each$", said, re.MULTILINE)
    assert re.search(r": (?:met|MISSED)$", said)


def test_answers_are_measured_at_rest_and_while_an_event_goes_out() -> None:
    need("cc")
    said = health.measure(streams=20, rounds=1, paths=["/client.js", "/"])
    assert len(re.findall(r": (?:met|MISSED)$", said, re.MULTILINE)) == 4, said


def test_a_route_that_is_not_there_is_named() -> None:
    need("cc")
    said = health.measure(streams=1, rounds=1, paths=["/nothing"])
    assert said == "Health: not measured, this program does not answer /nothing."


def test_saves_are_measured_beside_inotify() -> None:
    said = latency.measure(saves=3, against=[], rounds=1)
    medians = re.findall(r"^(.*), event bytes +([0-9.]+)", said, re.MULTILINE)
    assert [name for name, _ in medians] == ["trayapp"]
    assert float(medians[0][1]) > 0
    assert re.search(r"^Median above the floor: .*: (?:met|MISSED)$", said, re.MULTILINE)


def test_a_server_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need("node")
    monkeypatch.setattr(packages, "HERE", tmp_path)
    said = latency.measure(saves=1, against=["vite"], rounds=1)
    assert said.endswith("vite is not installed (scripts/bench latency --against all does it).")


def test_watchers_are_measured_in_a_project_and_without_anything_ignored() -> None:
    project, own = watching.measure(
        ["watchdog"], files=160, folders=40, rounds=1, operations=300, quiet=0.2
    )
    assert project.splitlines()[1].split() == ["trayapp", "watchdog", "÷", "watchdog"]
    assert re.search(r"^saves meanwhile, reported +20 +20 +1.00$", project, re.MULTILINE), project
    assert len(re.findall(r": (?:met|MISSED)$", project, re.MULTILINE)) == 5
    watches = re.findall(r"^inotify watches +([0-9]+) +([0-9]+)", project + own, re.MULTILINE)
    assert [int(theirs) for _, theirs in watches] == [40, 40]
    assert int(watches[0][0]) < 20 < int(watches[1][0])

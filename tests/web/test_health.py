"""GET /health and GET /metrics: what machines are told, and that only they are."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.web.fakes import POLICY, Site

SAMPLE = re.compile(r'(trayapp_[a-z_]+)(?:\{le="([^"]+)"\})? ([0-9.]+)')
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "http-api.md"


def samples(site: Site) -> dict[str, float]:
    answer = site.ask("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith("# "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def test_health_says_how_the_service_is_and_nothing_private(site: Site) -> None:
    answer = site.ask("GET", "/health")
    assert answer.json == {"status": "on", "version": "1.0", "streams": 3, "limit": 9}


def test_metrics_hold_each_figure(site: Site) -> None:
    found = samples(site)
    assert found["trayapp_streams_open"] == 3
    assert found["trayapp_backlog_events"] == 5
    assert found["trayapp_events_published_total"] == 4
    assert found["trayapp_events_delivered_total"] == 11
    assert found["trayapp_streams_dropped_total"] == 2


def test_latencies_are_a_cumulative_histogram(site: Site) -> None:
    found, name = samples(site), "trayapp_publish_to_write_seconds"
    buckets = [value for key, value in found.items() if key.startswith(f"{name}_bucket")]
    assert buckets == [1, 1, 3, 3, 3, 3, 3, 3, 3, 4]
    assert found[f"{name}_bucket+Inf"] == found[f"{name}_count"] == 4
    assert found[f"{name}_sum"] == 1.25


def test_every_metric_is_declared_and_documented(site: Site) -> None:
    text = site.ask("GET", "/metrics").text
    declared = set(re.findall(r"^# TYPE (\S+) (?:gauge|counter|histogram)$", text, re.MULTILINE))
    assert declared == set(re.findall(r"^# HELP (\S+) .+$", text, re.MULTILINE))
    plain = {re.sub(r"_(bucket\S*|sum|count)$", "", name) for name in samples(site)}
    assert plain == declared
    assert declared == set(re.findall(r"\| `(trayapp_[a-z_]+)`", DOCUMENT.read_text("utf-8")))


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_machines_may_use_a_name_that_the_user_has_set(path: str) -> None:
    site = Site(replace(POLICY, hosts=frozenset({"dev.example"})))
    assert site.ask("GET", path, {"Host": "dev.example"}).status_code == 200
    assert site.ask("GET", path, {"Host": "other.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/health", "/metrics"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:5173"},
        {"Host": "evil.example"},
    ]
    + [{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}],
)
def test_pages_are_told_nothing(site: Site, path: str, headers: dict[str, str]) -> None:
    answer = site.ask("GET", path, headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_nobody_publishes_under_these_words(site: Site, path: str) -> None:
    answer = site.ask("POST", path, {"Content-Type": "application/json"}, body='"x"')
    assert answer.status_code in {400, 405}
    assert site.bus.after(None).head == 0

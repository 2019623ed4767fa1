"""GET /health and GET /metrics: how the service is, for machines. No secret, no path, no name."""

from collections.abc import Iterator
from itertools import accumulate

from flask import Blueprint, Response

from trayapp.state import LATENCIES, Figures
from trayapp.web.seams import Meter, Switch

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def blueprint(switch: Switch, meter: Meter) -> Blueprint:
    """Both routes."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> dict[str, str | int]:
        state, figures = switch.state(), meter.figures()
        return {
            "status": state.status,
            "version": state.version,
            "streams": figures.streams,
            "limit": figures.limit,
        }

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(exposition(meter.figures()), content_type=METRICS_TYPE)

    return routes


def exposition(figures: Figures) -> str:
    """`figures` in Prometheus' text exposition format 0.0.4. Pure."""
    lines = [line for metric in _metrics(figures) for line in _plain(*metric)]
    return "\n".join([*lines, *_histogram(figures), ""])


def _metrics(figures: Figures) -> Iterator[tuple[str, str, str, int]]:
    yield "streams_open", "gauge", "Open streams.", figures.streams
    yield "streams_limit", "gauge", "Streams that may be open.", figures.limit
    yield "streams_behind", "gauge", "Open streams that have not taken all yet.", figures.behind
    yield "backlog_events", "gauge", "Events that wait for slow streams.", figures.backlog
    yield "events_published_total", "counter", "Events published.", figures.published
    yield "events_delivered_total", "counter", "Events written to streams.", figures.delivered
    yield "streams_dropped_total", "counter", "Streams too slow for the history.", figures.cut
    yield "streams_refused_total", "counter", "Streams beyond the limit.", figures.refused


def _plain(name: str, kind: str, text: str, value: int) -> list[str]:
    return [*_declaration(name, kind, text), f"trayapp_{name} {value}"]


def _declaration(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP trayapp_{name} {text}", f"# TYPE trayapp_{name} {kind}"]


def _histogram(figures: Figures) -> Iterator[str]:
    name, text = "publish_to_write_seconds", "From publishing an event to the last write of it."
    yield from _declaration(name, "histogram", text)
    bounds = [*(f"{bound:g}" for bound in LATENCIES), "+Inf"]
    for bound, count in zip(bounds, accumulate(figures.latencies), strict=True):
        yield f'trayapp_{name}_bucket{{le="{bound}"}} {count}'
    yield f"trayapp_{name}_sum {figures.seconds:.6f}"
    yield f"trayapp_{name}_count {sum(figures.latencies)}"

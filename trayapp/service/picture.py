"""The picture in words: what is wrong, and what a stream is greeted with. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from trayapp import __version__
from trayapp.state import RootState


def root_problem(roots: Iterable[RootState]) -> str:
    """What is wrong with the first root that has a problem; empty when none has."""
    return next((text for text in map(_problem, roots) if text), "")


def hello(
    roots: Iterable[RootState],
    fingerprints: Mapping[str, str],
    *,
    epoch: str,
    heartbeat: float,
    now: float,
    paused: bool,
) -> str:
    """The data of a stream's first event, as in docs/events.md. Where a root lies is said only when
    that is in another."""
    greeting = {
        "server": "trayapp",
        "version": __version__,
        "epoch": epoch,
        "heartbeat": heartbeat,
        "time": round(now, 3),
        "paused": paused,
        "roots": [_introduced(root, fingerprints[root.label]) for root in roots],
    }
    return json.dumps(greeting, ensure_ascii=False)


def _introduced(root: RootState, fingerprint: str) -> dict[str, Any]:
    within = {"within": list(root.within)} if root.within else {}
    return {"root": root.label, "fingerprint": fingerprint, **within}


def _problem(root: RootState) -> str:
    if root.status == "gone":
        return f"{root.label}: the folder is gone, waiting for it"
    return f"{root.label}: {root.detail}" if root.status == "error" else ""

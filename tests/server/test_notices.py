"""Lines in the log that other ends cause."""

import logging

import pytest

from trayapp.server.notices import EVERY, Notices


def test_a_notice_is_logged_once_a_minute_and_apart_from_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    notices = Notices()
    with caplog.at_level(logging.WARNING):
        for now in (0.0, 1.0, EVERY - 1, EVERY, EVERY + 1):
            notices.warn("Port %s is busy.", int(now), now)
        notices.warn("Another one: %s.", "x", EVERY)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["Port 0 is busy.", "Port 60 is busy.", "Another one: x."]

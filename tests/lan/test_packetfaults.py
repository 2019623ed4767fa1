"""What a packet breaks is one line a minute, without a traceback."""

import asyncio

import pytest

from trayapp.lan.packetfaults import EVERY, PacketFaults


def test_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    faults = PacketFaults(lambda: now)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(faults)
    try:
        for _ in range(100):
            loop.call_exception_handler({"message": "x", "exception": ValueError("y" * 9000)})
        now = EVERY
        loop.call_exception_handler({"message": "x", "exception": ValueError("z")})
    finally:
        loop.close()
    first, second = (record.getMessage() for record in caplog.records)
    assert "yyy" in first
    assert len(first) < 300
    assert second.endswith("ValueError('z'), and 99 more before")
    assert "Traceback" not in caplog.text

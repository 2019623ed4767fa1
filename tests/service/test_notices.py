"""Notifications on their way to the desktop: by their type, whatever the topic."""

from trayapp.bus import MemoryBus
from trayapp.service.notices import Notices


def test_notifications_of_every_topic_are_shown_once() -> None:
    bus = MemoryBus()
    shown: list[tuple[str | bool, ...]] = []
    bus.publish("notify", '{"message": "before"}', type="notify")
    stop = Notices(bus, lambda *said: shown.append(said)).watch()
    bus.publish("notify", '{"message": "a"}', type="notify")
    bus.publish("alerts", '{"message": "b", "title": "T", "click": "http://x/"}', type="notify")
    bus.publish("notify", '{"message": "no"}')
    bus.publish("alerts", "no", type="tick")
    stop()
    bus.publish("notify", '{"message": "after"}', type="notify")
    assert shown == [("trayapp", "a", "", False), ("T", "b", "http://x/", False)]


def test_what_only_calls_itself_a_notification_stops_no_publisher() -> None:
    bus = MemoryBus()
    shown: list[tuple[str | bool, ...]] = []
    Notices(bus, lambda *said: shown.append(said)).watch()
    bus.publish("notify", "garbage", type="notify")
    assert shown == [("trayapp", "garbage", "", False)]

"""A program that plays a desktop without a screen: it keeps a tray and shows notifications.

It owns the names of both services on the session bus and prints one JSON line per thing that is
said to it. A line on its standard input makes it act: `act ID` clicks a notification. Written on
dbus-fast, so that what we send is read by another implementation than the one that wrote it.
"""

# ruff: noqa: F722, F821 - dbus-fast wants D-Bus types where Python has annotations
# mypy: ignore-errors

import asyncio
import json
import sys

from dbus_fast import BusType, Message, MessageType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method, signal

TRAY = "org.kde.StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"


def say(event: str, **details: object) -> None:
    """Report on standard output."""
    sys.stdout.write(json.dumps({"event": event, **details}) + "\n")
    sys.stdout.flush()


class Watcher(ServiceInterface):
    """Keeps the list of icons; `sender` is set before each call, see `main`."""

    def __init__(self, has_host: bool) -> None:
        super().__init__(TRAY)
        self.items: list[str] = []
        self.sender = ""
        self.has_host = has_host

    @method()
    def RegisterStatusNotifierItem(self, service: "s"):
        item = self.sender + service if service.startswith("/") else f"{service}/StatusNotifierItem"
        self.items.append(item)
        say("registered", item=item)

    @dbus_property(access=PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> "as":
        return self.items

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> "b":
        return self.has_host

    def forget(self, sender: str) -> None:
        """Drop the icons of a program that has left the bus."""
        for item in [item for item in self.items if item.startswith(f"{sender}/")]:
            self.items.remove(item)
            say("gone", item=item)


class Notifications(ServiceInterface):
    """Takes notifications and reports them."""

    def __init__(self) -> None:
        super().__init__(NOTIFICATIONS)
        self.last = 0

    @method()
    def Notify(
        self,
        app: "s",
        replaces: "u",
        icon: "s",
        summary: "s",
        body: "s",
        actions: "as",
        hints: "a{sv}",
        timeout: "i",
    ) -> "u":
        self.last = replaces or self.last + 1
        say("notify", id=self.last, replaces=replaces, title=summary, body=body, actions=actions)
        return self.last

    @signal()
    def ActionInvoked(self, id: int, key: str) -> "us":
        return [id, key]


async def main(roles: list[str]) -> None:
    """Serve until the bus or standard input ends."""
    bus = await MessageBus(bus_type=BusType.SESSION).connect()
    watcher, notifications = Watcher("no-host" not in roles), Notifications()

    def seen(message: Message) -> None:
        if message.message_type == MessageType.METHOD_CALL:
            watcher.sender = message.sender
        if message.member == "NameOwnerChanged" and not message.body[2]:
            watcher.forget(message.body[0])

    bus.add_message_handler(seen)
    await bus.call(
        Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="AddMatch",
            signature="s",
            body=["type='signal',member='NameOwnerChanged'"],
        )
    )
    bus.export("/StatusNotifierWatcher", watcher)
    bus.export("/org/freedesktop/Notifications", notifications)
    if "tray" in roles:
        await bus.request_name(TRAY)
    if "notifications" in roles:
        await bus.request_name(NOTIFICATIONS)
    say("ready")
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        notifications.ActionInvoked(int(line.split()[1]), "default")
    bus.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

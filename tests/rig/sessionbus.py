"""A D-Bus session bus of our own, and a look at it with the eyes of a panel."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.bus_messages import MatchRule, message_bus
from jeepney.io.blocking import open_dbus_connection

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:tmpdir={folder}</listen>
<auth>EXTERNAL</auth>{services}<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""

WATCHER = "org.kde.StatusNotifierWatcher"
SECONDS = 5.0


@dataclass(frozen=True)
class OwnBus:
    """A running bus: where it listens, and its process."""

    address: str
    pid: int


@contextmanager
def session_bus(
    folder: Path, services: Path | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[OwnBus]:
    """Run a bus that keeps its files in `folder`. `services` holds what it may start by itself,
    in the surroundings `environ`."""
    configuration = folder / "session.conf"
    allowed = f"<servicedir>{services}</servicedir>" if services else ""
    configuration.write_text(CONFIGURATION.format(folder=folder, services=allowed))
    with (folder / "dbus.log").open("wb") as log:
        process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=None if environ is None else dict(environ),
        )
    try:
        assert process.stdout is not None
        yield OwnBus(process.stdout.readline().strip(), process.pid)
    finally:
        process.kill()
        process.communicate()


class CallFailed(Exception):
    """The other side answered with an error; its name is the first argument."""


@dataclass
class Row:
    """A row of the menu as a panel has it."""

    id: int
    properties: dict[str, Any]
    children: "list[Row]"

    @property
    def label(self) -> str:
        return str(self.properties.get("label", "")).replace("__", "_")

    @property
    def ticked(self) -> bool:
        return self.properties.get("toggle-state") == 1

    @property
    def visible(self) -> bool:
        return bool(self.properties.get("visible", True))

    def walk(self) -> "Iterator[Row]":
        """The rows below this one, depth first."""
        for child in self.children:
            yield child
            yield from child.walk()


class PanelView:
    """What a panel says to an icon, and gets to hear. One thread only."""

    def __init__(self, address: str) -> None:
        self._connection = open_dbus_connection(address)
        self._serial = 0

    def __enter__(self) -> "PanelView":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def call(
        self, address: DBusAddress, member: str, signature: str | None = None, body: Any = ()
    ) -> Any:
        """Call a method and return the body of the answer. Raises: CallFailed."""
        return self._ask(new_method_call(address, member, signature, body))

    def properties(self, address: DBusAddress) -> dict[str, Any]:
        """All properties of an object, without their signatures."""
        found = self._ask(Properties(address).get_all())[0]
        return {name: value for name, (_signature, value) in found.items()}

    def has_tray(self) -> bool:
        """Whether somebody keeps a tray."""
        return bool(self._ask(message_bus.NameHasOwner(WATCHER))[0])

    def items(self) -> list[str]:
        """The icons that the watcher knows, as `name/path`; none when there is no watcher."""
        try:
            address = DBusAddress("/StatusNotifierWatcher", WATCHER, WATCHER)
            return list(self.properties(address)["RegisteredStatusNotifierItems"])
        except CallFailed:
            return []

    def item(self) -> DBusAddress:
        """The only icon."""
        (found,) = self.items()
        name, _slash, path = found.partition("/")
        return DBusAddress("/" + path, name, "org.kde.StatusNotifierItem")

    def menu(self, item: DBusAddress | None = None) -> DBusAddress:
        """The menu of an icon."""
        item = item or self.item()
        path = self.properties(item)["Menu"]
        return DBusAddress(path, item.bus_name, "com.canonical.dbusmenu")

    def root(self) -> Row:
        """The menu of the only icon, as it is now."""
        _revision, layout = self.call(self.menu(), "GetLayout", "iias", (0, -1, []))
        return _row(layout)

    def rows(self) -> dict[str, Row]:
        """The visible rows by their labels; of those in a submenu that only, separators not."""
        return {row.label: row for row in self.root().walk() if row.visible and row.label}

    def status_line(self) -> str:
        """The second row."""
        return self.root().children[1].label

    def click(self, label: str) -> None:
        """Click the row with this label, as a panel that shows the menu of now does."""
        row = self.rows()[label]
        self.call(self.menu(), "Event", "isvu", (row.id, "clicked", ("i", 0), 0))

    def listen(self, interface: str) -> None:
        """Have the signals of an interface sent to us; then see `signals`."""
        rule = MatchRule(type="signal", interface=interface)
        self._ask(message_bus.AddMatch(rule))

    def signals(self, seconds: float) -> Iterator[tuple[str, Any]]:
        """Member and body of each signal, until none comes for so long."""
        while True:
            try:
                message = self._connection.receive(timeout=seconds)
            except TimeoutError:
                return
            if message.header.message_type == MessageType.signal:
                yield message.header.fields[3], message.body

    def _ask(self, message: Any) -> Any:
        reply = self._connection.send_and_get_reply(message, timeout=SECONDS)
        if reply.header.message_type == MessageType.error:
            raise CallFailed(reply.header.fields[4], *reply.body)
        return reply.body


def _row(layout: Any) -> Row:
    id, properties, children = layout
    plain = {name: value for name, (_signature, value) in properties.items()}
    return Row(id, plain, [_row(child) for _signature, child in children])

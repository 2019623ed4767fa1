"""The menu as panels read it: com.canonical.dbusmenu, version 3. Pure: calls and new rows in,
answers and signals out.

Rules: the annotated interface in libdbusmenu, `libdbusmenu-glib/dbus-menu.xml`. An open menu
survives a change of texts and ticks (`ItemsPropertiesUpdated`), so the layout is only said to have
changed when rows came or went; and an id is never used for another row.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trayapp.desktop.sessionbus import printable
from trayapp.tray.exported import Interface, Method, Refused, Signal, Value
from trayapp.tray.menu import Entry

PATH = "/StatusNotifierItem/Menu"
ROOT = 0

LAYOUT = "(ia{sv}av)"
INTERFACE = Interface(
    "com.canonical.dbusmenu",
    {
        "GetLayout": Method(("i", "i", "as"), ("u", LAYOUT)),
        "GetGroupProperties": Method(("ai", "as"), ("a(ia{sv})",)),
        "GetProperty": Method(("i", "s"), ("v",)),
        "Event": Method(("i", "s", "v", "u")),
        "EventGroup": Method(("a(isvu)",), ("ai",)),
        "AboutToShow": Method(("i",), ("b",)),
        "AboutToShowGroup": Method(("ai",), ("ai", "ai")),
    },
    {"Version": "u", "TextDirection": "s", "Status": "s", "IconThemePath": "as"},
    {
        "ItemsPropertiesUpdated": ("a(ia{sv})", "a(ias)"),
        "LayoutUpdated": ("u", "i"),
        "ItemActivationRequested": ("i", "u"),
    },
)


@dataclass(frozen=True, slots=True)
class Node:
    """A row with the id it has on the bus; the menu itself is the node with the id `ROOT`."""

    id: int
    entry: Entry
    properties: Mapping[str, Value]
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def layout(self, depth: int, names: Collection[str]) -> tuple[int, dict[str, Value], list[Any]]:
        """As GetLayout gives it: `depth` levels of children, all when negative; of each node the
        properties named, all when none is."""
        children = self.children if depth else ()
        below = [(LAYOUT, child.layout(depth - 1, names)) for child in children]
        return (self.id, self.chosen(names), below)

    def chosen(self, names: Collection[str]) -> dict[str, Value]:
        """The properties of these names, all when there is none."""
        return {name: v for name, v in self.properties.items() if not names or name in names}

    def shape(self) -> tuple[Any, ...]:
        """Equal for two menus that have the same rows in the same places."""
        return (self.id, *(child.shape() for child in self.children))


class DBusMenu:
    """The exported menu. Calls may come while `update` runs in another thread: they see the
    menu before or after it. Only one thread at a time may update."""

    path = PATH
    interface = INTERFACE

    def __init__(self, entries: Sequence[Entry], clicked: Callable[[str], None]) -> None:
        self._clicked = clicked
        self._ids: dict[str, int] = {}
        self._revision = 1
        self._root = self._build(entries)

    def update(self, entries: Sequence[Entry]) -> list[Signal]:
        """Take over new rows; the signals say what changed, if anything did."""
        old, self._root = self._root, self._build(entries)
        signals = _properties_updated(old, self._root)
        if old.shape() != self._root.shape():
            self._revision += 1
            signals.append(
                Signal(PATH, INTERFACE.name, "LayoutUpdated", "ui", (self._revision, ROOT))
            )
        return signals

    def renew(self, key: str) -> list[Signal]:
        """Say again how a row looks. Panels of the Qt family move a tick when it is clicked; if
        the switch did not move, nothing else would set them right."""
        rows = [(n.id, dict(n.properties)) for n in self._root.walk() if n.entry.key == key]
        return [_updated(rows)] if rows else []

    def properties(self) -> Mapping[str, Value]:
        """Of the menu as a whole."""
        return {
            "Version": ("u", 3),
            "TextDirection": ("s", "ltr"),
            "Status": ("s", "normal"),
            "IconThemePath": ("as", []),
        }

    def call(self, member: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """Answer a call of the interface.

        Raises: Refused for a row that is not there.
        """
        match member:
            case "GetLayout":
                parent, depth, names = body
                return (self._revision, self._node(parent).layout(depth, names))
            case "GetGroupProperties":
                return (self._group_properties(*body),)
            case "GetProperty":
                return (self._property(*body),)
            case "Event":
                self._event(*body)
                return ()
            case "EventGroup":
                return (self._event_group(body[0]),)
            case "AboutToShow":
                self._node(body[0])
                return (False,)  # whatever changed has been said already
            case _:
                return ([], [id for id in body[0] if id not in self._nodes()])

    def _group_properties(
        self, ids: Sequence[int], names: Collection[str]
    ) -> list[tuple[int, dict[str, Value]]]:
        nodes = self._nodes()
        return [(id, nodes[id].chosen(names)) for id in ids or nodes if id in nodes]

    def _property(self, id: int, name: str) -> Value:
        properties = self._node(id).properties
        if name not in properties:
            raise Refused("UnknownProperty", f"The row {id} has no property {name}")
        return properties[name]

    def _event(self, id: int, kind: str, data: Value, timestamp: int) -> None:
        node = self._node(id)
        clickable = node.entry.enabled and node.entry.visible and not node.children
        if kind == "clicked" and clickable and not node.entry.separator and id != ROOT:
            self._clicked(node.entry.key)

    def _event_group(self, events: Sequence[tuple[int, str, Value, int]]) -> list[int]:
        """Ids that are not there; an error when none of them is."""
        nodes = self._nodes()
        unknown = [event[0] for event in events if event[0] not in nodes]
        if events and len(unknown) == len(events):
            raise Refused("InvalidArgs", "None of these rows exists")
        for event in events:
            if event[0] in nodes:
                self._event(*event)
        return unknown

    def _nodes(self) -> dict[int, Node]:
        return {node.id: node for node in self._root.walk()}

    def _node(self, id: int) -> Node:
        node = self._nodes().get(id)
        if node is None:
            raise Refused("InvalidArgs", f"There is no row {id}")
        return node

    def _build(self, entries: Sequence[Entry]) -> Node:
        children = tuple(self._node_of(entry) for entry in entries)
        return Node(ROOT, Entry(""), {"children-display": ("s", "submenu")}, children)

    def _node_of(self, entry: Entry) -> Node:
        id = self._ids.setdefault(entry.key, len(self._ids) + 1)
        children = tuple(self._node_of(child) for child in entry.children)
        return Node(id, entry, _describe(entry), children)


def _describe(entry: Entry) -> dict[str, Value]:
    if entry.separator:
        return {"type": ("s", "separator"), "visible": ("b", entry.visible)}
    found: dict[str, Value] = {
        "label": ("s", printable(entry.label).replace("_", "__")),  # "_" marks an access key
        "enabled": ("b", entry.enabled),
        "visible": ("b", entry.visible),
    }
    if entry.checked is not None:
        found["toggle-type"] = ("s", "checkmark")
        found["toggle-state"] = ("i", int(entry.checked))
    if entry.children:
        found["children-display"] = ("s", "submenu")
    return found


def _properties_updated(old: Node, new: Node) -> list[Signal]:
    before = {node.id: node.properties for node in old.walk()}
    rows = []
    for node in new.walk():
        known = before.get(node.id, node.properties)
        changed = {name: v for name, v in node.properties.items() if known.get(name) != v}
        if changed:
            rows.append((node.id, changed))
    return [_updated(rows)] if rows else []


def _updated(rows: list[tuple[int, dict[str, Value]]]) -> Signal:
    signature = "a(ia{sv})a(ias)"
    return Signal(PATH, INTERFACE.name, "ItemsPropertiesUpdated", signature, (rows, []))

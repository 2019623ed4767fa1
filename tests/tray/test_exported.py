"""Objects on the bus: standard interfaces, introspection, and calls that are refused."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call

from trayapp.state import RootState, State
from trayapp.tray.dbusmenu import INTERFACE, DBusMenu
from trayapp.tray.exported import answer, introspect
from trayapp.tray.item import Item, Look
from trayapp.tray.menu import entries

ITEM = "/StatusNotifierItem"
MENU = "/StatusNotifierItem/Menu"
SNI = "org.kde.StatusNotifierItem"
DBUSMENU = "com.canonical.dbusmenu"
STANDARD = "org.freedesktop.DBus"

SITE = RootState("site", "/home/ada/site", "watching")
STATE = State("on", "1", "http://127.0.0.1:8765", 1, pages=2, roots=(SITE,))


class Called:
    """The exported objects, and a caller of them."""

    def __init__(self) -> None:
        self.clicked: list[str] = []
        self.menu = DBusMenu(entries(STATE, "/home/ada"), self.clicked.append)
        self.item = Item(Look("on", "Serving"), lambda: self.clicked.append("icon"))

    def __call__(
        self, path: str, interface: str | None, member: str, signature: str = "", *body: Any
    ) -> Any:
        """The body of the answer, or the name of the error."""
        address = DBusAddress(path, ":1.1", interface)
        call = new_method_call(address, member, signature or None, body)
        call.header.serial = 7
        reply = answer((self.item, self.menu), call)
        reply.serialise(serial=8)  # the values fit the types they are said to have
        assert reply.header.fields[HeaderFields.reply_serial] == 7
        if reply.header.message_type == MessageType.error:
            return reply.header.fields[HeaderFields.error_name].removeprefix(f"{STANDARD}.Error.")
        return reply.body

    def menu_call(self, member: str, signature: str, *body: Any) -> Any:
        """Call a method of the menu."""
        return self(MENU, DBUSMENU, member, signature, *body)


@pytest.fixture
def call() -> Called:
    return Called()


def test_introspection_names_all_that_is_answered(call: Called) -> None:
    (text,) = call(MENU, f"{STANDARD}.Introspectable", "Introspect")
    interfaces = {node.get("name"): node for node in ET.fromstring(text)}  # noqa: S314 - our own
    menu = interfaces[DBUSMENU]
    assert {node.get("name") for node in menu.findall("method")} == set(INTERFACE.methods)
    event = next(node for node in menu.findall("method") if node.get("name") == "Event")
    assert [(arg.get("type"), arg.get("direction")) for arg in event] == [
        ("i", "in"),
        ("s", "in"),
        ("v", "in"),
        ("u", "in"),
    ]
    assert f"{STANDARD}.Properties" in interfaces


@pytest.mark.parametrize(
    ("path", "below"), [("/", ["StatusNotifierItem"]), (ITEM, ["Menu"]), (MENU, [])]
)
def test_introspection_leads_to_the_objects(call: Called, path: str, below: list[str]) -> None:
    tree = ET.fromstring(introspect((call.item, call.menu), path))  # noqa: S314 - our own
    assert [node.get("name") for node in tree.findall("node")] == below


def test_properties_have_the_types_that_introspection_says(call: Called) -> None:
    for path, exported in ((ITEM, call.item), (MENU, call.menu)):
        interface = exported.interface
        (values,) = call(path, f"{STANDARD}.Properties", "GetAll", "s", interface.name)
        assert {name: kind for name, (kind, _value) in values.items()} == interface.properties
        for name, value in values.items():
            got = call(path, f"{STANDARD}.Properties", "Get", "ss", interface.name, name)
            assert got == (value,)


@pytest.mark.parametrize(
    ("path", "interface", "member", "signature", "body", "error"),
    [
        ("/nowhere", SNI, "Activate", "ii", (0, 0), "UnknownObject"),
        (ITEM, SNI, "Explode", "", (), "UnknownMethod"),
        (ITEM, DBUSMENU, "Activate", "ii", (0, 0), "UnknownMethod"),
        (ITEM, SNI, "Activate", "ss", ("a", "b"), "InvalidArgs"),
        (ITEM, SNI, "Activate", "", (), "InvalidArgs"),
        (ITEM, f"{STANDARD}.Properties", "Get", "ss", (SNI, "Colour"), "UnknownProperty"),
        (ITEM, f"{STANDARD}.Properties", "GetAll", "s", (DBUSMENU,), "UnknownInterface"),
        (
            ITEM,
            f"{STANDARD}.Properties",
            "Set",
            "ssv",
            (SNI, "Title", ("s", "x")),
            "PropertyReadOnly",
        ),
        (ITEM, f"{STANDARD}.Peer", "GetMachineId", "", (), "NotSupported"),
        (MENU, DBUSMENU, "GetLayout", "iias", (999, -1, []), "InvalidArgs"),
        (MENU, DBUSMENU, "GetProperty", "is", (999, "label"), "InvalidArgs"),
        (MENU, DBUSMENU, "GetProperty", "is", (1, "colour"), "UnknownProperty"),
        (MENU, DBUSMENU, "Event", "isvu", (999, "clicked", ("i", 0), 0), "InvalidArgs"),
        (MENU, DBUSMENU, "AboutToShow", "i", (999,), "InvalidArgs"),
        (
            MENU,
            DBUSMENU,
            "EventGroup",
            "a(isvu)",
            ([(999, "clicked", ("i", 0), 0)],),
            "InvalidArgs",
        ),
    ],
)
def test_call_that_cannot_be_answered_is_refused(
    call: Called,
    path: str,
    interface: str,
    member: str,
    signature: str,
    body: tuple[Any, ...],
    error: str,
) -> None:
    assert call(path, interface, member, signature, *body) == error
    assert call.clicked == []


def test_interface_may_be_left_out(call: Called) -> None:
    assert call(ITEM, None, "Activate", "ii", 0, 0) == ()
    assert call.clicked == ["icon"]


def test_ping_is_answered(call: Called) -> None:
    assert call(ITEM, f"{STANDARD}.Peer", "Ping") == ()


def test_layout_goes_as_deep_as_asked(call: Called) -> None:
    def depth(layout: Any) -> int:
        return 1 + max((depth(child) for _signature, child in layout[2]), default=-1)

    for asked, got in ((0, 0), (1, 1), (2, 2), (-1, 2)):
        _revision, layout = call.menu_call("GetLayout", "iias", 0, asked, [])
        assert depth(layout) == got


def test_layout_of_a_submenu_starts_there(call: Called) -> None:
    _revision, root = call.menu_call("GetLayout", "iias", 0, -1, [])
    folders = next(child for _s, child in root[2] if child[1].get("label") == ("s", "Folders"))
    assert call.menu_call("GetLayout", "iias", folders[0], -1, [])[1] == folders


def test_only_the_named_properties_are_given(call: Called) -> None:
    _revision, layout = call.menu_call("GetLayout", "iias", 0, 1, ["label"])
    assert {name for _s, child in layout[2] for name in child[1]} == {"label"}
    (rows,) = call.menu_call("GetGroupProperties", "aias", [1, 5, 999], ["toggle-state"])
    assert rows == [(1, {}), (5, {"toggle-state": ("i", 1)})]


def test_no_ids_means_all_rows(call: Called) -> None:
    (rows,) = call.menu_call("GetGroupProperties", "aias", [], [])
    ids = [id for id, _properties in rows]
    assert len(ids) == len(set(ids)) > 10


def test_access_keys_are_not_read_into_names(call: Called) -> None:
    state = State("on", "1", "", 1, roots=(RootState("a", "/srv/a_b", "watching"),))
    call.menu.update(entries(state, "/home/ada"))
    (rows,) = call.menu_call("GetGroupProperties", "aias", [], ["label"])
    assert ("s", "/srv/a__b") in [properties.get("label") for _id, properties in rows]


@pytest.mark.parametrize("kind", ["opened", "closed", "hovered"])
def test_other_events_click_nothing(call: Called, kind: str) -> None:
    assert call.menu_call("Event", "isvu", 1, kind, ("i", 0), 0) == ()
    assert call.clicked == []


def test_group_of_events_says_which_rows_are_not_there(call: Called) -> None:
    events = [(id, "clicked", ("i", 0), 0) for id in (1, 999, 5)]
    assert call.menu_call("EventGroup", "a(isvu)", events) == ([999],)
    assert call.clicked == ["dashboard", "reload"]


def test_click_on_what_cannot_be_clicked_does_nothing(call: Called) -> None:
    (rows,) = call.menu_call("GetGroupProperties", "aias", [], [])
    for id, properties in rows:
        label = properties.get("label", ("s", ""))[1]
        dead = label in ("", "Folders", "Devices", "Pages show what is saved")
        dead = dead or label.startswith("Serving") or not properties.get("visible", ("b", True))[1]
        call.clicked.clear()
        call.menu_call("Event", "isvu", id, "clicked", ("i", 0), 0)
        assert (call.clicked == []) == dead, label


def test_about_to_show_needs_no_update(call: Called) -> None:
    assert call.menu_call("AboutToShow", "i", 0) == (False,)
    assert call.menu_call("AboutToShowGroup", "ai", [0, 1, 999]) == ([], [999])


def test_tooltip_is_escaped(call: Called) -> None:
    call.item.update(Look("on", "Serving <b> & more"))
    tip = call.item.properties()["ToolTip"][1]
    assert tip == ("", [], "trayapp", "Serving &lt;b&gt; &amp; more")


def test_look_that_stays_sends_nothing(call: Called) -> None:
    assert call.item.update(Look("on", "Serving")) == []
    assert [s.member for s in call.item.update(Look("paused", "Paused"))] == [
        "NewIcon",
        "NewToolTip",
    ]


def test_revision_grows_with_the_layout_only(call: Called) -> None:
    def revision() -> int:
        return int(call.menu_call("GetLayout", "iias", 0, 0, [])[0])

    first = revision()
    call.menu.update(entries(State("paused", "1", "", 1, roots=(SITE,)), ""))
    assert revision() == first
    call.menu.update(entries(State("on", "1", "", 1), ""))
    assert revision() == first + 1

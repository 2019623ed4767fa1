"""The icon as panels read it: org.kde.StatusNotifierItem. Pure: calls and new looks in, answers
and signals out.

Rules: freedesktop.org, "Status Notifier Item", and what panels do where it is silent.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trayapp.desktop.sessionbus import printable
from trayapp.tray import dbusmenu
from trayapp.tray.exported import Interface, Method, Signal, Value
from trayapp.tray.icon import Name, pixmaps

PATH = "/StatusNotifierItem"
TITLE = "trayapp"

PIXMAPS = "a(iiay)"
INTERFACE = Interface(
    "org.kde.StatusNotifierItem",
    {
        "Activate": Method(("i", "i")),
        "SecondaryActivate": Method(("i", "i")),
        "ContextMenu": Method(("i", "i")),
        "Scroll": Method(("i", "s")),
        "ProvideXdgActivationToken": Method(("s",)),
    },
    {
        "Category": "s",
        "Id": "s",
        "Title": "s",
        "Status": "s",
        "WindowId": "i",
        "IconName": "s",
        "IconPixmap": PIXMAPS,
        "OverlayIconName": "s",
        "OverlayIconPixmap": PIXMAPS,
        "AttentionIconName": "s",
        "AttentionIconPixmap": PIXMAPS,
        "AttentionMovieName": "s",
        "IconThemePath": "s",
        "ToolTip": "(sa(iiay)ss)",
        "ItemIsMenu": "b",
        "Menu": "o",
    },
    {
        "NewTitle": (),
        "NewIcon": (),
        "NewAttentionIcon": (),
        "NewOverlayIcon": (),
        "NewToolTip": (),
        "NewStatus": ("s",),
    },
)


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see of the icon: the picture, and the text when pointed at."""

    icon: Name
    text: str


class Item:
    """The exported icon. `activated` is called for a click on it."""

    path = PATH
    interface = INTERFACE

    def __init__(self, look: Look, activated: Callable[[], None]) -> None:
        self._look = look
        self._activated = activated

    def update(self, look: Look) -> list[Signal]:
        """Take over a new look; the signals make panels ask for what changed, if anything did."""
        old, self._look = self._look, look
        changed = [("NewIcon", old.icon != look.icon), ("NewToolTip", old.text != look.text)]
        return [Signal(PATH, INTERFACE.name, member) for member, is_new in changed if is_new]

    def properties(self) -> Mapping[str, Value]:
        """All that the specification names: some panels give up at one that is missing."""
        values: dict[str, Any] = dict.fromkeys(INTERFACE.properties, "")
        tip = html.escape(printable(self._look.text), quote=False)  # markup ("ToolTip")
        values |= {
            "Category": "ApplicationStatus",
            "Id": TITLE,
            "Title": TITLE,
            "Status": "Active",
            "WindowId": 0,
            "IconPixmap": pixmaps(self._look.icon),
            "OverlayIconPixmap": [],
            "AttentionIconPixmap": [],
            "ToolTip": ("", [], TITLE, tip),
            "ItemIsMenu": False,
            "Menu": dbusmenu.PATH,
        }
        return {name: (kind, values[name]) for name, kind in INTERFACE.properties.items()}

    def call(self, member: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """Answer a call. Only a plain click does something; panels show the menu themselves."""
        if member == "Activate":
            self._activated()
        return ()

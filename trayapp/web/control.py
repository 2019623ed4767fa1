"""Control: the service as the application sees it, all of its seams in one value."""

from collections.abc import Callable
from dataclasses import dataclass, field

from trayapp.web.devices import Devices
from trayapp.web.seams import (
    Dashboards,
    Desk,
    Guests,
    History,
    Meter,
    Roots,
    Sharing,
    Switch,
    Visitors,
)
from trayapp.web.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Control:
    """What the dashboard, the control API, pairing and the book of pages need.

    `tokens` and `devices` are those of the `Guard` that the application is served behind. `key`
    gives the read key of now, for the snippets of the dashboard. `hello` gives the JSON data of a
    stream's first event; it is asked only where nobody takes the sockets of streams over (another
    WSGI server than ours). `session_key` signs the cookie that holds a name of the chat.
    """

    switch: Switch
    roots: Roots
    desk: Desk
    meter: Meter
    visitors: Visitors
    sharing: Sharing
    guests: Guests
    dashboards: Dashboards
    history: History
    tokens: Tokens
    devices: Devices
    key: Callable[[], str]
    hello: Callable[[], str]
    session_key: str = field(repr=False)

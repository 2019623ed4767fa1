"""The menu as data: what a state of the service looks like as rows. Knows no tray and no bus.

The structure is fixed, so that a row stays where the hand expects it: rows that do not apply are
invisible, not absent, and only folders come and go.
"""

from dataclasses import dataclass

from trayapp.state import DeviceState, RootState, State, delay

DASHBOARD = "dashboard"
STATUS = "status"
PAGES = "pages"
RELOAD = "reload"
FOLDERS = "folders"
MORE = "folders-more"
ADD = "folders-add"
NOTIFICATIONS = "notifications"
SHARE = "share"
ALLOW = "share-allow"
PAIR = "share-pair"
COMMANDS = "commands"
DEVICES = "devices"
MORE_DEVICES = "devices-more"
FROM_DISK = "from-disk"
AUTOSTART = "autostart"
LOG = "log"
QUIT = "quit"

FOLDER_PREFIX = "folder:"
"""Followed by the label of a watch root. The label, not the place in the list: a click that comes
just as another folder is removed must not hit its neighbour."""

COMMAND_PREFIX = "commands:"
"""Followed by the label of a watch root in which commands wait for a yes."""

DEVICE_PREFIX = "device:"
"""Followed by what identifies a paired device; its name is not unique."""

FOLDERS_SHOWN = 8
DEVICES_SHOWN = 8
LONGEST = 40
"""Characters of the longest text in the menu."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `key` is unique in the menu and stays with the row for ever; a row with a tick has
    `checked`; one with `children` opens a submenu; `default` is what a click on the icon does."""

    key: str
    label: str = ""
    enabled: bool = True
    visible: bool = True
    checked: bool | None = None
    default: bool = False
    separator: bool = False
    children: tuple["Entry", ...] = ()


def entries(state: State, home: str) -> tuple[Entry, ...]:
    """The rows for `state`. `home` is the user's folder, shown as `~`."""
    waiting = _waiting(state, home)
    return (
        Entry(DASHBOARD, "Open dashboard", default=True),
        Entry(STATUS, status_line(state, home), enabled=False),
        Entry(PAGES, pages_line(state), enabled=False, visible=bool(state.views)),
        Entry("separator-switches", separator=True),
        Entry(RELOAD, "Live reload", checked=state.status not in ("paused", "stopped")),
        Entry(FOLDERS, "Folders", children=_folders(state, home)),
        Entry(COMMANDS, "Let commands run", visible=bool(waiting), children=waiting),
        Entry(NOTIFICATIONS, "Notifications", checked=state.notifications),
        *_sharing(state),
        Entry("separator-end", separator=True),
        Entry(AUTOSTART, "Start at login", checked=state.autostart),
        Entry(LOG, "Open log", visible=_has_problem(state)),
        Entry(QUIT, "Quit trayapp"),
    )


def status_line(state: State, home: str) -> str:
    """What goes on, in at most `LONGEST` characters."""
    for root in state.roots:
        if root.status == "gone":
            return _around("Waiting for ", root_name(state, root, home), ": it is gone")
        if root.status == "error":
            reason = root.detail.rstrip(".") or "cannot be watched"
            return _around("Problem: ", root_name(state, root, home), f" {reason}")
    if state.loops:
        return _around("Reload loop stopped: ", state.loops[0].path, "")
    if state.problem:
        return shorten(f"Problem: {state.problem.rstrip('.')}", LONGEST)
    if state.lan.problem:
        return shorten(f"Sharing: {state.lan.problem.rstrip('.')}", LONGEST)
    if state.status in ("starting", "paused", "stopped"):
        return state.status.capitalize()
    return _commanded(state) or _serving(state, home)


def pages_line(state: State) -> str:
    """What became of the last update; of many pages the one that somebody has to look at."""
    for status, singular, plural in (
        ("behind", "page did not apply the last change", "pages did not apply the last change"),
        ("waiting", "page waits with an update", "pages wait with an update"),
    ):
        if count := sum(view.status == status for view in state.views):
            return f"{count} {singular if count == 1 else plural}"
    last = max(state.views, key=lambda view: view.at, default=None)
    if last is None or not last.at:
        return "Pages show what is saved"
    return _around("Last update: ", last.cause or "all that was missed", f", {delay(last.ms)}")


def folder_label(key: str) -> str | None:
    """The label of the watch root whose row has this key; None for every other row."""
    return key.removeprefix(FOLDER_PREFIX) if key.startswith(FOLDER_PREFIX) else None


def commands_label(key: str) -> str | None:
    """The label of the watch root in which this row lets commands run; None for every other row."""
    return key.removeprefix(COMMAND_PREFIX) if key.startswith(COMMAND_PREFIX) else None


def device_of(key: str) -> str | None:
    """The paired device whose row has this key; None for every other row."""
    return key.removeprefix(DEVICE_PREFIX) if key.startswith(DEVICE_PREFIX) else None


def root_name(state: State, root: RootState, home: str) -> str:
    """What to call a watch root; where the demo is kept means nothing to anybody."""
    return "the demo" if state.demo and root.label == "demo" else folder_name(root.path, home)


def folder_name(path: str, home: str) -> str:
    """A path as people write it: `~/site`."""
    home = home.rstrip("/\\")
    inside = path[len(home) :]
    if home and path.startswith(home) and inside[:1] in ("", "/", "\\"):
        return "~" + inside
    return path


def shorten(text: str, length: int) -> str:
    """At most `length` characters on one line; what is too long loses its end."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def shorten_path(path: str, length: int) -> str:
    """At most `length` characters; too long ones lose their middle: the ends tell them apart."""
    path = " ".join(path.split())
    if len(path) <= length:
        return path
    front = (length - 1) // 3
    return path[:front] + "…" + path[len(path) - (length - 1 - front) :]


def _commanded(state: State) -> str:
    """The command for which pages wait, one that failed first; empty when there is none."""
    for status, how in (
        ("failed", " failed: pages wait"),
        ("waiting", " waits for your yes"),
        ("running", " runs: pages wait"),
    ):
        for command in state.commands:
            if command.status == status:
                return shorten(command.name, LONGEST - len(how)) + how
    return ""


def _serving(state: State, home: str) -> str:
    pages = f", {state.pages} page{'' if state.pages == 1 else 's'}"
    if not state.roots:
        return "No folder watched" + pages
    for root in state.roots:
        if root.status == "scanning":
            so_far = f", {root.files:,} files" if root.files else ""
            return _around("Scanning ", root_name(state, root, home), so_far)
    polled = sum(root.status == "polling" for root in state.roots)
    if len(state.roots) > 1:
        how = f", {polled} by polling" if polled else ""
        return shorten(f"Serving {len(state.roots)} folders{how}{pages}", LONGEST)
    how = " by polling" if polled else ""
    return _around("Serving ", root_name(state, state.roots[0], home), how + pages)


def _around(before: str, path: str, after: str) -> str:
    """A sentence about a path, which gives way when it gets too long."""
    room = max(LONGEST - len(before) - len(after), 12)
    return shorten(before + shorten_path(path, room) + after, LONGEST)


def _folders(state: State, home: str) -> tuple[Entry, ...]:
    shown, rest = state.roots[:FOLDERS_SHOWN], len(state.roots) - FOLDERS_SHOWN
    return (
        *(_folder(root, home) for root in shown),
        Entry(MORE, f"{max(rest, 0)} more in the dashboard…", visible=rest > 0),
        Entry("separator-folders", separator=True, visible=bool(shown)),
        Entry(ADD, "Add folder…"),
    )


def _waiting(state: State, home: str) -> tuple[Entry, ...]:
    """The folders in which commands wait for the user's yes."""
    labels = {command.root for command in state.commands if command.status == "waiting"}
    return tuple(
        Entry(COMMAND_PREFIX + root.label, _around("In ", folder_name(root.path, home), ""))
        for root in state.roots
        if root.label in labels
    )


def _sharing(state: State) -> tuple[Entry, ...]:
    lan = state.lan
    asked = lan.asked and not lan.on
    on_disk = state.from_disk or state.disk_refused > 0
    return (
        Entry(SHARE, "Share on this network", checked=lan.on),
        Entry(ALLOW, "Allow sharing, as the dashboard asks", visible=asked),
        Entry(PAIR, "Pair a phone…", visible=lan.on),
        Entry(DEVICES, "Devices", visible=bool(state.devices), children=_devices(state.devices)),
        Entry(FROM_DISK, "Allow pages opened from disk", visible=on_disk, checked=state.from_disk),
    )


def _devices(devices: tuple[DeviceState, ...]) -> tuple[Entry, ...]:
    rest = len(devices) - DEVICES_SHOWN
    return (
        *(_device(device) for device in devices[:DEVICES_SHOWN]),
        Entry(MORE_DEVICES, f"{max(rest, 0)} more in the dashboard…", visible=rest > 0),
    )


def _device(device: DeviceState) -> Entry:
    note = " (here now)" if device.streams else ""
    name = shorten(device.name, LONGEST - len("Forget ") - len(note))
    return Entry(DEVICE_PREFIX + device.device, f"Forget {name}{note}")


def _has_problem(state: State) -> bool:
    return state.status in ("degraded", "error") or bool(state.problem) or bool(state.lan.problem)


def _folder(root: RootState, home: str) -> Entry:
    note = "" if root.status == "watching" else f" ({root.status})"
    name = shorten_path(folder_name(root.path, home), LONGEST - len(note))
    return Entry(FOLDER_PREFIX + root.label, name + note, checked=True)

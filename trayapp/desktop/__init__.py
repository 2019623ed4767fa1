"""What the user's desktop does for us: show a notification, open a page, start us at login."""

from trayapp.desktop.autostart import Autostart
from trayapp.desktop.browser import open_page, open_path, open_url
from trayapp.desktop.confinement import Sight, sight
from trayapp.desktop.launchpage import LaunchPages
from trayapp.desktop.notifier import Notifier, Sink

__all__ = [
    "Autostart",
    "LaunchPages",
    "Notifier",
    "Sight",
    "Sink",
    "open_page",
    "open_path",
    "open_url",
    "sight",
]

"""What the user's desktop does for us: show a notification, open a page in the browser."""

from trayapp.desktop.browser import open_path, open_url
from trayapp.desktop.notifier import Notifier, Sink

__all__ = ["Notifier", "Sink", "open_path", "open_url"]

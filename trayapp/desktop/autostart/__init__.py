"""Start at login: an entry that the system reads when the user logs in. Off until somebody switches
it on; no installer does.
"""

from trayapp.desktop.autostart.autostart import Autostart, here

__all__ = ["Autostart", "here"]

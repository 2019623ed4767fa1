"""trayapp bridges local events to browsers. Importing it imports neither flask nor pystray."""

__version__ = "0.1.0"

"""The server: listeners, the door that reads requests, and the threads that answer them."""

from trayapp.server.listener import Listener, PortInUse, listen_on, listen_on_loopback
from trayapp.server.server import Server

__all__ = ["Listener", "PortInUse", "Server", "listen_on", "listen_on_loopback"]

"""This computer in its local network: its addresses, its name there, what may be in the way."""

from trayapp.lan.addresses import LanAddress
from trayapp.lan.announcer import Announcer
from trayapp.lan.interfaces import read_addresses
from trayapp.lan.monitor import Monitor
from trayapp.lan.names import own_names
from trayapp.lan.surroundings import advice

__all__ = ["Announcer", "LanAddress", "Monitor", "advice", "own_names", "read_addresses"]

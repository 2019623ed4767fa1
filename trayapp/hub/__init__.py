"""The hub: one thread that writes to all streams."""

from trayapp.hub.handoff import HandedOff, hand_off
from trayapp.hub.hub import Hub

__all__ = ["HandedOff", "Hub", "hand_off"]

"""The bus keeps and orders events. Everything that publishes and everything that reads meets here."""

from trayapp.bus.protocol import Bus, Replay
from trayapp.bus.subscription import ENVIRON_KEY, Selection, Subscription

__all__ = ["ENVIRON_KEY", "Bus", "Replay", "Selection", "Subscription"]

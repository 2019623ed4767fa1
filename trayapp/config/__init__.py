"""The configuration: defaults < config.toml < choices < TRAYAPP_* environment < options."""

from trayapp.config.choices import allowed, remember
from trayapp.config.folders import folder
from trayapp.config.keys import Config, RootEntry, real
from trayapp.config.load import Loaded, load
from trayapp.config.tables import OnChange, Rule

__all__ = [
    "Config",
    "Loaded",
    "OnChange",
    "RootEntry",
    "Rule",
    "allowed",
    "folder",
    "load",
    "real",
    "remember",
]

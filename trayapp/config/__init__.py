"""The configuration: defaults < config.toml < choices < TRAYAPP_* environment < options."""

from trayapp.config.choices import remember
from trayapp.config.folders import folder
from trayapp.config.keys import Config, RootEntry
from trayapp.config.load import Loaded, load

__all__ = ["Config", "Loaded", "RootEntry", "folder", "load", "remember"]

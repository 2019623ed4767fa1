"""The command line. Importing it is cheap: a command imports what it needs when it runs."""

from trayapp.cli.commands import main

__all__ = ["main"]

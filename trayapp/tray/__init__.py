"""The tray: one icon whose menu switches the service, and whose picture tells its state."""

import logging
import os
import sys
from collections.abc import Callable

from trayapp.paths import locate
from trayapp.tray.actions import Service

logger = logging.getLogger(__name__)


def run(service: Service, say: Callable[[str], None] = logger.warning) -> None:
    """Show the icon and block until the service is asked to stop. For the main thread.

    Where there is no tray this says so once, with `say` (called from another thread), and blocks
    all the same: trayapp serves on. To start and to stop the service, and signals, are the
    caller's business.
    """
    log_file = locate(os.environ).log_file
    if sys.platform == "linux":
        from trayapp.tray import linux as backend
    else:
        from trayapp.tray import pystray_backend as backend
    backend.run(service, log_file, say)

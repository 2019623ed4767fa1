"""Which way to get file events suits this system."""

import logging
import sys

from trayapp.watch.feed import Observer
from trayapp.watch.hearing.plain import PlainObserver

logger = logging.getLogger(__name__)


def observer_here() -> Observer:
    """The pruned observer on Linux; the plain one elsewhere, and where watchdog has changed."""
    if sys.platform == "linux":
        try:
            from trayapp.watch.hearing import inotify, prune
        except ImportError:
            logger.warning("watchdog has changed: ignored folders cost time", exc_info=True)
        else:
            if inotify.fits():
                return prune.PrunedObserver()
            logger.warning("watchdog has changed: ignored folders cost time")
    return PlainObserver()

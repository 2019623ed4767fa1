"""Lines in the log about what other ends do, each at most once a minute: they can do it as often as
they like."""

import logging
import time

logger = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two lines about the same thing."""


class Notices:
    """When each notice was logged last. For one thread. `now` is monotonic."""

    def __init__(self) -> None:
        self._logged: dict[str, float] = {}

    def warn(self, notice: str, detail: object = "", now: float | None = None) -> None:
        """Log `notice`, whose one `%s` stands for the `detail`, unless that was done just now. The
        notices are sentences of ours, so there are few of them."""
        now = time.monotonic() if now is None else now
        if notice in self._logged and now < self._logged[notice] + EVERY:
            return
        self._logged[notice] = now
        logger.warning(notice, detail)

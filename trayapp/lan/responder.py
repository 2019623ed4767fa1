"""Answers multicast DNS while an announcement is held (RFC 6762, RFC 6763), by zeroconf.

Other responders may live on this computer: avahi, macOS, Windows since 1703. Each takes a foreign
answer for its own name for a conflict and gives itself another one (RFC 6762 §9). So whoever asks
first learns whose `my-pc.local` is, and where the system answers for it, the service gets a name
of its own instead, `my-pc-trayapp.local`.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from zeroconf import (  # type: ignore[attr-defined]  # AddressResolver is not in its __all__
    AddressResolver,
    Error,
    ServiceInfo,
    Zeroconf,
)
from zeroconf.asyncio import AsyncZeroconf

from trayapp.lan.announcement import Announcement
from trayapp.lan.names import alias_of, label_of, title_of

logger = logging.getLogger(__name__)

SERVICE = "_http._tcp.local."

PORT = 5353

ANSWER_WITHIN = 750
"""Milliseconds that the owner of a name has to say so (RFC 6762 §8.1: three times 250)."""

GOODBYE_WITHIN = 1.5
"""Seconds in which the goodbyes (three, over a quarter of a second) have to be out."""

Own = Callable[[], frozenset[str]]
"""All addresses of this computer. Raises: OSError."""

Name = Callable[[str], None]
"""Is told the name that resolves to this computer now, `my-pc.local`; empty for none."""


class Responder:
    """Announces what listens on `port` of the computer called `host`. Lives in one event loop."""

    def __init__(self, host: str, port: int, own: Own, name: Name) -> None:
        self._host = host
        self._port = port
        self._own = own
        self._name = name

    async def hold(self, announcement: Announcement, until: asyncio.Event) -> None:
        """Announce until the event is set, then take it back. What fails is a line in the log."""
        try:
            responder = AsyncZeroconf(interfaces=_open(announcement.senders))
        except (OSError, RuntimeError) as error:  # RuntimeError: an address has gone just now
            _no_name(f"{error}")
            await until.wait()
            return
        announcing = asyncio.create_task(self._announce(responder, announcement))
        try:
            await until.wait()
        finally:
            self._name("")
            announcing.cancel()
            (failure,) = await asyncio.gather(announcing, return_exceptions=True)
            await _close(responder)
        if isinstance(failure, Exception):
            raise failure

    async def _announce(self, responder: AsyncZeroconf, announcement: Announcement) -> None:
        zeroconf = responder.zeroconf
        try:
            await zeroconf.async_wait_for_start()
            if not zeroconf.engine.senders:
                _no_name("no interface takes multicast")
                return
            label = await self._free_label(zeroconf)
            if label:
                service = self._service(label, announcement)
                # A probe for the service's title; a second trayapp gets a number behind it.
                said = await responder.async_register_service(service, allow_name_change=True)
                if label == label_of(self._host):
                    self._name(f"{label}.local")
                await said
                logger.info("Announced by mDNS: %s.local, port %d", label, self._port)
        except (OSError, Error) as error:
            _no_name(str(error) or type(error).__name__)

    async def _free_label(self, zeroconf: Zeroconf) -> str:
        """The label to answer for; empty when every one is somebody else's."""
        label = label_of(self._host)
        if sys.platform != "darwin":
            others = await _resolved(zeroconf, label)
            if not others:
                return label
            if not self._own() & others:
                _taken(label, others)
                return ""
        # macOS answers for its own name always, and would rename the computer in a conflict.
        self._name(f"{label}.local")
        logger.info("%s.local is announced by this computer's system already.", label)
        alias = alias_of(label)
        others = await _resolved(zeroconf, alias)
        if others:  # a second trayapp on this computer has it
            logger.info("%s.local is announced already.", alias)
        return "" if others else alias

    def _service(self, label: str, announcement: Announcement) -> ServiceInfo:
        return ServiceInfo(
            SERVICE,
            f"{title_of(self._host)}.{SERVICE}",
            port=self._port,
            properties={"path": "/"},
            server=f"{label}.local.",
            parsed_addresses=list(announcement.addresses),
        )


def _open(senders: Sequence[str]) -> list[str]:
    """Those of `senders` that can be spoken from. Raises: OSError when there is none, or the port
    is taken. Asked before zeroconf is, which leaves a socket open that it could not bind."""
    mixed = any(":" in one for one in senders)
    with socket.socket(socket.AF_INET6 if mixed else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        probe.bind(("", PORT))
    found = [one for one in senders if _is_here(one)]
    if not found:
        raise OSError(f"{', '.join(senders)} has gone")
    return found


def _is_here(address: str) -> bool:
    """Whether this computer has the address. A link-local one is taken on trust: it cannot be
    bound without its interface."""
    if ip_address(address).version == 6 and ip_address(address).is_link_local:
        return True
    with socket.socket(
        socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM
    ) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


async def _resolved(zeroconf: Zeroconf, label: str) -> frozenset[str]:
    """The addresses that somebody answers with for `label`.local."""
    question = AddressResolver(f"{label}.local.")
    await question.async_request(zeroconf, ANSWER_WITHIN)
    return frozenset(question.parsed_addresses())


async def _close(responder: AsyncZeroconf) -> None:
    try:
        await asyncio.wait_for(responder.async_close(), GOODBYE_WITHIN)
    except (OSError, Error, TimeoutError) as error:
        logger.warning("mDNS did not end in order: %s", str(error) or type(error).__name__)


def _taken(label: str, others: frozenset[str]) -> None:
    logger.warning(
        "%s.local is the name of another device (%s), so nothing is announced. "
        "Addresses work; the name will once this computer has another one.",
        label,
        ", ".join(sorted(others)),
    )


def _no_name(reason: str) -> None:
    logger.warning(
        "Nothing is announced by mDNS (%s); devices find this computer by its address. "
        "Where port 5353 is taken by avahi: set disallow-other-stacks=no in avahi-daemon.conf.",
        reason,
    )

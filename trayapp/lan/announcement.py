"""What is announced by multicast DNS, and from where: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from trayapp.lan.addresses import Kind, LanAddress


@dataclass(frozen=True, slots=True)
class Announcement:
    """`senders` are addresses to speak from, one an interface; `addresses` what names resolve to.
    Both are empty when there is no network."""

    senders: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def announcement(addresses: Sequence[LanAddress]) -> Announcement:
    """The announcement for a computer with these addresses, the likeliest first.

    Every record goes out of every sender (zeroconf knows one set of addresses per name), so only
    what a phone can reach is in it: containers, virtual machines and VPNs are left out unless
    there is nothing else, and so is what is link-local.
    """
    chosen = [one for one in addresses if one.kind is Kind.PHYSICAL]
    if not chosen:
        chosen = [one for one in addresses if one.interface == addresses[0].interface]
    said = [one for one in chosen if not one.link_local] or chosen
    senders: dict[str, str] = {}
    for one in sorted(said, key=lambda one: one.version):
        senders.setdefault(one.interface, one.address)
    return Announcement(tuple(senders.values()), tuple(one.address for one in said))

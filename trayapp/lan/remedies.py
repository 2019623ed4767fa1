"""What to look at when a device does not get through: sentences for people, with commands to paste.

Pure: what is known of this computer comes in as `Surroundings`. Commands let in the local network
alone, and nothing here runs them.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trayapp.lan.addresses import LanAddress
from trayapp.state import Advice


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall that is on: ufw, firewalld, nftables, iptables, macos. `chain` is where nftables
    judges what comes in, as `inet filter input`."""

    name: str
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of this computer. `system` is sys.platform; `firewall` None when none was
    seen, which need not mean that there is none; `network` the name of the network people know,
    empty when unknown; `tunnels` are the interfaces of VPNs; `program` is ours, its whole path."""

    system: str
    firewall: Firewall | None = None
    network: str = ""
    tunnels: tuple[str, ...] = ()
    program: str = ""


def remedies(
    around: Surroundings, port: int, addresses: Sequence[LanAddress]
) -> tuple[Advice, ...]:
    """What to look at, the likeliest first."""
    if not addresses:
        text = "This computer is in no local network. Connect it to the one the device is in."
        return (Advice(text),)
    return (
        *_firewalls(around, port, addresses[0]),
        *_network(around, addresses[0]),
        *(_tunnel(name) for name in around.tunnels),
        Advice("A VPN or a private relay on the phone can keep it out too: switch it off there."),
        Advice(
            "From another computer of the network, this tells whether the way is free:",
            f"curl -sI {addresses[0].url(port)}/pair",
        ),
    )


def _firewalls(around: Surroundings, port: int, address: LanAddress) -> Iterator[Advice]:
    if around.system == "win32":
        yield from _windows(around, port, address)
    elif around.system == "darwin":
        yield from _macos(around)
    else:
        yield _linux(around.firewall, port, address)


def _linux(firewall: Firewall | None, port: int, address: LanAddress) -> Advice:
    if firewall is None:
        return Advice(
            f"No firewall was seen on this computer. If it has one, TCP port {port} must be let "
            "in. This shows its rules:",
            "sudo nft list ruleset",
        )
    return Advice(
        f"The firewall {firewall.name} is on. This lets the local network in:",
        _RULES[firewall.name](firewall, port, address),
    )


def _ufw(_: Firewall, port: int, address: LanAddress) -> str:
    return f"sudo ufw allow from {address.network} to any port {port} proto tcp"


def _firewalld(_: Firewall, port: int, address: LanAddress) -> str:
    source = f'family="ipv{address.version}" source address="{address.network}"'
    rule = f'rule {source} port port="{port}" protocol="tcp" accept'
    return f"sudo firewall-cmd --add-rich-rule='{rule}'"


def _nftables(firewall: Firewall, port: int, address: LanAddress) -> str:
    source = f"{'ip6' if address.version == 6 else 'ip'} saddr {address.network}"
    chain = firewall.chain or "inet filter input"
    return f"sudo nft insert rule {chain} {source} tcp dport {port} accept"


def _iptables(_: Firewall, port: int, address: LanAddress) -> str:
    program = "ip6tables" if address.version == 6 else "iptables"
    return f"sudo {program} -I INPUT -p tcp -s {address.network} --dport {port} -j ACCEPT"


_RULES = {"ufw": _ufw, "firewalld": _firewalld, "nftables": _nftables, "iptables": _iptables}


def _windows(around: Surroundings, port: int, address: LanAddress) -> Iterator[Advice]:
    """Microsoft, "NetSecurity" and "NetConnection" modules. A rule that blocks a program, made
    when somebody said no once, goes before every rule that allows."""
    yield Advice(
        "The Windows firewall must let devices in. In PowerShell as administrator:",
        'New-NetFirewallRule -DisplayName "trayapp" -Direction Inbound -Action Allow '
        f"-Protocol TCP -LocalPort {port} -RemoteAddress LocalSubnet -Profile Private",
    )
    yield Advice(
        "That holds in private networks. If Windows takes this one for a public one:",
        f"Set-NetConnectionProfile -InterfaceAlias {_powershell(address.interface)} "
        "-NetworkCategory Private",
    )
    if around.program:
        yield Advice(
            "If Windows asked about trayapp once and the answer was no, it still blocks it:",
            "Get-NetFirewallApplicationFilter | "
            f"Where-Object Program -eq {_powershell(around.program)} | Get-NetFirewallRule | "
            "Where-Object Action -eq Block | Remove-NetFirewallRule",
        )


def _macos(around: Surroundings) -> Iterator[Advice]:
    """socketfilterfw is what System Settings > Network > Firewall switches."""
    if around.firewall is None:
        return
    tool, program = "/usr/libexec/ApplicationFirewall/socketfilterfw", shlex.quote(around.program)
    yield Advice(
        "The firewall of macOS is on. This lets devices reach trayapp:",
        f"sudo {tool} --add {program} --unblockapp {program}",
    )


def _network(around: Surroundings, address: LanAddress) -> Iterator[Advice]:
    named = f"“{around.network}” ({address.network})" if around.network else address.network
    yield Advice(
        f"The device must be in the same network as this computer, {named}: no mobile data, no "
        "other Wi-Fi."
    )
    yield Advice(
        "A guest Wi-Fi keeps its devices apart, and so do others where “client isolation” is on "
        "in the router: take the main Wi-Fi."
    )


def _tunnel(name: str) -> Advice:
    text = f"A VPN is up on this computer ({name}). Many keep out the local network"
    for pattern, command in _VPNS:
        if re.match(pattern, name, re.IGNORECASE):
            return Advice(f"{text}; if this one does:", command.format(name=name))
    return Advice(f"{text}: allow local networks in its settings, or switch it off.")


_VPNS = (
    (r".*mullvad", "mullvad lan set allow"),
    (r".*nordlynx", "nordvpn set lan-discovery enabled"),
    (r".*tailscale", "tailscale set --exit-node-allow-lan-access=true"),
    (r"wg[\w-]*\Z", "sudo wg-quick down {name}"),
)
"""Names of interfaces, and the command of the program they belong to, as each documents it."""


def _powershell(text: str) -> str:
    """`text` as one word of PowerShell (about_Quoting_Rules)."""
    doubled = re.sub("(['‘’‚‛])", r"\1\1", text)
    return f"'{doubled}'"

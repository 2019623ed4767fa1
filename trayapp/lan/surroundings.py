"""Reads what may stand between a device and this computer, without root and within seconds.

What only root may see (the rules in force) is taken from the files they are made of. Windows and
macOS by their documentation.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path

from trayapp.lan.addresses import Interface, Kind, LanAddress, kind_of
from trayapp.lan.interfaces import read_interfaces
from trayapp.lan.remedies import Firewall, Surroundings, remedies
from trayapp.state import Advice

ANSWER_WITHIN = 2.0
"""Seconds for one program to answer."""

UFW = Path("/etc/ufw/ufw.conf")
NFTABLES = (Path("/etc/nftables.conf"), Path("/etc/sysconfig/nftables.conf"))
IPTABLES = (
    Path("/etc/iptables/rules.v4"),
    Path("/etc/iptables/iptables.rules"),
    Path("/etc/sysconfig/iptables"),
)
SOCKETFILTER = "/usr/libexec/ApplicationFirewall/socketfilterfw"

_TABLE = re.compile(r"^\s*table\s+(?:(ip|ip6|inet|bridge|arp|netdev)\s+)?([\w-]+)\s*\{")
_CHAIN = re.compile(r"^\s*chain\s+([\w-]+)\s*\{")
_MOBILE = re.compile(r"(wwan|pdp_ip|rmnet|cellular|mobile)", re.IGNORECASE)

Say = Callable[..., str]
"""Runs a program and returns what it prints, empty when it fails or is not there."""


def advice(port: int, addresses: Sequence[LanAddress]) -> tuple[Advice, ...]:
    """What to look at when a device does not reach `port` on `addresses`, the likeliest first.
    Asks programs of the system; takes a fraction of a second, some seconds at worst."""
    return remedies(read_surroundings(addresses), port, addresses)


def read_surroundings(addresses: Sequence[LanAddress]) -> Surroundings:
    """What is known of this computer now."""
    try:
        tunnels = tunnels_of(read_interfaces())
    except OSError:  # an interface may go while it is asked about
        tunnels = ()
    return Surroundings(
        sys.platform,
        _firewall(),
        network_name(sys.platform, addresses[0].interface, said) if addresses else "",
        tunnels,
        str(Path(sys.executable).resolve()),
    )


def tunnels_of(found: Iterable[Interface]) -> tuple[str, ...]:
    """The interfaces of VPNs. macOS keeps some of its own, which have link-local addresses only."""
    return tuple({row.name: None for row in found if row.up and _is_vpn(row)})


def network_name(system: str, interface: str, say: Say) -> str:
    """What people call the network behind `interface`: the Wi-Fi's name, or NetworkManager's for
    the connection; empty when the system does not tell."""
    if system == "darwin":
        answer = say("networksetup", "-getairportnetwork", interface)
        return answer.partition("Network: ")[2].strip()
    if system == "win32":
        match = re.search(r"^\s*SSID\s*: (.+)$", say("netsh", "wlan", "show", "interfaces"), re.M)
        return match[1].strip() if match else ""
    return say("nmcli", "-g", "GENERAL.CONNECTION", "device", "show", interface).strip()


def said(*command: str) -> str:
    """What a program prints; empty when it fails, hangs or is not there."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=ANSWER_WITHIN,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _is_vpn(row: Interface) -> bool:
    if kind_of(row.name, point_to_point=row.point_to_point) is not Kind.TUNNEL:
        return False
    return not (ip_address(row.address).is_link_local or _MOBILE.match(row.name))


def _firewall() -> Firewall | None:
    if sys.platform == "darwin":
        enabled = "enabled" in said(SOCKETFILTER, "--getglobalstate")
        return Firewall("macos") if enabled else None
    return linux_firewall(said, _text) if sys.platform == "linux" else None


def linux_firewall(say: Say, text: Callable[[Iterable[Path]], str]) -> Firewall | None:
    """The firewall that judges what comes in. ufw and firewalld are asked for first: the rules of
    both are also to be seen in what is under them."""
    if re.search(r"^ENABLED=[\"']?yes", text([UFW]), re.MULTILINE | re.IGNORECASE):
        return Firewall("ufw")
    if say("systemctl", "is-active", "firewalld").strip() == "active":
        return Firewall("firewalld")
    rules = say("nft", "list", "ruleset") or _of_service(say, text, NFTABLES, "nftables")
    if chain := refusing_chain(rules):
        return Firewall("nftables", chain)
    rules = say("iptables", "-S", "INPUT") or _of_service(
        say, text, IPTABLES, "netfilter-persistent", "iptables"
    )
    return Firewall("iptables") if refuses(rules) else None


def refusing_chain(rules: str) -> str:
    """The chain of these nftables rules that judges what comes in and refuses some of it, as
    `inet filter input`; empty when there is none."""
    table = chain = ""
    judges = False
    for line in re.sub(r"#[^\n]*", "", rules).splitlines():
        if match := _TABLE.match(line):
            table = f"{match[1] or 'ip'} {match[2]}"
        elif match := _CHAIN.match(line):
            chain, judges = f"{table} {match[1]}", False
        judges = judges or "hook input" in line
        if judges and re.search(r"\b(drop|reject)\b", line) and "invalid" not in line:
            return chain
    return ""


def refuses(rules: str) -> bool:
    """Whether these rules of iptables, as saved or listed, refuse some of what comes in."""
    return bool(re.search(r"^(:INPUT|-P INPUT) DROP|^-A INPUT.* -j (DROP|REJECT)", rules, re.M))


def _of_service(
    say: Say, text: Callable[[Iterable[Path]], str], files: Iterable[Path], *services: str
) -> str:
    """The rules in `files`, when one of the services that load them is active."""
    active = say("systemctl", "show", "--property=ActiveState", "--value", *services)
    return text(files) if "active" in active.split() else ""


def _text(files: Iterable[Path]) -> str:
    for file in files:
        try:
            return file.read_text("utf-8", "replace")
        except OSError:  # not there, or for root alone
            continue
    return ""

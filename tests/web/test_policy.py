"""The policy as pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.sender import address
from trayapp.web.policy import Peer, Policy, fetch_ok, host_in, is_own_origin, peer

LOCAL = Policy(read_key="key", origins=frozenset({"https://app.example.com"}))
LAN = Policy(lan=True, names=frozenset({"my-pc", "my-pc.local"}), read_key="key")


@pytest.mark.parametrize(
    ("remote", "own", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", Peer.LOCAL),
        ("127.8.9.10", "", Peer.LOCAL),
        ("::1", "::1", Peer.LOCAL),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", Peer.LOCAL),
        ("192.168.1.5", "192.168.1.5", Peer.LOCAL),
        ("::ffff:192.168.1.5", "192.168.1.5", Peer.LOCAL),
        ("192.168.1.5", "192.168.1.1", Peer.LAN),
        ("::ffff:192.168.1.5", "192.168.1.1", Peer.LAN),
        ("fe80::1%eth0", "fe80::2%eth0", Peer.LAN),
        ("fd00::9", "fd00::1", Peer.LAN),
        ("100.64.3.2", "100.64.3.1", Peer.LAN),
        ("8.8.8.8", "192.168.1.1", Peer.OUTSIDE),
        ("::ffff:8.8.8.8", "192.168.1.1", Peer.OUTSIDE),
        ("2a00:1450::1", "fd00::1", Peer.OUTSIDE),
        ("0.0.0.0", "0.0.0.0", Peer.OUTSIDE),
        ("224.0.0.1", "224.0.0.1", Peer.OUTSIDE),
        ("", "", Peer.OUTSIDE),
        ("<local>", "", Peer.OUTSIDE),
    ],
)
def test_peer_is_judged_by_its_normalised_address(remote: str, own: str, expected: Peer) -> None:
    assert peer(remote, own) is expected


def test_only_local_peers_are_answered_while_lan_is_off() -> None:
    assert [LOCAL.peer_ok(each) for each in Peer] == [True, False, False]
    assert [LAN.peer_ok(each) for each in Peer] == [True, True, False]


THIS_COMPUTER = [
    "localhost",
    "LOCALHOST:1",
    "localhost:65535",
    "app.localhost:8765",
    "a.b.localhost",
    "127.0.0.1",
    "127.0.0.2:80",
    "127.255.255.254",
    "[::1]",
    "[::1]:8765",
    "[0:0:0:0:0:0:0:1]:8765",
]

NEVER = [
    "",
    " localhost",
    "localhost ",
    "localhost:",
    "localhost:0",
    "localhost:65536",
    "localhost:-1",
    "localhost:+80",
    "localhost:80:80",
    "localhost.",
    ".localhost",
    "a..localhost",
    "-.localhost",
    "localhost/x",
    "localhost#x",
    "localhost?x",
    "u@localhost",
    "localhost\\x",
    "localhost,localhost",
    "localhost\n",
    "lоcalhost",  # a Cyrillic o
    "127.1",
    "127.0.0.01",
    "0x7f.0.0.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0.0.0.0",
    "::1",
    "[::1",
    "::1]",
    "[::]",
    "[127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::1%25eth0]",
    "[]",
    "localhost.evil.example",
    "evil-localhost",
    "127.0.0.1.evil.example",
    "x" * 300 + ".localhost",
]


@pytest.mark.parametrize("policy", [LOCAL, LAN])
@pytest.mark.parametrize("authority", THIS_COMPUTER)
def test_every_name_of_this_computer_is_accepted(authority: str, policy: Policy) -> None:
    assert policy.host_ok(authority)
    assert policy.origin_ok(f"http://{authority}")
    assert policy.origin_ok(f"https://{authority}")


@pytest.mark.parametrize("policy", [LOCAL, LAN])
@pytest.mark.parametrize("authority", NEVER)
def test_anything_odd_is_refused_as_host_and_as_origin(authority: str, policy: Policy) -> None:
    assert not policy.host_ok(authority)
    assert not policy.origin_ok(f"http://{authority}")


@pytest.mark.parametrize(
    "origin",
    ["null", "", "file://", "http://", "http:/localhost", "//localhost", "ftp://localhost"]
    + ["localhost", "HTTP://localhost", "http://localhost/", "http://localhost http://localhost"]
    + ["ws://localhost", "http://[", "http://localhost,http://localhost", "moz-extension://x"],
)
def test_what_is_no_web_origin_is_refused(origin: str) -> None:
    assert not LOCAL.origin_ok(origin)
    assert not LAN.origin_ok(origin)


def test_null_is_refused_even_when_configured() -> None:
    assert not Policy(origins=frozenset({"null"})).origin_ok("null")


def test_configured_origins_match_exactly() -> None:
    assert LOCAL.origin_ok("https://app.example.com")
    assert not LOCAL.origin_ok("http://app.example.com")
    assert not LOCAL.origin_ok("https://app.example.com:8443")
    assert not LOCAL.origin_ok("https://app.example.com.evil.example")


@pytest.mark.parametrize("own", ["192.168.1.5", "fd00::5", "fe80::5%eth0", ""])
@pytest.mark.parametrize(
    "authority", ["192.168.1.6", "8.8.8.8", "[fd00::6]:8765", "[fe80::6]", "0.0.0.0", "127.0.0.1"]
)
def test_another_device_names_the_address_it_came_by_and_no_other(authority: str, own: str) -> None:
    assert not LAN.host_ok(authority, Peer.LAN, own)
    brackets = f"[{own.partition('%')[0]}]" if ":" in own else own
    assert LAN.host_ok(f"{brackets}:8765", Peer.LAN, own) == bool(own)
    assert LAN.host_ok("my-pc", Peer.LAN, own)


def test_a_configured_host_may_be_an_address() -> None:
    """That of a router which passes our port on, for example."""
    policy = Policy(lan=True, hosts=frozenset({"192.168.9.9", "fd99::9"}))
    for authority in ("192.168.9.9:8765", "[fd99:0::9]"):
        assert policy.host_ok(authority, Peer.LAN, "192.168.1.5")
    assert not policy.host_ok("192.168.9.8", Peer.LAN, "192.168.1.5")


@pytest.mark.parametrize("origin", ["http://0.0.0.0:8000", "http://0.0.0.0", "http://[::]:8000"])
def test_a_page_of_the_unspecified_address_is_one_of_this_computer(origin: str) -> None:
    for policy in (LOCAL, LAN):
        assert policy.origin_ok(origin, "localhost:8765", local=True)
        assert not policy.origin_ok(origin, "localhost:8765")
        assert not policy.host_ok(origin.removeprefix("http://"))
        assert not policy.neighbour_ok(origin)


@pytest.mark.parametrize("origin", ["HTTPS://APP.example.com", "https://app.example.com:443"])
def test_origins_match_in_any_spelling(origin: str) -> None:
    assert LOCAL.origin_ok(origin)


def test_configured_hosts_hold_whether_lan_is_on_or_not() -> None:
    policy = Policy(hosts=frozenset({"dev.example"}))
    assert policy.host_ok("DEV.example:8765")
    assert not policy.host_ok("x.dev.example")


@pytest.mark.parametrize(
    "authority",
    ["192.168.1.5:8765", "10.0.0.1", "[fd00::9]:1", "[fe80::1]", "my-pc", "MY-PC.local:8"],
)
def test_lan_names_and_addresses_count_only_while_lan_is_on(authority: str) -> None:
    own = str(host_in(authority))
    for sender in (Peer.LOCAL, Peer.LAN):
        assert LAN.host_ok(authority, sender, own)
        assert not LOCAL.host_ok(authority, sender, own)
    assert LAN.origin_ok(f"http://{authority}", authority)
    assert not LOCAL.origin_ok(f"http://{authority}", authority)


@pytest.mark.parametrize(
    "authority", ["0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]", "[::ffff:10.0.0.1]"]
)
def test_addresses_nobody_has_are_refused_on_the_lan_too(authority: str) -> None:
    assert not LAN.host_ok(authority, Peer.LAN)
    assert not LAN.origin_ok(f"http://{authority}")


@pytest.mark.parametrize(
    "address", ["192.168.1.5", "10.0.0.1", "172.16.0.1", "169.254.3.3", "[fd00::9]", "[fe80::1]"]
)
def test_pages_of_another_private_address_are_neighbours(address: str) -> None:
    origin = f"http://{address}:3000"
    assert LAN.neighbour_ok(origin)
    assert not LOCAL.neighbour_ok(origin)
    assert LAN.origin_ok(origin, f"{address}:8765")
    for other in ("", "localhost:8765", "my-pc:8765", "192.168.1.6:8765", "evil.example"):
        assert not LAN.origin_ok(origin, other)


@pytest.mark.parametrize(
    "origin",
    ["http://8.8.8.8", "http://[2a00:1450::1]", "http://0.0.0.0", "http://224.0.0.1", "null", ""]
    + ["http://evil.example", "http://192.168.1.5.evil.example", "http://192.168.1", "http://[::]"],
)
def test_nobody_else_is_a_neighbour(origin: str) -> None:
    assert not LAN.neighbour_ok(origin)
    authority = origin.removeprefix("http://")
    assert not LAN.origin_ok(origin, authority)


def test_addresses_of_this_computer_may_be_among_its_names() -> None:
    policy = Policy(lan=True, names=frozenset({"my-pc", "192.168.1.5", "fd00::5"}))
    assert policy.origin_ok("http://192.168.1.5:3000", "localhost:8765")
    assert policy.origin_ok("https://[fd00:0::5]", "localhost:8765")
    assert not policy.origin_ok("http://192.168.1.6:3000", "localhost:8765")


def test_a_public_address_may_be_a_host_but_never_an_origin_of_the_lan() -> None:
    assert LAN.host_ok("8.8.8.8")
    assert not LAN.origin_ok("http://8.8.8.8")


@pytest.mark.parametrize("authority", THIS_COMPUTER)
def test_a_lan_peer_cannot_mean_this_computer(authority: str) -> None:
    assert not LAN.host_ok(authority, Peer.LAN)


def test_own_origin_is_the_host_with_its_port() -> None:
    assert is_own_origin("http://127.0.0.1:8765", "127.0.0.1:8765")
    assert is_own_origin("http://localhost:8765", "LOCALHOST:8765")
    assert not is_own_origin("http://127.0.0.1:3000", "127.0.0.1:8765")
    assert not is_own_origin("https://127.0.0.1:8765", "127.0.0.1:8765")
    assert not is_own_origin("null", "null")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_foreign_requests_without_an_origin_pass_only_as_a_followed_link(site: str) -> None:
    assert not fetch_ok(site, "no-cors", "script", navigable=True)
    assert not fetch_ok(site, "navigate", "document", navigable=False)
    assert not fetch_ok(site, "navigate", "iframe", navigable=True)
    assert not fetch_ok(site, "", "", navigable=True)
    assert fetch_ok(site, "navigate", "document", navigable=True)


@pytest.mark.parametrize("site", ["", "none", "same-origin"])
def test_own_pages_typed_addresses_and_programs_pass(site: str) -> None:
    assert fetch_ok(site, "no-cors", "script", navigable=False)


def test_an_unset_read_key_matches_nothing() -> None:
    assert not Policy().key_ok("")
    assert not LOCAL.key_ok("")
    assert not LOCAL.key_ok("kez")
    assert not LOCAL.key_ok("é\udcff")
    assert LOCAL.key_ok("key")


@given(st.text())
def test_no_text_crashes_the_policy(text: str) -> None:
    for policy in (LOCAL, LAN):
        policy.host_ok(text)
        policy.host_ok(text, Peer.LAN, text)
        policy.origin_ok(text)
        policy.origin_ok(f"http://{text}", text)
        policy.neighbour_ok(f"http://{text}")
        policy.key_ok(text)
    peer(text, text)
    address(text)


@given(st.from_regex(r"[a-z0-9.\-\[\]:x@%/]{1,30}", fullmatch=True))
def test_only_names_of_this_computer_pass_as_host(text: str) -> None:
    if LOCAL.host_ok(text):
        host = host_in(text)
        name = str(host)
        assert name.startswith("127.") or name == "::1" or name.split(".")[-1] == "localhost"

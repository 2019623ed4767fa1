"""Which user is at the other end of a connection: the kernel's table, as text and as it is."""

import os
import socket
import subprocess
import sys

import pytest

from trayapp.web.peeruser import Kind, PeerUser, peer_user, uid_of

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:223D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1
   1: 0100007F:223D 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 112 1
   2: 0100007F:C350 0100007F:223D 01 00000000:00000000 00:00000000 00000000  1001        0 113 1
   3: 0100007F:C351 0100007F:223D 05 00000000:00000000 00:00000000 00000000     0        0 0 1
   4: broken
"""
CONNECT = """
import encodings.idna, os, socket, sys  # afterwards the interpreter's files may be out of reach
os.setgroups([]); os.setgid(65534); os.setuid(65534)
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
sys.stdin.read()
"""


def ends(port: str) -> set[tuple[str, str]]:
    return {(f"0100007F:{port}", "0100007F:223D")}


def test_the_peers_own_line_counts() -> None:
    assert uid_of(ends("C350"), TABLE) == 1001


def test_a_closed_socket_and_one_that_is_not_there_are_unknown() -> None:
    assert uid_of(ends("C351"), TABLE) is None
    assert uid_of(ends("C352"), TABLE) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="users are numbers on POSIX only")
def test_root_speaks_for_others_and_counts_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    kinds = [PeerUser(uid).kind for uid in (1000, 1001, 0, None)]
    assert kinds == [Kind.OURS, Kind.OTHER, Kind.UNKNOWN, Kind.UNKNOWN]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say")
@pytest.mark.parametrize(
    ("own", "host"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("127.0.0.1", "::ffff:127.0.0.1")]
)
def test_a_real_connection_is_this_users(own: str, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server(
            (own, 0), family=socket.AF_INET6 if ":" in own else socket.AF_INET
        ) as s,
        socket.socket(family) as far,
    ):
        far.connect((host, s.getsockname()[1]))
        near, address = s.accept()
        with near:
            assert peer_user(environ(near, address)) == PeerUser(os.geteuid())


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root")
def test_a_real_connection_of_another_user_is_theirs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = [sys.executable, "-c", CONNECT, "127.0.0.1", str(listener.getsockname()[1])]
        with subprocess.Popen(words, stdin=subprocess.PIPE) as other:
            listener.settimeout(5)
            near, address = listener.accept()
            with near:
                assert peer_user(environ(near, address)) == PeerUser(65534)
            other.communicate(b"")


def environ(near: socket.socket, address: tuple[str, int]) -> dict[str, object]:
    here = near.getsockname()
    return {
        "REMOTE_ADDR": address[0],
        "REMOTE_PORT": address[1],
        "SERVER_NAME": here[0],
        "SERVER_PORT": str(here[1]),
    }


def test_what_is_no_address_is_unknown() -> None:
    assert peer_user({}) == PeerUser()
    assert peer_user(environ_of("nowhere")) == PeerUser()


def environ_of(host: str) -> dict[str, object]:
    return {"REMOTE_ADDR": host, "REMOTE_PORT": 1, "SERVER_NAME": "::1", "SERVER_PORT": "2"}

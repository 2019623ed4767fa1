"""The other computer of the network: sockets, streams and pairing from there."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.hostile.network import HOST_ADDRESS, HOST_PRIVATE, Lan, inside
from tests.hostile.program import Program, host_of, request
from tests.streams import Reader

COOKIE = re.compile(r"trayapp-device=[0-9a-f]{16}\.[\w-]{43}(?=;)")


@dataclass(frozen=True, slots=True)
class Phone:
    """The other computer."""

    lan: Lan
    program: Program

    def connect(self, address: str = HOST_ADDRESS) -> socket.socket:
        place = (address, self.program.port)
        return inside(self.lan.phone, lambda: socket.create_connection(place, timeout=5))

    def reaches(self, address: str) -> bool:
        """Whether anything listens there."""
        try:
            self.connect(address).close()
        except OSError:
            return False
        return True

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str]]:
        status, names, _ = request(self.connect(), path, None, headers or {})
        return status, names

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        return request(self.connect(), path, body, headers or {})[0]

    def stream(self, cookie: str = "", query: str = "", address: str = HOST_ADDRESS) -> Reader:
        return self.stream_on(self.connect(address), cookie, query)

    def stream_on(self, connection: socket.socket, cookie: str = "", query: str = "") -> Reader:
        """Ask for the stream on a connection, by the address that it leads to."""
        given = [f"GET /stream{query} HTTP/1.1", f"Host: {host_of(connection)}"]
        given += [f"Cookie: {cookie}"] if cookie else []
        connection.sendall("\r\n".join([*given, "", ""]).encode())
        return Reader(connection)

    def connect_from(self, source: str) -> socket.socket:
        """A connection from this address of the phone, to the private IPv6 address."""
        place = (HOST_PRIVATE, self.program.port)
        return inside(
            self.lan.phone, lambda: socket.create_connection(place, 5, source_address=(source, 0))
        )

    @contextmanager
    def addresses(self, count: int) -> Iterator[list[str]]:
        """The phone has `count` more addresses in its IPv6 subnet meanwhile, as any device can."""
        found = [f"fd77::a:{number:x}" for number in range(1, count + 1)]
        self._ip([f"address add {each}/64 dev lan0 nodad" for each in found])
        try:
            yield found
        finally:
            self._ip([f"address delete {each}/64 dev lan0" for each in found])

    def _ip(self, lines: Sequence[str]) -> None:
        enter = ["nsenter", f"--net=/run/netns/{self.lan.phone}"]
        given = "\n".join([*lines, ""])
        subprocess.run([*enter, "ip", "-batch", "-"], input=given, text=True, check=True)

    def invited(self) -> str:
        """A new code, as the QR code on the dashboard has it."""
        links = self.program.ask("invite", {})["links"]
        return str(links[0]["url"]).partition("code=")[2]

    def pair(self, name: str = "phone") -> str:
        """Pair as the page does; the cookie."""
        body = json.dumps({"code": self.invited(), "name": name}).encode()
        kind = {"Content-Type": "application/json"}
        status, headers, said = request(self.connect(), "/pair", body, kind)
        assert status == 200, said
        match = COOKIE.match(headers["set-cookie"])
        assert match, headers
        return match[0]

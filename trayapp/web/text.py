"""Text in HTTP headers and WSGI strings: octets that arrive as latin-1 (PEP 3333)."""


def from_octets(octets: str) -> str:
    """The text that `octets` carry: UTF-8, and where they are none Windows-1252, as which browsers
    read Latin-1 (WHATWG Encoding). Python's requests and Node's fetch send such headers."""
    raw = octets.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")

"""Text in HTTP headers and WSGI strings: octets that arrive as latin-1 (PEP 3333)."""


def from_octets(octets: str) -> str:
    """The UTF-8 text that `octets` carry; what is none becomes U+FFFD."""
    return octets.encode("latin-1", "replace").decode("utf-8", "replace")

"""Content-Security-Policies: what they say of our script and of its stream, and the way round.

CSP Level 3. A page may have several, in headers and in meta elements; each of them has to allow.
Policies that only report are no concern of ours, nor are directives about other things.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from trayapp.doctor import sources
from trayapp.doctor.address import origin

SCRIPT = ("script-src-elem", "script-src", "default-src")
CONNECT = ("connect-src", "default-src")
"""§6.8.3: which directive decides, the first that is there."""

_NOT_IN_META = {"frame-ancestors", "report-uri", "sandbox"}
"""HTML 4.2.5.3: a meta element cannot say these."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The directives of one policy by name, lower case. `where` it stands: `header` or `meta`."""

    where: str
    directives: Mapping[str, tuple[str, ...]]

    def governing(self, names: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
        """The directive that decides, and its source list; None when nothing is forbidden."""
        found = next((name for name in names if name in self.directives), None)
        return (found, self.directives[found]) if found else None


def from_headers(values: Iterable[str]) -> list[Policy]:
    """§2.2.2: each header may hold several, joined by commas."""
    texts = [text for value in values for text in value.split(",")]
    return [policy for text in texts if (policy := _parsed(text, "header")).directives]


def from_meta(content: str) -> Policy:
    """What a meta element in the head of a page says."""
    policy = _parsed(content, "meta")
    kept = {name: value for name, value in policy.directives.items() if name not in _NOT_IN_META}
    return Policy("meta", kept)


def allows_script(policy: Policy, script: str, page: str, nonce: str = "") -> bool:
    """§6.7.1.1, for a script element in the source of `page`: whether `policy` lets it load."""
    governing = policy.governing(SCRIPT)
    if governing is None:
        return True
    listed = governing[1]
    if nonce and f"'nonce-{nonce}'" in listed:
        return True
    # Then only what a trusted script inserts may load: a tag in the source is not.
    if "'strict-dynamic'" in [source.lower() for source in listed]:
        return False
    return sources.matches(listed, script, page)


def allows_connection(policy: Policy, url: str, page: str) -> bool:
    """§6.1.2: whether `policy` lets the page read from `url`."""
    governing = policy.governing(CONNECT)
    return governing is None or sources.matches(governing[1], url, page)


def script_remedy(policy: Policy, script: str) -> str:
    """What allows the tag."""
    name, listed = policy.governing(SCRIPT) or ("script-src", ())
    if any(source.lower() == "'strict-dynamic'" for source in listed):
        return "Give the tag the nonce of the page's other scripts: " + _nonced(script)
    return _widened("script-src" if name == "default-src" else name, listed, origin(script))


def connection_remedy(policy: Policy, source: str) -> str:
    """What allows connections to `source` as well."""
    _, listed = policy.governing(CONNECT) or ("connect-src", ())
    return _widened("connect-src", listed, source)


def is_nameable(url: str) -> bool:
    """Whether a source expression can name the host: the grammar knows no IPv6 (§2.3.1)."""
    return ":" not in (urlsplit(url).hostname or "")


def sandbox(policies: Iterable[Policy]) -> list[tuple[str, ...]]:
    """The flags of each `sandbox` directive (§6.3.2), lower case."""
    found = [one.directives["sandbox"] for one in policies if "sandbox" in one.directives]
    return [tuple(flag.lower() for flag in flags) for flags in found]


def _parsed(text: str, where: str) -> Policy:
    """§2.2.1: directives by semicolons; of two with one name the first counts."""
    directives: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        words = [word for word in re.split("[\t\n\f\r ]+", part) if word]
        if words and part.isascii():
            directives.setdefault(words[0].lower(), tuple(words[1:]))
    return Policy(where, directives)


def _widened(name: str, listed: Sequence[str], source: str) -> str:
    """The whole directive: one of its own takes the place of default-src, and has to repeat it."""
    kept = [one for one in listed if one.lower() != "'none'"]
    return f"Put into the policy: {' '.join([name, *kept, source])}"


def _nonced(script: str) -> str:
    return f'<script nonce="…" src="{script}"></script>'

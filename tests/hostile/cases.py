"""The hostile requests of hostile_cases.json, as bytes to send and an answer to expect."""

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("hostile_cases.json")


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of the file. `expected` is an object for the kinds `http` and `raw`, else prose."""

    id: str
    area: str
    kind: str
    mode: str
    peer: str
    server: str
    request: Mapping[str, Any]
    latin: bool
    expected: Any

    @property
    def body(self) -> bytes:
        """The body to send."""
        text = self.request.get("body") or ""
        if repeat := self.request.get("body_repeat"):
            text = repeat[0] * repeat[1]
        if self.latin:  # octets, written as \\xff
            return codecs.decode(text, "unicode_escape").encode("latin-1")
        return text.encode("utf-8", "surrogatepass")

    def octets(self, values: Mapping[str, str]) -> bytes:
        """The whole request, its placeholders replaced by `values`."""
        if self.kind == "raw":
            return fill(self.request["raw"], values).encode("latin-1", "replace")
        lines = [f"{self.request['method']} {self.request['target']} HTTP/1.1"]
        lines += [f"{name}: {_text(value)}" for name, value in self.request["headers"]]
        if self.request["method"] == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        lines += ["Connection: close", "", ""]
        return fill("\r\n".join(lines), values).encode() + self.body


def load() -> list[Case]:
    """All cases, in the order of the file."""
    found = json.loads(FILE.read_text("utf-8"))["cases"]
    return [
        Case(
            id=each["id"],
            area=each["area"],
            kind=each["kind"],
            mode=each.get("mode", "local"),
            peer=each.get("peer", "loopback"),
            server=each.get("server", "main"),
            request=each.get("request", {}),
            latin=each.get("body_latin1", False),
            expected=each["expected"],
        )
        for each in found
    ]


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `{name}` of `values` replaced; other braces stay."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _text(value: Any) -> str:
    """A header value; `{"repeat": [text, times]}` stands for a long one."""
    return value if isinstance(value, str) else value["repeat"][0] * value["repeat"][1]

"""Parts of the page script by themselves, for tests of one part in the browser."""

import re

from trayapp.web import client

MODULE = re.compile(
    r"^export .*?;$|^const \{[^}]*\} =\s+window\[Symbol\.for\(\"trayapp\.page\"\)\];$",
    re.MULTILINE | re.DOTALL,
)
"""How the parts of an extra share with the page script: here all are in one scope."""

FUNCTION = re.compile(r"^(?:async )?function\*? (\w+)", re.MULTILINE)


def exposed(*names: str, prelude: str = "") -> str:
    """A script of the parts `names`, behind the part that reads the document and `prelude`, with
    each of their functions in `parts`."""
    bodies = MODULE.sub("", "\n".join(client.part(name) for name in names))
    prelude = f"{client.part('dom')}\n{prelude}"
    functions = ", ".join(FUNCTION.findall(bodies))
    return (
        f'(() => {{\n"use strict";\n{prelude}\n{bodies}\nwindow.parts = {{ {functions} }};\n}})();'
    )

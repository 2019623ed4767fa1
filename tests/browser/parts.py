"""Parts of the page script by themselves, for tests of one part in the browser."""

import re

from trayapp.web import client

FUNCTION = re.compile(r"^(?:async )?function\*? (\w+)", re.MULTILINE)


def exposed(*names: str, prelude: str = "") -> str:
    """A script of the parts `names` after `prelude`, with each of their functions in `parts`."""
    bodies = "\n".join(client.part(name) for name in names)
    functions = ", ".join(FUNCTION.findall(bodies))
    return (
        f'(() => {{\n"use strict";\n{prelude}\n{bodies}\nwindow.parts = {{ {functions} }};\n}})();'
    )

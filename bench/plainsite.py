"""A folder on a plain server, as `python -m http.server` shows one: `python -m bench.plainsite DIR`
prints its port.

For programs that tell pages of changes without serving them. One thing is different from the
module of Python: it never answers 304, for that compares whole seconds, and saves come faster.
"""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        del self.headers["If-Modified-Since"]
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: nobody reads it."""


def main(folder: Path) -> None:
    """Serve until the process is ended."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=folder)) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The server that had trayapp's port before it, and left behind in browsers what it could."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trayapp import server

WORKER = """
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(answer(event.request)));
function answer({ url, mode }) {
  const kind = mode === 'navigate' ? 'text/html' : 'text/javascript';
  const body = mode === 'navigate' ? PAGE : SCRIPT;
  return new Response(body, { headers: { 'Content-Type': kind } });
}
"""
PASSING = """
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
"""
SCRIPT = "document.documentElement.dataset.hostile = 'yes'; export default 1;"
NAMES = ("dashboard.js", "api.js", "events.js", "folders.js", "sharing.js", "snippets.js")
PAGE = "<!doctype html><title>before</title><script>window.hostile = true</script>"
FIRST = f"""<!doctype html><title>before</title><script>
window.hostile = true;
const wanted = {list(NAMES)}.map((name) => fetch('/static/' + name).then((a) => a.text()));
const worker = location.search !== '?pages' && (async () => {{
  const script = `/static/${{location.search.slice(1)}}.js`;
  await navigator.serviceWorker.register(script, {{ scope: '/' }});
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((next) => setTimeout(next, 20));
}})();
Promise.all([...wanted, fetch('/').then((a) => a.text()), worker])
  .then(() => {{ window.planted = true; }});
</script>"""


@contextmanager
def server_before(port: int) -> Iterator[None]:
    """Serve on `port` until the end of the block: pages and scripts that are good for a year.

    For `/?worker` a service worker too that answers everything from then on, for `/?passing` one
    that passes everything on, and could read it.
    """
    with ThreadingHTTPServer(("127.0.0.1", port), _Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            serving.shutdown()
            thread.join()


def free_port() -> int:
    """One that is free on both loopback addresses."""
    listener = server.listen_on_loopback(0)
    listener.close()
    return listener.port


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        worker = WORKER.replace("PAGE", repr(PAGE)).replace("SCRIPT", repr(SCRIPT))
        scripts = {"/": FIRST, "/static/worker.js": worker, "/static/passing.js": PASSING}
        body = scripts.get(path, SCRIPT).encode()
        kind = "text/html" if path == "/" else "text/javascript"
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Service-Worker-Allowed", "/")
        self.send_header("Cache-Control", "public, max-age=31536000")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a test says what it saw."""

"""A real nginx between a page and trayapp: what its settings do to the stream is said."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.support import Running, wait_for
from trayapp import doctor

SETTINGS = """\
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/pages; {locations} }}
}}
"""
LOCATION = """
  location = /{number}/client.js {{ proxy_pass http://127.0.0.1:{to}/client.js; }}
  location = /{number}/stream {{
    proxy_pass http://127.0.0.1:{to}/stream; proxy_http_version 1.1; {settings}
  }}
"""
GZIP = "gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0;"

CASES = [
    ("", "", "The stream greets its own pages"),
    (GZIP, "", "It comes compressed (gzip)"),  # and yet at once, thanks to X-Accel-Buffering
    ("proxy_ignore_headers X-Accel-Buffering;", "", "The stream greets its own pages"),
    (
        f"proxy_ignore_headers X-Accel-Buffering; proxy_hide_header Cache-Control; {GZIP}",
        "fix",
        "nginx: proxy_buffering off; gzip off;",
    ),
    ("proxy_set_header Host dev.example;", "fix", "proxy_set_header Host localhost;"),
    ("return 404;", "fix", "answers 404, and not as trayapp does"),
    ("proxy_hide_header Content-Type;", "fix", "is without a Content-Type, no stream"),
]


@pytest.fixture
def pages(run_trayapp: Callable[..., Running], tmp_path: Path) -> Iterator[str]:
    """The address of nginx: page /0/ takes trayapp through the settings of CASES[0], and so on."""
    need("nginx")
    _write(tmp_path)
    running = run_trayapp(tmp_path / "pages")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    locations = "".join(
        LOCATION.format(number=number, to=running.port, settings=settings)
        for number, (settings, _, _) in enumerate(CASES)
    )
    config = tmp_path / "nginx.conf"
    config.write_text(SETTINGS.format(folder=tmp_path, port=port, locations=locations))
    command = [shutil.which("nginx") or "nginx", "-c", str(config)]
    command += ["-e", str(tmp_path / "error.log")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _listens(port), 10, "nginx")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(5)


def _write(folder: Path) -> None:
    for number in range(len(CASES)):
        page = folder / "pages" / str(number) / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!doctype html><script src=client.js></script>")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_what_nginx_does_to_the_stream_is_said(pages: str) -> None:
    for number, (settings, mark, said) in enumerate(CASES):
        findings = list(doctor.examine(f"{pages}/{number}/", None, "config.toml"))
        text = "\n".join(line for finding in findings for line in finding.lines())
        assert said in text, f"{settings}\n{text}"
        assert any(one.mark == "fix" for one in findings) is bool(mark), f"{settings}\n{text}"

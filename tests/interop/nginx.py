"""nginx in front of a trayapp, set as it must not be for streams: buffering, and gzip for all."""

import shutil
import socket
import subprocess
from pathlib import Path

from tests.support import wait_for

SETTINGS = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_proxied any;
    gzip_min_length 0;
    gzip_types *;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{to};
            proxy_http_version {version};
            proxy_buffering on;
        }}
    }}
}}
"""


class Nginx:
    """One process before the trayapp on port `to`, speaking HTTP `version` to it."""

    def __init__(self, to: int, version: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._folder = folder
        settings = folder / "nginx.conf"
        settings.write_text(
            SETTINGS.format(folder=folder, port=self.port, to=to, version=version), "utf-8"
        )
        self._command = [shutil.which("nginx") or "nginx", "-p", str(folder), "-c", str(settings)]
        self._command += ["-e", str(folder / "error.log")]

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._answers, 10, "nginx")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self._folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

"""nchan, the fan-out module of nginx, as a server of its own: own configuration, own folder."""

import grp
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import processes

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
INSTALL = "apt-get install nginx libnginx-mod-nchan"

# One worker: the readers need the other core, and ours has one thread that writes as well.
CONFIGURATION = """\
load_module {module};
daemon off;
user {user} {group};
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections {files}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /stream {{
            nchan_subscriber eventsource;
            nchan_channel_id bench;
            nchan_subscriber_first_message newest;
        }}
        location = /bench {{
            nchan_publisher;
            nchan_channel_id bench;
            nchan_message_buffer_length 4096;
            nchan_message_timeout 1h;
        }}
    }}
}}
"""


def is_there() -> bool:
    """Whether this machine has nginx and the module where Debian puts it."""
    return shutil.which("nginx") is not None and MODULE.exists()


@contextmanager
def nchan(folder: Path, files: int) -> Iterator[tuple[int, int]]:
    """A running nginx with `files` descriptors: its process and its port."""
    port = processes.free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            module=MODULE,
            user=pwd.getpwuid(os.getuid()).pw_name,
            group=grp.getgrgid(os.getgid()).gr_name,
            files=files,
            folder=folder,
            port=port,
        )
    )
    command = ["nginx", "-p", str(folder), "-c", str(configuration)]
    with processes.started([*command, "-e", "stderr"]) as process:
        processes.wait_for_door(port)
        yield process.pid, port

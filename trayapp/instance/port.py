"""Who holds the port that trayapp wants."""

from trayapp.errors import TrayAppError


def port_owner(port: int) -> str:
    """Who listens on `port`, as "python, pid 4711"; empty when the system does not tell."""
    import psutil

    try:
        for one in psutil.net_connections(kind="tcp"):
            if (
                one.laddr
                and one.laddr.port == port
                and one.status == psutil.CONN_LISTEN
                and one.pid
            ):
                return f"{psutil.Process(one.pid).name()}, pid {one.pid}"
    except (psutil.Error, OSError):  # macOS tells only root; a process may end meanwhile
        return ""
    return ""


def port_busy(port: int) -> TrayAppError:
    """The error for a port that somebody else listens on."""
    owner = port_owner(port)
    by = f"another program ({owner})" if owner else "another program"
    other = port + 1 if port < 65535 else 8765
    return TrayAppError(
        f"Port {port} is in use by {by}.", f"Stop it, or run: trayapp run --port {other}"
    )

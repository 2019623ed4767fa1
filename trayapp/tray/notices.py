"""What is said once, in words, when there is no icon to say it."""


def no_tray(url: str) -> str:
    """There is no tray to show an icon in, or it could not be reached."""
    return (
        f"No system tray found, so trayapp runs without an icon. Dashboard: {url} "
        '(GNOME: install the "AppIndicator" extension.) '
        "Stop it with Ctrl-C or: trayapp stop"
    )


def tray_gone(url: str) -> str:
    """There was a tray, and the way to it is lost for good."""
    return (
        f"The desktop session has ended, so the icon is gone; trayapp runs on. Dashboard: {url} "
        "Stop it with Ctrl-C or: trayapp stop"
    )

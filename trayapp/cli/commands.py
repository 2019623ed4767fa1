"""The commands and their options, in the order that `trayapp --help` shows them."""

import sys
from typing import Any

import click

from trayapp import __version__
from trayapp.cli import standard
from trayapp.cli.boundary import Commands


@click.group(cls=Commands, invoke_without_command=True)
@click.version_option(__version__, prog_name="trayapp", message="%(prog)s %(version)s")
@click.pass_context
def trayapp(context: click.Context) -> None:
    """Save a file, and the browser page follows. Without a command: trayapp run."""
    if context.invoked_subcommand is None:
        context.invoke(run)


@trayapp.command()
@click.argument("folders", nargs=-1, metavar="[DIR]...")
@click.option("--port", type=int, metavar="N", help="Port to serve on; 0 takes any free one.")
@click.option("--tray/--no-tray", default=None, help="Show the tray icon, or not.")
@click.option("--open/--no-open", default=None, help="Open the dashboard, or not.")
@click.option("--lan/--no-lan", default=None, help="Share with the local network, or not.")
@click.option("--wide", is_flag=True, help="Accept the home folder or a whole drive as DIR.")
def run(folders: tuple[str, ...], wide: bool, **options: Any) -> None:
    """Watch each DIR and serve until stopped.

    Without DIR: the folders of the configuration, or the demo when it names none. If trayapp
    runs already, its dashboard is opened and DIR is added to what it watches.
    """
    from trayapp.cli.run import run_service

    run_service(folders, options, wide=wide)


@trayapp.command()
@click.argument("words", nargs=-1, metavar="[TEXT]")
@click.option("--topic", default="notify", show_default=True, help="Topic to publish under.")
@click.option("--type", "type_", metavar="TYPE", help="Event type; else it is a plain message.")
@click.option("--title", help="Title of the notification.")
@click.option("--priority", help="1 to 5, or min, low, default, high, urgent.")
@click.option("--tags", help="Tags, separated by commas.")
@click.option("--click", "click_", metavar="URL", help="Where a click on it leads.")
@click.option("--icon", metavar="URL", help="Picture to show with it.")
def send(
    words: tuple[str, ...], topic: str, type_: str | None, click_: str | None, **fields: Any
) -> None:
    """Publish TEXT, or the standard input when TEXT is - or missing.

    To the topic notify it is a notification; so it is with --title, --priority, --tags, --click
    or --icon on any topic.
    """
    from trayapp.cli.sending import send

    send(words, topic, type_, {"click": click_, **fields})


@trayapp.command()
@click.option("--topic", default="log", show_default=True, help="Topic to publish under.")
@click.option("--type", "type_", metavar="TYPE", help="Event type; else it is a plain message.")
@click.option("--tee", is_flag=True, help="Pass the lines on to the standard output as well.")
def pipe(topic: str, type_: str | None, tee: bool) -> None:
    """Publish each line of the standard input, until it ends.

    It reads no faster than it can publish. Empty lines are left out.
    """
    from trayapp.cli.piping import pipe

    pipe(topic, type_, tee=tee)


@trayapp.command("exec", context_settings={"allow_interspersed_args": False})
@click.argument("argv", nargs=-1, required=True, metavar="[--] COMMAND [ARG]...")
@click.option("--topic", default="output", show_default=True, help="Topic of what it prints.")
@click.option("--name", help="What reports call it; else the command itself.")
def exec_(argv: tuple[str, ...], topic: str, name: str | None) -> None:
    """Run COMMAND; tell pages what it prints, and how it ends.

    Its exit code is passed through. A failure shows on the pages, with its last lines.
    """
    from trayapp.cli.execution import execute

    execute(argv, topic, name)


@trayapp.command()
@click.option("--topic", "topics", multiple=True, help="Topic to print; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
@click.option("--since", metavar="AGO", help="Begin so long ago (90s, 10m, 1h), or after an id.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="End after N events.")
def listen(topics: tuple[str, ...], as_json: bool, since: str | None, count: int | None) -> None:
    """Print events as they come, of all topics or of those named."""
    from trayapp.cli.listen import listen

    listen(topics, since, count, as_json=as_json)


@trayapp.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: the JSON of /api/state.")
def status(as_json: bool) -> None:
    """Show what is watched and who is connected."""
    from trayapp.cli.ask import show_status

    show_status(as_json)


@trayapp.command()
def pause() -> None:
    """Stop updating pages until resumed; nothing is lost."""
    from trayapp.cli.ask import tell

    tell("/api/pause", "Live reload is paused. Go on with: trayapp resume")


@trayapp.command()
def resume() -> None:
    """Update pages again, once for all that changed meanwhile."""
    from trayapp.cli.ask import tell

    tell("/api/resume", "Live reload is on.")


@trayapp.command()
def reload() -> None:
    """Have every page load itself, whether anything changed or not."""
    from trayapp.cli.ask import tell

    tell("/api/reload", "All pages reload.")


@trayapp.command()
@click.argument("path")
def ignore(path: str) -> None:
    """Ignore changes of PATH, a file or folder that is watched.

    Adds a line to the file .trayappignore of the watched folder.
    """
    from trayapp.cli.ask import ignore

    ignore(path)


@trayapp.command()
@click.argument("label")
def allow(label: str) -> None:
    """Let the commands of the configuration run in the watched folder LABEL.

    Needed once for a folder that was added in a dashboard, or that belongs to another user.
    """
    from trayapp.cli.ask import allow

    allow(label)


@trayapp.command()
@click.argument("url", required=False)
def doctor(url: str | None) -> None:
    """Look for what keeps the page at URL from being updated.

    Asks for the page and for trayapp as a browser would, and prints what to change. Without URL
    it looks at the trayapp that runs.
    """
    from trayapp.cli.examine import show_findings

    show_findings(url)


@trayapp.command()
@click.option("--notify", is_flag=True, help="Show a notification on the desktop, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def selftest(notify: bool, as_json: bool) -> None:
    """Try whether trayapp works on this computer, within 20 seconds.

    Starts another trayapp in a temporary folder, and prints what works and what does not, to be
    pasted into a report. It names no user, no computer and no folder of yours.
    """
    from trayapp.cli.testing import show_selftest

    show_selftest(notify=notify, as_json=as_json)


@trayapp.command()
@click.argument("switch", default="status", type=click.Choice(["on", "off", "status"]))
def lan(switch: str) -> None:
    """Share with the local network, or no longer; or show where it is shared.

    While it is on, paired devices of this network can read and publish. What controls trayapp
    stays on this computer.
    """
    from trayapp.cli import sharing

    if switch == "status":
        sharing.show_lan()
    else:
        sharing.switch_lan(switch == "on")


@trayapp.command()
def pair() -> None:
    """Let one phone, tablet or other computer in: shows a code to scan, and waits for it."""
    from trayapp.cli import sharing

    sharing.pair()


@trayapp.group(invoke_without_command=True)
@click.pass_context
def devices(context: click.Context) -> None:
    """List, rename or forget the paired devices. DEVICE is an id or a name of the list."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@devices.command("list")
def list_() -> None:
    """Show which devices are paired, and when each was seen."""
    from trayapp.cli import devices

    devices.list_devices()


@devices.command()
@click.argument("device")
@click.argument("name")
def rename(device: str, name: str) -> None:
    """Call DEVICE NAME from now on."""
    from trayapp.cli import devices

    devices.rename_device(device, name)


@devices.command()
@click.argument("device", required=False)
@click.option("--all", "every", is_flag=True, help="Forget all devices, and change the read key.")
def forget(device: str | None, every: bool) -> None:
    """Pair DEVICE no longer: it has to be let in again."""
    from trayapp.cli import devices

    if every == (device is not None):
        raise click.UsageError("Say which device to forget, or --all.")
    if device is not None:
        devices.forget_device(device)
    else:
        devices.forget_devices()


@trayapp.group(invoke_without_command=True)
@click.pass_context
def sessions(context: click.Context) -> None:
    """List or end the control sessions: dashboards that may control trayapp."""
    if context.invoked_subcommand is None:
        context.invoke(list_sessions)


@sessions.command("list")
def list_sessions() -> None:
    """Show which control sessions there are, and when each was used last."""
    from trayapp.cli import sessions

    sessions.list_sessions()


@sessions.command()
@click.argument("session", required=False, type=int)
@click.option("--all", "every", is_flag=True, help="End all control sessions.")
def end(session: int | None, every: bool) -> None:
    """End SESSION, a number of the list: that dashboard can only look from then on."""
    from trayapp.cli import sessions

    if every == (session is not None):
        raise click.UsageError("Say which session to end, or --all.")
    if session is not None:
        sessions.end_session(session)
    else:
        sessions.end_sessions()


@trayapp.command()
@click.argument("switch", default="status", type=click.Choice(["on", "off", "status"]))
def autostart(switch: str) -> None:
    """Start trayapp when you log in, or no longer; or show whether it does.

    Nothing is opened then, and watched is what the configuration says. No installer switches
    this on.
    """
    from trayapp.cli import autostart

    if switch == "status":
        autostart.show_autostart()
    else:
        autostart.switch_autostart(switch == "on")


@trayapp.command("open")
def open_() -> None:
    """Open the dashboard in the browser."""
    from trayapp.cli.ask import tell

    tell("/api/open", "The dashboard opens in the browser.")


@trayapp.command()
def stop() -> None:
    """End the trayapp that runs."""
    from trayapp.cli.ask import stop_service

    stop_service()


def main() -> None:
    """Run the command that `sys.argv` names, and exit with its code."""
    standard.occupy()
    for stream in (sys.stdout, sys.stderr):
        # A file name need not be text in the terminal's encoding. A windowed exe has no stream.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    trayapp(prog_name="trayapp")

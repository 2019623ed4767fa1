"""`trayapp doctor`: print what is found, line by line as it is found."""

import os

import click

from trayapp import doctor, instance
from trayapp.cli.boundary import say
from trayapp.paths import locate


def show_findings(url: str | None) -> None:
    """Exit code 1 when there is something to fix. Raises: TrayAppError."""
    paths = locate(os.environ)
    running = instance.find(paths) if url else instance.require(paths)
    state = running.ask("GET", "/api/state") if running else None
    if url is None and state is not None:
        findings = doctor.examine_service(state, str(paths.config_file))
    else:
        findings = doctor.examine(url or "", state, str(paths.config_file))
    broken = False
    for finding in findings:
        broken = broken or finding.mark == "fix"
        for line in finding.lines():
            say(line)
    if broken:
        raise click.exceptions.Exit(1)

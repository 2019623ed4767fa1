"""The manual page, trayapp(1): troff text made of the command line's own help, so that it names
every command and every option there is."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from inspect import cleandoc

import click

from trayapp.cli.commands import trayapp
from trayapp.config import Config

EXIT_CODES = (
    ("0", "Done, or ended by SIGTERM, Ctrl+C in trayapp run, or Quit in the menu."),
    ("1", "An error that was told."),
    ("2", "A wrong use."),
    ("130", "Interrupted by Ctrl+C."),
)
VARIABLES = (
    ("TRAYAPP_HOME", "One folder for all files of trayapp instead of the system's places."),
    ("TRAYAPP_LOG", "How much the log tells: DEBUG, INFO, WARNING or ERROR."),
)
FILES = (
    ("~/.config/trayapp/config.toml", "The settings; trayapp never writes it."),
    ("~/.local/state/trayapp/trayapp.log", "The log."),
)


def page(version: str, when: int) -> str:
    """The whole page. `when`, in seconds since 1970, is the day that its foot shows."""
    day = datetime.fromtimestamp(when, UTC).date().isoformat()
    context = click.Context(trayapp, info_name="trayapp")
    lines = [
        f'.TH TRAYAPP 1 "{day}" "trayapp {version}" "User Commands"',
        ".SH NAME",
        "trayapp \\- save a file, and the browser page follows",
        ".SH SYNOPSIS",
        *_usage(context),
        ".SH DESCRIPTION",
        *_paragraphs(trayapp.help),
        ".SH OPTIONS",
        *_options(context),
        ".SH COMMANDS",
        *(line for below in _commands(context) for line in _command(below)),
        ".SH EXIT STATUS",
        *_entries(EXIT_CODES),
        ".SH SETTINGS",
        *_paragraphs(
            "In config.toml by their name, in the environment as TRAYAPP_ and the name in capitals."
        ),
        *_entries((one.name, one.metadata["doc"]) for one in fields(Config)),
        ".SH ENVIRONMENT",
        *_entries(VARIABLES),
        ".SH FILES",
        *_entries(FILES),
    ]
    return "\n".join(lines) + "\n"


def _commands(above: click.Context) -> Iterator[click.Context]:
    """A context for each command that help shows, in its order, those of groups after them."""
    group = above.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        if command is not None and not command.hidden:
            below = click.Context(command, info_name=name, parent=above)
            yield below
            yield from _commands(below)


def _command(context: click.Context) -> Iterator[str]:
    yield f".SS {escaped(context.command_path)}"
    yield from _usage(context)
    yield ".PP"
    yield from _paragraphs(context.command.help)
    yield from _options(context)


def _usage(context: click.Context) -> Iterator[str]:
    pieces = " ".join(context.command.collect_usage_pieces(context))
    yield f".B {escaped(context.command_path)}"
    yield escaped(pieces)


def _options(context: click.Context) -> Iterator[str]:
    records = (one.get_help_record(context) for one in context.command.get_params(context))
    shown = (record for record in records if record and record[1] and record[0] != "--help")
    yield from _entries((name, " ".join(text.split())) for name, text in shown)


def _entries(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in rows:
        yield from (".TP", f".B {escaped(name)}", escaped(text))


def _paragraphs(text: str | None) -> Iterator[str]:
    for number, paragraph in enumerate(cleandoc(text or "").split("\n\n")):
        if number:
            yield ".PP"
        yield escaped(" ".join(paragraph.split()))


def escaped(text: str) -> str:
    """One line of text as troff takes it literally: no control line, hyphens that can be copied
    (man-pages(7), "Generating optimal glyphs")."""
    literal = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return f"\\&{literal}" if literal.startswith((".", "'")) else literal

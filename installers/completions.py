"""Shell completions: click's own scripts for bash, zsh and fish, which ask the program itself."""

from click.shell_completion import ShellComplete, get_completion_class

from trayapp.cli.commands import trayapp

FILES = {
    "bash": "bash-completion/completions/trayapp",
    "zsh": "zsh/vendor-completions/_trayapp",
    "fish": "fish/vendor_completions.d/trayapp.fish",
}
"""Where each shell looks by itself, below /usr/share."""


def script(shell: str) -> str:
    """The script for one of `FILES`."""
    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"click has no completions for {shell}")
    # Not kind.source(): that of bash starts the bash of the machine that builds.
    text = ShellComplete.source(kind(trayapp, {}, "trayapp", "_TRAYAPP_COMPLETE"))
    return text.strip() + "\n"

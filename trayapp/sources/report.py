"""The reports of a command, as they are published on the topic `command`: its begin and its end."""

import json

LONGEST_COMMAND = 2000


def begin(name: str, command: str, now: float) -> str:
    """It runs. `command` is its line, cut when it is very long; `now` is Unix time."""
    if len(command) > LONGEST_COMMAND:
        command = command[: LONGEST_COMMAND - 1] + "…"
    return _json({"name": name, "running": True, "command": command, "time": round(now, 3)})


def end(name: str, exit: int, seconds: float, output: str, now: float) -> str:
    """It has ended with `exit`, as shells count, after `seconds`; `output` are its last lines."""
    how = {"name": name, "ok": exit == 0, "exit": exit, "seconds": round(seconds, 3)}
    return _json({**how, "output": output, "time": round(now, 3)})


def _json(report: dict[str, object]) -> str:
    # Bytes of an argument that are no UTF-8 are lone surrogates, which no event can hold.
    return json.dumps(report, ensure_ascii=False).encode("utf-8", "replace").decode()

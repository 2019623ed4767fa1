"""Random things that people and programs do to a folder, each a list of words that fits into JSON.

A step is `[pause, name, *arguments]`, paths relative to the root. Steps know nothing of what is
there: what cannot be done is left out, so that any part of a sequence is a sequence, and a failing
one can be made shorter.
"""

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.watch.exchange import exchange, write_nameless

Step = list[object]

FOLDERS = ("x", "y", "x/z", "build", "node_modules", "new", "y/new")
NAMES = ("a.html", "b.css", "c.log", "keep.log", "d.tmp", ".env")
RULES = ("*.log", "!keep.log", "/build/", "x/", "/y", "b.css", "a.*", "z/")
PAUSES = (0, 0, 0, 0, 0.0005, 0.003, 0.02, 0.06, 0.12)
OUTSIDE = "outside"
"""A folder beside the root, for what is moved in and out."""


# What is done. `at` is the root.


def write(at: Path, path: str, text: str) -> None:
    (at / path).write_text(text)


def append(at: Path, path: str, text: str) -> None:
    with (at / path).open("a") as out:
        out.write(text)


def slow(at: Path, path: str, text: str) -> None:
    with (at / path).open("w", buffering=1) as out:
        out.write(text + "\n")
        time.sleep(0.01)
        out.write(text)


def again(at: Path, path: str) -> None:
    """The same bytes once more."""
    (at / path).write_bytes((at / path).read_bytes())


def stealth(at: Path, path: str) -> None:
    """Other bytes, the same size and time."""
    status = (at / path).stat()
    (at / path).write_bytes(bytes(byte ^ 1 for byte in (at / path).read_bytes()))
    os.utime(at / path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(at: Path, path: str, text: str) -> None:
    temp = (at / path).with_name(f".{Path(path).name}.1a2b")
    temp.write_text(text)
    temp.replace(at / path)


def rename(at: Path, path: str, other: str) -> None:
    (at / path).rename(at / other)


def delete(at: Path, path: str) -> None:
    (at / path).unlink()


def mkdir(at: Path, path: str) -> None:
    (at / path).mkdir(parents=True)


def rmtree(at: Path, path: str) -> None:
    shutil.rmtree(at / path)


def tree_in(at: Path, path: str, text: str) -> None:
    """A folder made elsewhere is moved in whole."""
    made = at.parent / OUTSIDE / f"in-{time.monotonic_ns()}"
    (made / "z").mkdir(parents=True)
    for name in ("a.html", "c.log", "z/b.css"):
        (made / name).write_text(text + name)
    made.rename(at / path)


def out(at: Path, path: str) -> None:
    """Moved out, and written to there; not through a name outside that has others inside: the
    system tells nobody in the root of that."""
    away = at.parent / OUTSIDE / f"out-{time.monotonic_ns()}"
    away.parent.mkdir(exist_ok=True)
    (at / path).rename(away)
    target = away / "a.html" if away.is_dir() and not away.is_symlink() else away
    if target.stat().st_nlink == 1:
        target.write_text("outside")


def copy(at: Path, path: str, other: str) -> None:
    """Not of a folder into itself: that has no end."""
    if f"{other}/".startswith(f"{path}/"):
        return
    if (at / path).is_dir():
        shutil.copytree(at / path, at / other, symlinks=True)
    else:
        shutil.copy2(at / path, at / other)


def swap(at: Path, path: str, other: str) -> None:
    """Two things change places, as in a deployment."""
    third = at / f".third-{time.monotonic_ns()}"
    (at / path).rename(third)
    (at / other).rename(at / path)
    third.rename(at / other)


def switch(at: Path, path: str, other: str) -> None:
    """The same in one step. Not of a folder with what is in it: the system refuses that."""
    exchange(at / path, at / other)


def nameless(at: Path, path: str, text: str) -> None:
    """Written without a name, and linked when it is whole."""
    write_nameless(at / path, text.encode())


def become(at: Path, path: str, kind: str, text: str) -> None:
    """Whatever is there becomes a file, a folder with a file, or a link."""
    _remove(at / path)
    if kind == "file":
        (at / path).write_text(text)
    elif kind == "folder":
        (at / path).mkdir()
        (at / path / "a.html").write_text(text)
    else:
        (at / path).symlink_to(kind)


def link(at: Path, path: str, target: str) -> None:
    (at / path).symlink_to(target)


def relink(at: Path, path: str, target: str) -> None:
    """`ln -sfn` by way of a rename."""
    temp = (at / path).with_name(".link-1a2b")
    temp.symlink_to(target)
    temp.replace(at / path)


def hard(at: Path, path: str, other: str) -> None:
    os.link(at / path, at / other, follow_symlinks=False)


def touch(at: Path, path: str) -> None:
    os.utime(at / path)


def chmod(at: Path, path: str, mode: int) -> None:
    (at / path).chmod(mode)


def rules(at: Path, path: str, lines: list[str]) -> None:
    (at / path).write_text("".join(f"{line}\n" for line in lines))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


DEEDS: dict[str, Callable[..., None]] = {
    deed.__name__: deed
    for deed in (write, append, slow, again, stealth, replace, rename, delete, mkdir, rmtree)
    + (tree_in, out, copy, swap, switch, nameless, become, link, relink, hard, touch, chmod, rules)
}


def do(root: str, step: Step) -> None:
    """One step, if it can be done. A link that leads out of the root is never written through, and
    no ignored name of a file that has others: nobody is told of that."""
    _pause, name, *arguments = step
    try:
        written = arguments[1 if name == "copy" else 0]
        if name in _IN_PLACE and _is_unheard(Path(root), str(written)):
            return
        DEEDS[str(name)](Path(root), *arguments)
    except (OSError, shutil.Error):
        return


_IN_PLACE = frozenset({"write", "append", "slow", "again", "stealth", "copy"})


def _is_unheard(at: Path, path: str) -> bool:
    ignored = path.startswith("node_modules/") or path.endswith((".env", "d.tmp"))
    return ignored and (at / path).exists() and (at / path).stat().st_nlink > 1


def play(sequences: dict[str, list[Step]]) -> None:
    """The sequences of many roots at once, each at its own pace."""
    due = []
    for number, (root, steps) in enumerate(sequences.items()):
        at = 0.0
        for count, step in enumerate(steps):
            assert isinstance(step[0], float | int)
            at += step[0]
            due.append((at, number, count, root, step))
    start = time.monotonic()
    for at, _number, _count, root, step in sorted(due, key=lambda one: one[:3]):
        time.sleep(max(0.0, start + at - time.monotonic()))
        do(root, step)


# Choosing.


def sequence(seed: str, length: int = 12) -> list[Step]:
    """The steps that belong to `seed`, always the same. Where files get several names no rules
    change, so that `_is_unheard` need not know them."""
    rng = random.Random(seed)
    steps = [[rng.choice(PAUSES), *_deed(rng)] for _ in range(rng.randint(1, length))]
    hard = any(step[1] == "hard" for step in steps)
    return [step for step in steps if not hard or step[1] != "rules"]


def _deed(rng: random.Random) -> list[object]:
    name = rng.choice(_WEIGHTED)
    match name:
        case "write" | "append" | "slow" | "replace" | "nameless":
            return [name, _file(rng), _text(rng)]
        case "again" | "stealth" | "touch" | "delete":
            return [name, _file(rng)]
        case "mkdir":
            return [name, rng.choice(FOLDERS[3:])]
        case "rmtree":
            return [name, rng.choice(FOLDERS)]
        case "tree_in":
            return [name, rng.choice(FOLDERS[3:]), _text(rng)]
        case "out":
            return [name, _any(rng)]
        case "become":
            kind = rng.choice(("file", "folder", *_TARGETS))
            return [name, _any(rng), kind, _text(rng)]
        case "link" | "relink":
            return [name, _any(rng), rng.choice(_TARGETS)]
        case "hard":
            return [name, _file(rng), _file(rng)]
        case "chmod":
            return [name, _file(rng), rng.choice((0o600, 0o644))]
        case "rules":
            file = rng.choice((".gitignore", ".gitignore", ".trayappignore"))
            folder = rng.choice(("", "", *FOLDERS))
            lines = rng.sample(RULES, rng.randint(0, 2))
            return [name, f"{folder}/{file}".lstrip("/"), lines]
        case _:  # rename, copy, swap, switch
            folder = rng.choice(FOLDERS[:3])
            pairs = ((_file(rng), _file(rng)), (_any(rng), _any(rng)))
            return [name, *rng.choice((*pairs, (folder, rng.choice(FOLDERS))))]


_WEIGHTED = [
    *["write"] * 6,
    *["rename"] * 4,
    *["delete", "mkdir", "become"] * 3,
    *["replace", "rmtree", "tree_in", "rules"] * 2,
    *["append", "slow", "again", "stealth", "out", "copy", "swap", "nameless"],
    *["switch"] * 2,
    *["link", "relink", "hard", "touch", "chmod"],
]
_TARGETS = ("a.html", "x", "../y", "x/z", "..", "nowhere", "y/b.css")


def _file(rng: random.Random) -> str:
    folder = rng.choice(("", "", "", "x", "x", "x/z", "y", "y", *FOLDERS))
    name = rng.choice(("a.html",) * 4 + ("b.css",) * 3 + ("c.log",) * 2 + NAMES)
    return f"{folder}/{name}".lstrip("/")


def _any(rng: random.Random) -> str:
    return _file(rng) if rng.random() < 0.5 else rng.choice(FOLDERS)


def _text(rng: random.Random) -> str:
    """Few texts, so that a save often changes nothing; sometimes none."""
    return rng.choice(("", "one", "two", "six", f"{rng.random()}"))

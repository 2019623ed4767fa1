"""How programs save a file, each as a function of the file and its new content: one line of text.

Programs that Debian has are started for real. For the others a function makes the system calls they
make; its docstring says where those are known from. `writer` runs all of them in a process of its
own.
"""

import mmap
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

Save = Callable[[Path, bytes], None]


def plain(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def appended(file: Path, content: bytes) -> None:
    """The file is emptied by a shell's `>`, then two programs add to it one after the other."""
    half = len(content) // 2
    for mode, part in (("wb", b""), ("ab", content[:half] + content[half:])):
        with file.open(mode, buffering=0) as out:
            out.write(part)


def truncate_then_write(file: Path, content: bytes) -> None:
    """Two opens: the file is closed empty in between."""
    file.write_bytes(b"")
    with file.open("ab") as out:
        out.write(content)


def slow_truncate_then_write(file: Path, content: bytes) -> None:
    file.write_bytes(b"")
    time.sleep(0.03)
    with file.open("ab") as out:
        out.write(content)


def dot_temp(file: Path, content: bytes) -> None:
    """Atomic rename, with a hidden temp beside the file."""
    temp = file.with_name(f".{file.name}.Xa93kd")
    temp.write_bytes(content)
    temp.replace(file)


def visible_temp(file: Path, content: bytes) -> None:
    """Atomic rename, with a temp that no pattern knows, as many a library does."""
    temp = file.with_name(f"{file.name}.new-1")
    temp.write_bytes(content)
    temp.chmod(0o644)
    temp.replace(file)


def mapped(file: Path, content: bytes) -> None:
    """Through memory: the system reports no write at all, only the close."""
    with file.open("r+b", buffering=0) as out:
        out.truncate(len(content))
        with mmap.mmap(out.fileno(), len(content)) as memory:
            memory[:] = content


def delete_then_create(file: Path, content: bytes) -> None:
    file.unlink()
    time.sleep(0.01)
    file.write_bytes(content)


def _chunks(file: Path, content: bytes, pause: float) -> None:
    third = -(-len(content) // 3)
    with file.open("wb", buffering=0) as out:
        for start in range(0, len(content), third):
            if start:
                time.sleep(pause)
            out.write(content[start : start + third])


def chunks_15ms(file: Path, content: bytes) -> None:
    """One open file, written in pieces."""
    _chunks(file, content, 0.015)


def chunks_100ms(file: Path, content: bytes) -> None:
    _chunks(file, content, 0.1)


def chunks_1s(file: Path, content: bytes) -> None:
    _chunks(file, content, 1.0)


# Programs.


def _source(file: Path, content: bytes) -> Path:
    """A file outside the root with the new content; older and newer ones differ in their time."""
    source = file.parents[2] / "source"  # above the root of either file
    source.write_bytes(content)
    return source


def cp(file: Path, content: bytes) -> None:
    subprocess.run(["cp", _source(file, content), file], check=True)


def cp_p(file: Path, content: bytes) -> None:
    """Sets the time of the file after it has closed it, to one long past."""
    source = _source(file, content)
    os.utime(source, (1_000_000_000, 1_000_000_000))
    subprocess.run(["cp", "-p", source, file], check=True)


def install(file: Path, content: bytes) -> None:
    """`install` deletes the file and makes a new one."""
    subprocess.run(["install", "-m", "644", _source(file, content), file], check=True)


def moved_in(file: Path, content: bytes) -> None:
    """From outside the root: nobody closes it there."""
    _source(file, content).replace(file)


def hard_link(file: Path, content: bytes) -> None:
    """`ln -f`: a second name for a file outside, made aside and renamed over the old one."""
    source = _source(file, content)
    subprocess.run(["ln", "-f", source, file], check=True)
    source.unlink()


def sed(file: Path, content: bytes) -> None:
    """`sed -i`: a temp of six random characters, renamed over the file."""
    subprocess.run(["sed", "-i", f"1s/.*/{content.decode()}/", file], check=True)


def rsync(file: Path, content: bytes) -> None:
    source = _source(file, content)
    subprocess.run(["rsync", "--ignore-times", source, file], check=True)


def rsync_inplace(file: Path, content: bytes) -> None:
    source = _source(file, content)
    subprocess.run(["rsync", "--ignore-times", "--inplace", source, file], check=True)


def _vim(file: Path, content: bytes, options: str) -> None:
    command = ["vim", "-u", "NONE", "-i", "NONE", "-N", "-es", "-c", f"set {options} backupskip="]
    subprocess.run(
        [*command, "-c", f"%s/.*/{content.decode()}/", "-c", "wq", file],
        check=True,
        stdin=subprocess.DEVNULL,
    )


def vim(file: Path, content: bytes) -> None:
    """Its defaults: a backup while it writes, whichever way it finds better."""
    _vim(file, content, "nobackup writebackup backupcopy=auto")


def vim_backup_by_rename(file: Path, content: bytes) -> None:
    """The file is renamed to `file~`, which stays, and made anew."""
    _vim(file, content, "backup backupcopy=no")


def vim_backup_by_copy(file: Path, content: bytes) -> None:
    """The file is copied to `file~`, emptied and written."""
    _vim(file, content, "backup backupcopy=yes")


def nano(file: Path, content: bytes) -> None:
    """Opened in a terminal, the first line cut, typed anew, written, left."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp("nano", ["nano", "--ignorercfiles", str(file)])  # noqa: S606 - into the terminal
    try:
        _read(terminal, b"^X")
        os.write(terminal, b"\x0b" + content + b"\x0f\r")
        _read(terminal, b"Wrote")
        os.write(terminal, b"\x18")
        _read(terminal, b"")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def _read(terminal: int, until: bytes) -> None:
    """Read what a program shows until it shows `until`, for ever when that is empty, or it ends."""
    shown = b""
    deadline = time.monotonic() + 5
    while not (until and until in shown) and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # the program has ended
                return


# The system calls of programs that are not here.


def vim_probe(file: Path, content: bytes) -> None:
    """vim where it is not sure of its rights in a folder: a file `4913` comes and goes first (vim's
    `buf_write`)."""
    probe = file.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = file.with_name(f"{file.name}~")
    file.rename(backup)
    file.write_bytes(content)
    backup.unlink()


def emacs(file: Path, content: bytes) -> None:
    """Emacs 28 on Debian 12, from its strace: a lock that is a dangling link; the first save of a
    session renames the file to its backup; it opens and closes the new one a second time without
    writing to it, and sets its mode at last."""
    lock = file.with_name(f".#{file.name}")
    lock.symlink_to("user@computer.4711")
    file.rename(file.with_name(f"{file.name}~"))
    _write(file, content, os.O_CREAT | os.O_TRUNC)
    _write(file, b"", 0)
    lock.unlink()
    file.chmod(0o644)


def emacs_again(file: Path, content: bytes) -> None:
    """From its strace as well: later saves of the session write in place."""
    lock = file.with_name(f".#{file.name}")
    lock.symlink_to("user@computer.4711")
    _write(file, content, os.O_CREAT | os.O_TRUNC)
    _write(file, b"", 0)
    lock.unlink()


def jetbrains(file: Path, content: bytes) -> None:
    """Safe write (`SafeFileOutputStream` of the IntelliJ platform): the temp beside it, the old one
    set aside for a moment."""
    temp = file.with_name(f"{file.name}___jb_tmp___")
    old = file.with_name(f"{file.name}___jb_old___")
    temp.write_bytes(content)
    file.rename(old)
    temp.rename(file)
    old.unlink()


def vs_code(file: Path, content: bytes) -> None:
    """In place, in pieces of up to 256 KiB, synced before the close (`diskFileSystemProvider`)."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        os.write(descriptor, content)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def vs_code_atomic(file: Path, content: bytes) -> None:
    """Its atomic mode: a temp that ends in `.vsctmp`, renamed over the file."""
    temp = file.with_name(f"{file.name}.vsctmp")
    vs_code(temp, content)
    temp.replace(file)


def sublime(file: Path, content: bytes) -> None:
    """`atomic_save`: a hidden temp beside it gets the mode of the file and replaces it."""
    temp = file.with_name(".subl3a9.tmp")
    temp.write_bytes(content)
    temp.chmod(0o644)
    temp.replace(file)


def gnome(file: Path, content: bytes) -> None:
    """gedit and GNOME Text Editor, through GLib's `g_file_replace`."""
    temp = file.with_name(".goutputstream-5Z1XK2")
    temp.write_bytes(content)
    temp.replace(file)


def kate(file: Path, content: bytes) -> None:
    """Kate and Qt Creator, through Qt's `QSaveFile`: the file's name, a dot, six random letters."""
    temp = file.with_name(f"{file.name}.aXbYcZ")
    temp.write_bytes(content)
    temp.replace(file)


def _write(file: Path, content: bytes, flags: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | flags, 0o666)
    try:
        if content:
            os.write(descriptor, content)
    finally:
        os.close(descriptor)


_QUICK = (plain, appended, truncate_then_write, slow_truncate_then_write, dot_temp, visible_temp)
_ODD = (mapped, delete_then_create, chunks_15ms, chunks_100ms, chunks_1s)
_PROGRAMS = (cp, cp_p, install, moved_in, hard_link, sed, rsync, rsync_inplace)
_EDITORS = (vim, vim_backup_by_rename, vim_backup_by_copy, vim_probe, nano, emacs, emacs_again)
_OTHERS = (jetbrains, vs_code, vs_code_atomic, sublime, gnome, kate)

ALL: dict[str, Save] = {
    save.__name__: save for save in (*_QUICK, *_ODD, *_PROGRAMS, *_EDITORS, *_OTHERS)
}


def programs(name: str) -> list[str]:
    """The programs that a save needs and that not every machine has."""
    program = name.partition("_")[0]
    real = program in ("rsync", "vim", "nano") and name != "vim_probe"
    return [program] if real else []

"""How programs save a file, each as a function of the file and its new content."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

Save = Callable[[Path, bytes], None]


def plain(file: Path, content: bytes) -> None:
    file.write_bytes(content)


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


def atomic_rename(file: Path, content: bytes) -> None:
    """With a dot temp, as rsync does."""
    temp = file.with_name(f".{file.name}.Xa93kd")
    temp.write_bytes(content)
    temp.replace(file)


def visible_temp(file: Path, content: bytes) -> None:
    """With a temp that no pattern knows, as many a library does."""
    temp = file.with_name(f"{file.name}.new-1")
    temp.write_bytes(content)
    temp.chmod(0o644)
    temp.replace(file)


def vim(file: Path, content: bytes) -> None:
    """`backupcopy=no`: probe, rename to the backup, write anew, delete the backup."""
    probe = file.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = file.with_name(f"{file.name}~")
    file.rename(backup)
    file.write_bytes(content)
    backup.unlink()


def jetbrains(file: Path, content: bytes) -> None:
    """Safe write: the temp beside it, the old one set aside for a moment."""
    temp = file.with_name(f"{file.name}___jb_tmp___")
    old = file.with_name(f"{file.name}___jb_old___")
    temp.write_bytes(content)
    file.rename(old)
    temp.rename(file)
    old.unlink()


def delete_then_create(file: Path, content: bytes) -> None:
    file.unlink()
    time.sleep(0.01)
    file.write_bytes(content)


def chunks(file: Path, content: bytes) -> None:
    """One open file, pauses of 100 ms."""
    third = max(1, len(content) // 3)
    with file.open("wb", buffering=0) as out:
        for start in range(0, len(content), third):
            if start:
                time.sleep(0.1)
            out.write(content[start : start + third])


def copied(file: Path, content: bytes) -> None:
    """`cp`, from outside the root."""
    source = file.parents[2] / "source"  # above the root of either file
    source.write_bytes(content)
    subprocess.run(["cp", str(source), str(file)], check=True)


def moved_in(file: Path, content: bytes) -> None:
    """From outside the root: nobody closes it there."""
    source = file.parents[2] / "source"  # above the root of either file
    source.write_bytes(content)
    source.replace(file)


def sed(file: Path, content: bytes) -> None:
    """`sed -i`: a temp of six random characters, renamed over the file."""
    subprocess.run(["sed", "-i", f"1s/.*/{content.decode()}/", str(file)], check=True)


ALL: dict[str, Save] = {
    save.__name__: save
    for save in (
        plain,
        truncate_then_write,
        slow_truncate_then_write,
        atomic_rename,
        visible_temp,
        vim,
        jetbrains,
        delete_then_create,
        chunks,
        copied,
        moved_in,
        sed,
    )
}

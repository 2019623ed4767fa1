"""SHA256SUMS: a checksum for each file that people download. `sha256sum --check` reads it."""

import hashlib
from pathlib import Path

NAME = "SHA256SUMS"


def build(out: Path) -> Path:
    """Write the sums of the files in `out`. Folders are not for download and left out."""
    sums = out / NAME
    files = sorted(file for file in out.iterdir() if file.is_file() and file != sums)
    lines = [f"{_sum(file)}  {file.name}\n" for file in files]
    sums.write_text("".join(lines), encoding="utf-8", newline="\n")
    return sums


def check(artefact: Path) -> None:
    """Read all files again. Raises: SystemExit naming the first that is another one."""
    for line in artefact.read_text("utf-8").splitlines():
        wanted, name = line.split("  ", 1)
        if _sum(artefact.with_name(name)) != wanted:
            raise SystemExit(f"{name} is not what {artefact} says.")


def of_folder(folder: Path) -> str:
    """One sum of all that is in `folder`: names, contents, where links lead, what may be run."""
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        kind = "link" if file.is_symlink() else "folder" if file.is_dir() else "file"
        run = kind == "file" and bool(file.stat().st_mode & 0o100)
        said = str(file.readlink()) if kind == "link" else _sum(file) if kind == "file" else ""
        whole.update(f"{file.relative_to(folder).as_posix()}\0{kind}\0{run}\0{said}\n".encode())
    return whole.hexdigest()


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

"""Which file system a folder lies on, and whether its file events can be believed.

The parsers are pure; `of` reads what they need. A kernel tells of what happens through itself: what
another computer does to a shared folder, or somebody behind the back of a layered file system, it
does not know.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from trayapp.watch.real import real_path

SHARED = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "drvfs", "fakeowner", "gfs2", "glusterfs"}
    | {"gpfs", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "prl_fs", "pvfs2"}
    | {"smb2", "smb3", "smbfs", "v9fs", "vboxsf", "virtiofs", "vmhgfs"}
    | {"afpfs", "ftp", "webdav"}  # macOS
)
"""Others may change them without this kernel knowing: network disks, and folders that a virtual
machine or a container has from its host."""

SHARED_FUSE = frozenset(
    {"bindfs", "ceph", "cephfs", "curlftpfs", "davfs", "gcsfuse", "glusterfs", "goofys"}
    | {"google-drive-ocamlfuse", "grpcfuse", "gvfsd-fuse", "jmtpfs", "juicefs", "kio-fuse"}
    | {"mergerfs", "mount.davfs", "onedriver", "osxfs", "portal", "prl_fsd", "rclone", "s3fs"}
    | {"simple-mtpfs", "smbnetfs", "sshfs", "unionfs", "vmhgfs-fuse"}
)
"""The same, of the programs that present a file system themselves (`fuse.sshfs` …)."""

LOCAL = frozenset(
    {"bcachefs", "btrfs", "devtmpfs", "ext2", "ext3", "ext4", "exfat", "f2fs", "hfs", "hfsplus"}
    | {"jfs", "msdos", "nilfs2", "ntfs3", "ramfs", "reiserfs", "tmpfs", "udf", "vfat", "xfs", "zfs"}
    | {"apfs", "ntfs", "refs", "fat", "fat32"}  # macOS, Windows
)


@dataclass(frozen=True, slots=True)
class FileSystem:
    """`mount_point` is absolute, "" when unknown. `shared`: not everything is told, whatever a
    self-test says. `doubtful`: only a self-test with a file can tell."""

    name: str
    mount_point: str
    shared: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mountinfo (proc(5)). `options` are those of the file system."""

    number: int
    parent: int
    point: str
    name: str
    source: str
    options: tuple[str, ...]


def of(path: str) -> FileSystem:
    """What `path` lies on, links followed; it need not exist. Where nothing can be found out, it is
    taken for local."""
    real = real_path(path)
    if sys.platform == "linux":
        mount = mount_of(real, parse_mountinfo(_mountinfo()))
        return judged(mount, os.path.isdir) if mount else FileSystem("", "")
    if sys.platform == "darwin":
        return macos(real, _mount_table())
    return windows(real, _drive_type(real))


def mounts_in(path: str) -> tuple[Mount, ...]:
    """What is mounted below the folder `path`, links followed; always nothing but on Linux."""
    real = real_path(path)
    mounts = parse_mountinfo(_mountinfo()) if sys.platform == "linux" else ()
    return tuple(mount for mount in mounts if _inside(mount.point, real))


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """The mounts of a mountinfo text, in its order. Lines that make no sense are left out."""
    return tuple(filter(None, map(_mount, text.splitlines())))


def mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that `path` (absolute, free of links) is reached through: from the top down, as the
    kernel walks, so that a mount hidden below another one does not count."""
    table = tuple(mounts)
    numbers = {mount.number for mount in table}
    tops = [m for m in table if m.parent not in numbers or m.parent == m.number]
    here = _nearest(path, tops)
    while here is not None:
        below = [m for m in table if m.parent == here.number and m is not here]
        deeper = _nearest(path, below)
        if deeper is None:
            break
        here = deeper
    return here


def judged(mount: Mount, is_visible: Callable[[str], bool]) -> FileSystem:
    """What to think of `mount`. `is_visible` says whether a folder can be reached by its path: an
    overlay whose upper layer can be reached may be written behind its back, and so may the folder
    that a program such as bindfs shows elsewhere."""
    kind, _, program = mount.name.partition(".")
    if kind == "fuse" and (program in SHARED_FUSE or _is_shown(mount.source, is_visible)):
        return FileSystem(mount.name, mount.point, shared=True)
    if mount.name in SHARED:
        return FileSystem(mount.name, mount.point, shared=True)
    if mount.name == "overlay":
        upper = [o.removeprefix("upperdir=") for o in mount.options if o.startswith("upperdir=")]
        behind = any(map(is_visible, upper))
        return FileSystem(mount.name, mount.point, shared=behind, doubtful=not behind)
    return FileSystem(mount.name, mount.point, doubtful=mount.name not in LOCAL)


def macos(path: str, table: str) -> FileSystem:
    """`table` is what `mount` prints: `//me@nas/web on /Volumes/web (smbfs, nodev)`."""
    best = FileSystem("", "")
    for match in re.finditer(r"^.* on (/.*) \(([^()]+)\)$", table, re.MULTILINE):
        point, (name, *options) = match[1], re.split(r",\s*", match[2])
        if _inside(path, point) and len(point) >= len(best.mount_point):
            shared = name in SHARED or "local" not in options
            best = FileSystem(name, point, shared=shared)
    return best


def windows(path: str, drive_type: int) -> FileSystem:
    r"""`drive_type` is GetDriveType's answer for the drive: 4 is a network drive. `\\nas\web` and
    `\\wsl.localhost\Debian` lie on other machines, and `\\?\C:\web` does not."""
    plain = path.replace("/", "\\")
    if plain.upper().startswith("\\\\?\\UNC\\"):
        plain = "\\\\" + plain[8:]
    plain = re.sub(r"^\\\\[?.]\\", "", plain)
    remote = re.match(r"\\\\[^\\]+\\[^\\]+", plain)
    if remote:
        return FileSystem("network", remote[0], shared=True)
    drive = re.match(r"[A-Za-z]:", plain)
    point = f"{drive[0]}\\" if drive else ""
    return FileSystem("network" if drive_type == 4 else "", point, shared=drive_type == 4)


def _mount(line: str) -> Mount | None:
    """`36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`"""
    left, _, right = line.partition(" - ")
    first, last = left.split(" "), right.split(" ")
    try:
        number, parent, point = int(first[0]), int(first[1]), _unescaped(first[4])
        options = tuple(map(_unescaped, last[2].split(","))) if len(last) > 2 else ()
    except (IndexError, ValueError):
        return None
    name, source = _unescaped(last[0]), _unescaped(last[1]) if len(last) > 1 else ""
    return Mount(number, parent, point, name, source, options) if name else None


def _is_shown(source: str, is_visible: Callable[[str], bool]) -> bool:
    return source.startswith("/") and is_visible(source)


def _unescaped(text: str) -> str:
    r"""The kernel writes blank, tab, newline, backslash and `#` as `\040` …"""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _nearest(path: str, mounts: list[Mount]) -> Mount | None:
    """The one met first on the way to `path`; the latest when several lie on one folder."""
    on_the_way = [m for m in mounts if _inside(path, m.point)]
    shortest = min((len(m.point) for m in on_the_way), default=0)
    return next((m for m in reversed(on_the_way) if len(m.point) == shortest), None)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _mountinfo() -> str:
    try:
        return os.fsdecode(Path("/proc/self/mountinfo").read_bytes())
    except OSError:
        return ""


def _mount_table() -> str:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout)


def _drive_type(path: str) -> int:
    """0, unknown, where there are no drives."""
    if sys.platform != "win32":
        return 0
    import ctypes

    drive = os.path.splitdrive(path)[0]
    return int(ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\"))

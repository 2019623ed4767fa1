"""Which file system a folder lies on, and whether its events can be believed."""

import sys
from pathlib import Path

import pytest

from trayapp.watch.hearing import filesystem
from trayapp.watch.hearing.filesystem import (
    FileSystem,
    judged,
    macos,
    mount_of,
    parse_mountinfo,
    windows,
)

TABLE = r"""21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
22 21 0:20 / /proc rw - proc proc rw
30 21 0:40 / /home rw - btrfs /dev/sdb rw,subvol=/home
31 30 0:41 / /home/a\040b rw,relatime - 9p C:\134 rw,aname=drvfs;path=C:\134
32 30 0:42 / /home/web rw - nfs4 nas:/web rw,vers=4.2
33 32 0:43 / /home/web/tmp rw - tmpfs tmpfs rw
34 21 0:44 / /mnt rw - tmpfs tmpfs rw
35 34 0:45 / /mnt/deep rw - fuse.sshfs me@host: rw,user_id=0
36 34 0:46 / /mnt rw - overlay overlay rw,lowerdir=/l,upperdir=/u\040p,workdir=/w
37 36 0:47 / /mnt/deeper rw master:3 propagate_from:2 - fuseblk /dev/sdc1 rw
nonsense
40 x 0:1 / / rw - ext4 a b
"""
MOUNTS = parse_mountinfo(TABLE)


def nothing_is_visible(_path: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("path", "name", "point"),
    [
        ("/", "ext4", "/"),
        ("/homely", "ext4", "/"),
        ("/home", "btrfs", "/home"),
        ("/home/a b/site", "9p", "/home/a b"),
        ("/home/a", "btrfs", "/home"),
        ("/home/web/html", "nfs4", "/home/web"),
        ("/home/web/tmp/x", "tmpfs", "/home/web/tmp"),
        ("/home/web/tmpx", "nfs4", "/home/web"),
        ("/mnt/site", "overlay", "/mnt"),
        ("/mnt/deep/site", "overlay", "/mnt"),
        ("/mnt/deeper/site", "fuseblk", "/mnt/deeper"),
    ],
)
def test_a_path_lies_on_the_mount_it_is_reached_through(path: str, name: str, point: str) -> None:
    """The mount at /mnt/deep is hidden below the second one at /mnt."""
    mount = mount_of(path, MOUNTS)
    assert mount is not None
    assert (mount.name, mount.point) == (name, point)


def test_a_container_sees_only_its_own_mounts() -> None:
    """The parent of its top is not listed, and its top may be listed late."""
    table = "52 51 0:9 / /web rw - virtiofs web rw\n51 7 0:8 / / rw - overlay overlay rw\n"
    found = [mount_of(path, parse_mountinfo(table)) for path in ("/web/x", "/x")]
    assert [mount.name for mount in found if mount] == [
        "virtiofs",
        "overlay",
    ]


def test_of_two_mounts_on_one_folder_the_later_one_counts() -> None:
    table = "1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /x rw - xfs b rw\n3 1 0:3 / /x rw - nfs c rw\n"
    mount = mount_of("/x/y", parse_mountinfo(table))
    assert mount is not None
    assert mount.name == "nfs"


@pytest.mark.parametrize("text", ["", "nonsense\n", "1 2 3\n", "1 2 0:1 / /x rw -\n"])
def test_a_table_without_the_path_has_no_answer(text: str) -> None:
    assert mount_of("/home", parse_mountinfo(text)) is None


@pytest.mark.parametrize(
    ("name", "shared", "doubtful"),
    [
        ("ext4", False, False),
        ("xfs", False, False),
        ("btrfs", False, False),
        ("tmpfs", False, False),
        ("9p", True, False),
        ("drvfs", True, False),
        ("cifs", True, False),
        ("smb3", True, False),
        ("nfs", True, False),
        ("nfs4", True, False),
        ("vboxsf", True, False),
        ("prl_fs", True, False),
        ("virtiofs", True, False),
        ("ceph", True, False),
        ("fakeowner", True, False),
        ("fuse.sshfs", True, False),
        ("fuse.rclone", True, False),
        ("fuse.bindfs", True, False),
        ("fuse.vmhgfs-fuse", True, False),
        ("fuse.gocryptfs", False, True),
        ("fuse", False, True),
        ("fuseblk", False, True),
        ("overlay", False, True),
        ("aufs", False, True),
        ("brandnewfs", False, True),
    ],
)
def test_others_may_change_what_is_shared(name: str, shared: bool, doubtful: bool) -> None:
    (mount,) = parse_mountinfo(f"1 0 0:1 / / rw - {name} source rw\n")
    assert judged(mount, nothing_is_visible) == FileSystem(name, "/", shared, doubtful)


def test_an_overlay_whose_upper_layer_is_in_reach_may_be_written_behind_its_back() -> None:
    mount = mount_of("/mnt/site", MOUNTS)
    assert mount is not None
    assert judged(mount, lambda path: path == "/u p").shared
    assert judged(mount, lambda path: path == "/l").doubtful


@pytest.mark.parametrize("name", ["fuse", "fuse.gocryptfs"])
def test_a_folder_shown_elsewhere_by_a_program_may_be_written_itself(name: str) -> None:
    (mount,) = parse_mountinfo(f"1 0 0:1 / / rw - {name} /home/me/site rw\n")
    assert judged(mount, lambda path: path == "/home/me/site").shared
    assert judged(mount, nothing_is_visible).doubtful
    (disk,) = parse_mountinfo("1 0 0:1 / / rw - fuseblk /dev/sdb1 rw\n")
    assert judged(disk, nothing_is_visible).doubtful


@pytest.mark.parametrize(
    ("path", "name", "shared"),
    [
        ("/Users/me/site", "apfs", False),
        ("/Volumes/web/site", "smbfs", True),
        ("/Volumes/My Web (2)/site", "webdav", True),
        ("/Volumes/web2", "apfs", False),
        ("/net/nas", "autofs", True),
    ],
)
def test_macos_says_which_disks_are_local(path: str, name: str, shared: bool) -> None:
    table = (
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)\n"
        "/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)\n"
        "map auto_home on /net (autofs, automounted, nobrowse)\n"
        "//me@nas/web on /Volumes/web (smbfs, nodev, nosuid, mounted by me)\n"
        "https://dav/ on /Volumes/My Web (2) (webdav, nodev)\n"
    )
    found = macos(path, table)
    assert (found.name, found.shared, found.doubtful) == (name, shared, False)


@pytest.mark.parametrize(
    ("path", "drive_type", "shared", "point"),
    [
        ("C:\\site", 3, False, "C:\\"),
        ("Z:\\site", 4, True, "Z:\\"),
        ("\\\\nas\\web\\site", 0, True, "\\\\nas\\web"),
        ("//nas/web/site", 0, True, "\\\\nas\\web"),
        ("\\\\wsl.localhost\\Debian\\home", 0, True, "\\\\wsl.localhost\\Debian"),
        ("\\\\?\\UNC\\nas\\web\\site", 0, True, "\\\\nas\\web"),
        ("\\\\?\\C:\\site", 3, False, "C:\\"),
        ("\\\\.\\C:\\site", 3, False, "C:\\"),
    ],
)
def test_windows_says_which_drives_are_elsewhere(
    path: str, drive_type: int, shared: bool, point: str
) -> None:
    found = windows(path, drive_type)
    assert (found.shared, found.mount_point) == (shared, point)


def test_this_folder_lies_somewhere(tmp_path: Path) -> None:
    found = filesystem.of(str(tmp_path))
    assert not found.shared
    if sys.platform == "linux":
        assert Path(found.mount_point).is_mount()
        assert found.name
        assert filesystem.of(str(tmp_path / "missing" / "x")) == found
        assert filesystem.of("/proc/self").name == "proc"


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table")
def test_links_are_followed_first(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc")
    assert filesystem.of(str(tmp_path / "link" / "self")).name == "proc"

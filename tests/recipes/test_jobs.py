"""What runs by itself tells how it went: jobs, units, scans, and another machine."""

import re
import stat
import subprocess

from tests.conftest import need
from tests.recipes.workplace import Workplace

PATH_OF_CRON = "/usr/bin:/bin"


def _program(place: Workplace, name: str, text: str) -> None:
    file = place.home / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_cron_tells_of_a_failed_job(workplace: Workplace) -> None:
    """The line is split and run as cron(8) does: five fields, `sh -c`, hardly any environment."""
    (line,) = workplace.blocks("cron")
    _program(workplace, "bin/backup", "exit 1")
    match = re.fullmatch(r"(?:[*\d/,-]+ ){5}(.*)\n", line.text)
    assert match, line.text
    assert not re.search(r"(?<!\\)%", match[1])
    done = subprocess.run(
        ["/bin/sh", "-c", match[1]],
        cwd=workplace.home,
        env={"HOME": str(workplace.home), "PATH": PATH_OF_CRON, "LOGNAME": "me"},
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert done.returncode == 0, done.stderr
    notice = workplace.event("notify")
    assert (notice["title"], notice["message"]) == ("Backup", "It has failed.")
    assert notice["priority"] == 4


def test_crontab_takes_the_line(workplace: Workplace) -> None:
    need("crontab")
    (line,) = workplace.blocks("cron")
    (workplace.folder / "crontab").write_text(line.text)
    done = workplace.type("crontab -n crontab")
    assert done.returncode == 0, done.stderr


def test_a_failed_unit_tells_and_the_units_are_sound(workplace: Workplace) -> None:
    need("systemd-analyze")
    units = [workplace.paste(block, workplace.home) for block in workplace.blocks("A systemd unit")]
    _program(workplace, "bin/backup", "exit 1")
    done = workplace.type(
        f"systemd-analyze verify --user --man=no {' '.join(map(str, units))}",
        environ={"XDG_RUNTIME_DIR": str(workplace.folder)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    tell = next(unit for unit in units if unit.name == "tell@.service")
    line = re.search(r"^ExecStart=(.*)$", tell.read_text(), re.MULTILINE)
    assert line
    done = workplace.type(line[1].replace("%i", "backup.service"))
    assert done.returncode == 0, done.stderr
    notice = workplace.event("notify")
    assert (notice["title"], notice["message"]) == ("Failed", "backup.service")

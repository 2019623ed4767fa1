"""Which files a walk comes by."""

from pathlib import Path

import pytest

from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.walk import walk


def test_what_may_not_be_looked_at_counts_as_absent(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on file systems that leave it to a look at each entry whether it is a folder."""

    class Closed:
        name = "closed.html"

        def is_dir(self, *, follow_symlinks: bool) -> bool:
            raise PermissionError

    monkeypatch.setattr("trayapp.watch.walk._listing", lambda _folder: [Closed()])
    assert list(walk(str(site), Ignore())) == []

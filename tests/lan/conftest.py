"""Two computers and a cable."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import need
from tests.hostile.network import Lan, two_computers


@pytest.fixture(scope="module")
def computers() -> Iterator[Lan]:
    """Skipped without root; fails without it under CI=true."""
    need("ip", "nsenter")
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("network namespaces need root")
    with two_computers() as lan:
        yield lan

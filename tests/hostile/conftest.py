"""The servers under attack, one of each for all cases."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.hostile import places
from tests.hostile.network import HOST_ADDRESS, two_computers
from tests.hostile.phone import Phone
from tests.hostile.places import Place
from tests.hostile.program import started
from tests.support import wait_for


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with places.the_service(tmp_path_factory.mktemp("hostile-home")) as place:
        yield place


@pytest.fixture(scope="module")
def lan() -> Iterator[Place]:
    """Skipped without root; fails without it under CI=true."""
    need("ip")
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("network namespaces need root")
    with two_computers() as computers, places.the_lan(computers) as place:
        yield place


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("hostile-site")
    with places.a_site(folder) as place:
        yield place


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """Skipped without root; fails without it under CI=true."""
    need("ip", "nsenter", "ss")
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("network namespaces need root")
    with (
        two_computers() as lan,
        started(tmp_path_factory.mktemp("shared"), "--lan", within=lan.host) as program,
    ):
        phone = Phone(lan, program)
        wait_for(lambda: phone.reaches(HOST_ADDRESS), 10, "the listener on the LAN")
        yield phone

"""Fixtures of the web room."""

import pytest

from tests.web.fakes import Site


@pytest.fixture
def site() -> Site:
    return Site()

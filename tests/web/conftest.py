"""Fixtures of the web room."""

import pytest

from tests.web.fakes import Site


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def quiet() -> Site:
    """For what is refused: nothing may ever be published on it. To make one for each case would
    take longer than the cases."""
    return Site()

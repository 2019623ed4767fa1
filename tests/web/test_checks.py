"""Checks that stand behind others, and must hold without them."""

import pytest

from trayapp.web.checks import check_control
from trayapp.web.refusal import Refusal
from trayapp.web.request import Request


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]"])
@pytest.mark.parametrize("source", ["192.168.1.20", "8.8.8.8", "", "fe80::1%eth0"])
def test_control_is_for_this_computer_whatever_host_is_named(source: str, host: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "HTTP_HOST": host, "REMOTE_ADDR": source}
    with pytest.raises(Refusal):
        check_control(Request.of(environ))
    check_control(Request.of(environ | {"REMOTE_ADDR": "127.0.0.1"}))

"""Which cases test_requests.py does not expect to be answered as the file wants, and why."""

_WHOLE_POLICY = 6

LATER: dict[str, int] = dict.fromkeys(
    ["ctl-ok", "ctl-badjson", "ctl-wrongtype", "ctl-deepjson"]  # of /api/lan, which is not there
    + ["name-00", "name-01", "name-02", "name-03", "name-05", "name-06", "name-07", "name-09"]
    + ["name-10", "name-11", "name-symlink-out", "name-dot", "cfg-perm", "cfg-root"]
    + ["ipc-port-squat", "lan-global-v6", "lan-off-rebind", "lim-conns", "lim-slowbody"]
    + ["lim-slowreader", "br-es-3000", "br-es-127", "br-es-https", "br-es-file-nokey"]
    + ["br-es-evil", "br-es-evil-sandbox", "br-es-redirect", "br-post-evil", "br-script-evil"]
    + ["br-rebind", "br-zero", "br-dashboard-xss", "br-token-fragment", "br-csp-page"],
    _WHOLE_POLICY,
)
"""Case id: the issue that brings what it needs, or the test of its own that it is described as."""

CONTRADICTED: dict[str, str] = {
    "file-bad-35": "a site that holds index.html answers / with it; no listing is ever shown",
}
"""Case id: why the answer it wants is not the right one."""

ELSEWHERE: dict[str, str] = {
    "lim-badtoken": "web/test_guard.py::"
    "test_many_wrong_tokens_are_limited_and_the_right_one_still_works",
    "lim-headers": "hostile/test_limits.py::test_a_head_too_large_is_refused",
    "lan-own-ip": "hostile/test_limits.py::"
    "test_this_computer_needs_no_key_under_its_own_lan_address",
    "log-url": "hostile/test_limits.py::test_the_log_holds_no_key_and_no_raw_line_end",
}
"""Case id of another kind than `http` and `raw`: the test that covers it."""

"""Which cases test_requests.py does not send, or does not want answered as the file does."""

CONTRADICTED: dict[str, str] = {
    "file-bad-35": "a site that holds index.html answers / with it; no listing is ever shown",
}
"""Case id: why the answer it wants is not the right one."""

_PAGES = "hostile/test_pages.py::test_a"

ELSEWHERE: dict[str, str] = {
    "lim-badtoken": "web/test_guard.py::"
    "test_many_wrong_tokens_are_limited_and_the_right_one_still_works",
    "lim-headers": "hostile/test_limits.py::test_a_head_too_large_is_refused",
    "lan-own-ip": "hostile/test_limits.py::"
    "test_this_computer_needs_no_key_under_its_own_lan_address",
    "log-url": "hostile/test_limits.py::test_the_log_holds_no_key_and_no_raw_line_end",
    **dict.fromkeys(
        ["name-00", "name-01", "name-02", "name-03", "name-05", "name-06", "name-07", "name-09"]
        + ["name-10", "name-11"],
        "hostile/test_names.py::test_an_odd_name_is_one_event_and_text",
    ),
    "name-symlink-out": "hostile/test_names.py::"
    "test_a_link_out_of_the_folder_tells_nothing_of_where_it_leads",
    "name-dot": "hostile/test_names.py::test_hidden_files_and_modules_tell_nothing",
    "cfg-perm": "hostile/test_program.py::test_files_are_made_private_from_their_first_moment",
    "cfg-root": "hostile/test_program.py::test_a_folder_that_is_too_wide_is_not_watched_unasked",
    "ipc-port-squat": "hostile/test_program.py::test_who_took_the_port_is_never_told_the_token",
    "lim-slowbody": "hostile/test_program.py::test_a_body_that_comes_by_the_second_is_given_up",
    "lim-slowreader": "torture/test_slow.py::"
    "test_stalled_readers_cost_the_history_and_delay_nobody",
    "lan-global-v6": "hostile/test_lan.py::test_it_never_listens_on_an_address_of_the_internet",
    "lan-off-rebind": "hostile/test_lan.py::test_off_ends_its_streams_and_no_others",
    "lim-conns": "hostile/test_lan.py::test_the_thirteenth_stream_of_a_device_is_told_busy",
    "br-es-3000": f"{_PAGES}_page_of_this_computer_reads",
    "br-es-127": f"{_PAGES}_page_of_this_computer_reads",
    "br-es-https": f"{_PAGES}_page_of_this_computer_reads",
    "br-es-file-nokey": f"{_PAGES}_page_from_disk_needs_the_key",
    "br-es-evil": f"{_PAGES}_foreign_site_reads_nothing",
    "br-es-evil-sandbox": f"{_PAGES}_frame_without_an_origin_reads_and_publishes_nothing",
    "br-es-redirect": f"{_PAGES}_redirect_to_the_stream_reads_nothing",
    "br-post-evil": f"{_PAGES}_foreign_site_publishes_nothing",
    "br-script-evil": "hostile/test_pages.py::test_what_a_foreign_site_includes_gives_it_nothing",
    "br-rebind": f"{_PAGES}_rebound_name_reads_nothing",
    "br-zero": "hostile/test_pages.py::test_the_address_of_nobody_reads_nothing",
    "br-dashboard-xss": f"{_PAGES}_file_name_on_the_dashboard_is_text",
    "br-token-fragment": "hostile/test_pages.py::"
    "test_the_code_of_the_dashboard_is_spent_and_told_to_nobody",
    "br-csp-page": "browser/test_policy.py::"
    "test_without_the_permission_the_console_names_the_directive",
}
"""Case id of another kind than `http` and `raw`: the test that covers it."""

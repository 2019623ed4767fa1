"""Tokens, one-time codes and wrong guesses."""

import hashlib
import hmac

import pytest

from trayapp.web.peeruser import Kind
from trayapp.web.tokens import CODE_LIFETIME, WRONG_LIMIT, WRONG_WINDOW, Tokens, Verdict


@pytest.fixture
def tokens() -> Tokens:
    return Tokens("the-control-token")


def test_the_control_token_is_right_and_nothing_else(tokens: Tokens) -> None:
    assert tokens.check("the-control-token", 0) is Verdict.RIGHT
    for wrong in (
        "",
        "the-control-toke",
        "the-control-tokenx",
        "éé",
        "\udcff",
        "THE-CONTROL-TOKEN",
    ):
        assert tokens.check(wrong, 0) is Verdict.WRONG


def test_an_empty_control_token_opens_nothing() -> None:
    assert Tokens("").check("", 0) is Verdict.WRONG


def test_a_code_buys_one_session_token_once(tokens: Tokens) -> None:
    code = tokens.issue_code(0)
    verdict, session = tokens.trade(code, 1)
    assert verdict is Verdict.RIGHT
    assert tokens.check(session, 1) is Verdict.SESSION
    assert tokens.trade(code, 2) == (Verdict.REUSED, "")
    assert tokens.trade(code, CODE_LIFETIME) == (Verdict.WRONG, "")


def test_a_code_in_the_hands_of_another_user_buys_nothing_and_stays_good(tokens: Tokens) -> None:
    code = tokens.issue_code(0)
    assert tokens.trade(code, 1, peer=Kind.OTHER) == (Verdict.STRANGER, "")
    assert tokens.trade("wrong", 1, peer=Kind.OTHER) == (Verdict.WRONG, "")
    assert tokens.trade(code, 2, peer=Kind.OURS)[0] is Verdict.RIGHT


def test_without_a_code_this_user_is_let_in_once_for_each_launch(tokens: Tokens) -> None:
    assert tokens.enter(0, peer=Kind.OURS) == (Verdict.WRONG, "")
    tokens.expect(0)
    for peer in (Kind.OTHER, Kind.UNKNOWN):
        assert tokens.enter(1, peer=peer) == (Verdict.WRONG, "")
    verdict, session = tokens.enter(1, peer=Kind.OURS)
    assert verdict is Verdict.RIGHT
    assert tokens.check(session, 1) is Verdict.SESSION
    assert tokens.enter(1, peer=Kind.OURS) == (Verdict.WRONG, "")
    tokens.expect(2)
    assert tokens.enter(2 + CODE_LIFETIME, peer=Kind.OURS) == (Verdict.WRONG, "")


def test_sessions_are_listed_and_end_one_by_one_or_all(tokens: Tokens) -> None:
    first = tokens.trade(tokens.issue_code(0), 1, browser="Linux, Firefox")[1]
    second = tokens.trade(tokens.issue_code(0), 2)[1]
    tokens.check(first, 5)
    newest, oldest = tokens.sessions(10, 1000)
    assert (newest.session, newest.begun, newest.used) == (2, 992, 992)
    assert (oldest.session, oldest.browser, oldest.used) == (1, "Linux, Firefox", 995)
    assert oldest.opened == "a one-time code"
    assert tokens.session_name(first) == "dashboard 1 (Linux, Firefox, opened by a one-time code)"
    assert not tokens.end_session(3)
    assert tokens.end_session(1)
    assert tokens.check(first, 11) is Verdict.WRONG
    assert tokens.check(second, 11) is Verdict.SESSION
    code = tokens.issue_code(11)
    assert tokens.end_sessions() == 1
    assert tokens.sessions(12, 1000) == ()
    assert tokens.trade(code, 12) == (Verdict.WRONG, "")


def test_a_code_dies_after_its_lifetime(tokens: Tokens) -> None:
    code = tokens.issue_code(0)
    assert tokens.trade(code, CODE_LIFETIME) == (Verdict.WRONG, "")


def test_codes_do_not_disturb_each_other(tokens: Tokens) -> None:
    first, second = tokens.issue_code(0), tokens.issue_code(1)
    assert first != second
    assert tokens.trade(second, 2)[0] is Verdict.RIGHT
    assert tokens.trade(first, 2)[0] is Verdict.RIGHT


def test_guessing_is_limited_and_the_right_token_still_works(tokens: Tokens) -> None:
    verdicts = [tokens.check("wrong", 0.01 * number) for number in range(100)]
    assert verdicts[:WRONG_LIMIT] == [Verdict.WRONG] * WRONG_LIMIT
    assert set(verdicts[WRONG_LIMIT:]) == {Verdict.LIMITED}
    assert tokens.check("the-control-token", 1) is Verdict.RIGHT
    assert tokens.check("wrong", WRONG_WINDOW + 2) is Verdict.WRONG


def test_wrong_codes_count_as_wrong_guesses(tokens: Tokens) -> None:
    for _ in range(WRONG_LIMIT):
        tokens.trade("wrong", 0)
    assert tokens.trade("wrong", 0)[0] is Verdict.LIMITED
    assert tokens.trade(tokens.issue_code(0), 0)[0] is Verdict.RIGHT


def test_the_number_of_codes_and_sessions_is_bounded(tokens: Tokens) -> None:
    codes = [tokens.issue_code(0) for _ in range(100)]
    assert tokens.trade(codes[0], 1)[0] is Verdict.WRONG
    oldest = tokens.trade(codes[-1], 1)[1]
    for _ in range(100):
        tokens.trade(tokens.issue_code(1), 1)
    assert tokens.check(oldest, 1) is Verdict.WRONG


def test_the_proof_is_an_hmac_of_the_nonce(tokens: Tokens) -> None:
    message = b"trayapp-proof:00112233445566778899aabbccddeeff"
    wanted = hmac.new(b"the-control-token", message, hashlib.sha256).hexdigest()
    assert tokens.proof("00112233445566778899aabbccddeeff") == wanted

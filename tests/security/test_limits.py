"""What one client can't have by asking often."""

import base64
import threading
import time
from typing import Any

import pytest
from tests.security.conftest import Ask
from tests.security.in_process import InProcess
from tests.support.clients import new_account

from strongroom.audit.lookup import AuditPage, AuditQuery
from strongroom.audit.trail import SEARCHES_AT_ONCE
from strongroom.core.errors import Throttled
from strongroom.core.secret import SecretBytes
from strongroom.identity.mfa import MOST_WRONG_CODES, STEP_SECONDS, WRONG_CODE_SECONDS, WrongCodes, code_at


def test_codes_are_looked_at_again_once_the_wrong_ones_are_old() -> None:
    """Tries in vain do not lengthen the wait, and another device is not touched."""
    wrong, now = WrongCodes(), 1_000_000.0
    for number in range(MOST_WRONG_CODES):
        assert wrong.may_try("device", now + number)
        wrong.note("device", now + number)
    wrong.note("device", now + 599)
    assert not wrong.may_try("device", now + 599)
    assert wrong.may_try("another", now + 599)
    assert wrong.may_try("device", now + WRONG_CODE_SECONDS + 1)


def test_a_second_factor_can_not_be_guessed(node: InProcess, ask: Ask) -> None:
    """After five wrong codes the right one is refused too, in the same words."""
    account = new_account()
    ask(account, "iam", "CreateUser", UserName="alice")
    _, answer = ask(account, "iam", "CreateAccessKey", UserName="alice")
    alice = answer["AccessKey"]
    _, made = ask(account, "iam", "CreateVirtualMFADevice", VirtualMFADeviceName="device")
    serial, seed = made["VirtualMFADevice"]["SerialNumber"], made["VirtualMFADevice"]["Base32StringSeed"]
    key = SecretBytes(base64.b32decode(seed if isinstance(seed, bytes) else seed.encode()))
    step = int(time.time()) // STEP_SECONDS
    codes = {"AuthenticationCode1": code_at(key, step - 1), "AuthenticationCode2": code_at(key, step)}
    assert ask(account, "iam", "EnableMFADevice", UserName="alice", SerialNumber=serial, **codes)[0] == ""
    right = code_at(key, step + 1)
    guesses = [code for code in (f"{number:06d}" for number in range(20)) if code not in {*codes.values(), right}]

    def told(code: str) -> bytes:
        members = {"SerialNumber": serial, "TokenCode": code}
        answer = node.send(node.request("sts", "GetSessionToken", members, alice["AccessKeyId"], secret=alice["SecretAccessKey"]))
        return answer.body.partition(b"<RequestId>")[0]

    refusals = {told(code) for code in guesses[:MOST_WRONG_CODES]}
    assert {told(right)} == refusals
    assert b"AccessDenied" in refusals.pop()


def test_searches_leave_threads_for_other_calls(node: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """One search more than may run at once is turned away."""
    trail, go_on, page = node.node.trail, threading.Event(), AuditPage([], None)
    running = threading.Semaphore(0)

    def wait(*_arguments: Any) -> AuditPage:
        running.release()
        go_on.wait(10)
        return page

    monkeypatch.setattr(trail._search, "search", wait)
    query = AuditQuery("111122223333", None, 0, 1, bool)
    threads = [threading.Thread(target=trail.search, args=(query, 1, None)) for _ in range(SEARCHES_AT_ONCE)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert running.acquire(timeout=10)
    with pytest.raises(Throttled):
        trail.search(query, 1, None)
    go_on.set()
    for thread in threads:
        thread.join()
    assert trail.search(query, 1, None) is page


def test_a_request_with_countless_mistakes_is_told_a_hundred(ask: Ask) -> None:
    """A megabyte of empty tags was answered with sixty."""
    code, text = ask(new_account(), "kms", "TagResource", KeyId="a", Tags=[{}] * 5000)
    assert (code, text[:31], text.count("; ")) == ("ValidationException", "100 validation errors detected:", 99)
    code, text = ask(new_account(), "secretsmanager", "CreateSecret", Name="a", Tags=[{"Key": ""}] * 5000)
    assert (code, text[:31]) == ("ValidationException", "100 validation errors detected:")

"""A second factor over the wire: what MFA opens, once for each code."""

import base64
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.sts.support import refused, role

from strongroom.core.secret import SecretBytes
from strongroom.identity.mfa import STEP_SECONDS, code_at

Make = Callable[..., Clients]
WITH_MFA = {"Effect": "Allow", "Action": ["iam:*", "kms:*"], "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


class Phone:
    """An authenticator app with the seed of a device. It shows each code once, as a patient user would type them."""

    def __init__(self, clients: Clients, user: str) -> None:
        made = clients.iam.create_virtual_mfa_device(VirtualMFADeviceName=f"{user}-phone")["VirtualMFADevice"]
        self.serial = made["SerialNumber"]
        self._seed = SecretBytes(base64.b32decode(made["Base32StringSeed"]))
        self._step = int(time.time()) // STEP_SECONDS - 1
        clients.iam.enable_mfa_device(
            UserName=user, SerialNumber=self.serial, AuthenticationCode1=self.code(), AuthenticationCode2=self.code()
        )

    def code(self) -> str:
        """Return the next code; the server takes one that is half a minute early."""
        code = code_at(self._seed, self._step)
        self._step += 1
        return code


@pytest.fixture
def alice(clients: Clients, make_user: Make) -> Clients:
    """A user who may do anything with keys and users once she has proved a second factor."""
    return make_user(clients, "alice", WITH_MFA)


def test_a_session_with_mfa_opens_what_the_key_alone_does_not(clients: Clients, alice: Clients, with_credentials: Make) -> None:
    """Not the long-lived key, not a session without MFA; and a code works once."""
    phone = Phone(clients, "alice")
    assert refused(alice.kms.list_keys)[0] == "AccessDeniedException"
    plain = with_credentials(clients, alice.sts.get_session_token()["Credentials"])
    assert refused(plain.kms.list_keys)[0] == "AccessDeniedException"
    assert refused(plain.iam.list_users)[0] == "AccessDenied"
    code = phone.code()
    proved = with_credentials(clients, alice.sts.get_session_token(SerialNumber=phone.serial, TokenCode=code)["Credentials"])
    proved.kms.list_keys()
    proved.iam.list_users()
    again = refused(partial(alice.sts.get_session_token, SerialNumber=phone.serial, TokenCode=code))
    assert again == ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")


def test_a_role_may_ask_for_mfa(clients: Clients, alice: Clients, with_credentials: Make) -> None:
    """In its trust policy; another user's device, a wrong code and no code are denied."""
    user = f"arn:aws:iam::{clients.account_id}:user/alice"
    arn = role(clients, "ops", user, WITH_MFA | {"Condition": {}}, Bool={"aws:MultiFactorAuthPresent": "true"})
    clients.iam.create_user(UserName="bob")
    phone, other = Phone(clients, "alice"), Phone(clients, "bob")
    assume = partial(alice.sts.assume_role, RoleArn=arn, RoleSessionName="s1")
    right = phone.code()
    wrong: list[Any] = [
        {},
        {"SerialNumber": other.serial, "TokenCode": other.code()},
        {"SerialNumber": phone.serial, "TokenCode": f"{(int(right) + 1) % 10**6:06d}"},
    ]
    for more in wrong:
        assert refused(partial(assume, **more))[0] == "AccessDenied"
    given = assume(SerialNumber=phone.serial, TokenCode=right)["Credentials"]
    with_credentials(clients, given).kms.list_keys()

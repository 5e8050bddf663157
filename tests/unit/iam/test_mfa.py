"""Virtual MFA devices and what they prove."""

import base64

import pytest
from tests.unit.identity.bench import ACCOUNT, Bench, allow, trust

from strongroom.core.errors import AccessDenied, ApiError, ValidationFailed
from strongroom.core.secret import SecretBytes
from strongroom.identity.mfa import STEP_SECONDS, code_at

RFC_SEED = SecretBytes(b"12345678901234567890")


@pytest.mark.parametrize(
    ("time", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(time: int, code: str) -> None:
    """Appendix B, SHA-1, the last six of its eight digits."""
    assert code_at(RFC_SEED, time // STEP_SECONDS) == code


class Device:
    """A virtual device in a test's hand."""

    def __init__(self, bench: Bench, name: str = "phone") -> None:
        made = bench.iam("CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.bench = bench
        self.serial: str = made["SerialNumber"]
        self.seed = SecretBytes(base64.b32decode(made["Base32StringSeed"]))

    def code(self, ahead: int = 0) -> str:
        """Return the code of now, or of steps ahead."""
        return code_at(self.seed, int(self.bench.now) // STEP_SECONDS + ahead)

    def enable(self, name: str | None) -> None:
        """Give the device to a user, or to the root user."""
        request = {} if name is None else {"UserName": name}
        codes = {"AuthenticationCode1": self.code(-1), "AuthenticationCode2": self.code()}
        self.bench.iam("EnableMFADevice", SerialNumber=self.serial, **codes, **request)
        self.bench.now += STEP_SECONDS


def test_a_device_is_enabled_listed_and_taken_away(bench: Bench) -> None:
    """It is deleted only when nobody has it."""
    bench.iam("CreateUser", UserName="alice")
    device = Device(bench)
    assert device.serial == f"arn:aws:iam::{ACCOUNT}:mfa/phone"
    device.enable("alice")
    listed = bench.iam("ListMFADevices", UserName="alice")["MFADevices"]
    assert [(entry["UserName"], entry["SerialNumber"]) for entry in listed] == [("alice", device.serial)]
    assert bench.iam("GetMFADevice", UserName="alice", SerialNumber=device.serial)["SerialNumber"] == device.serial
    assert [len(bench.iam("ListVirtualMFADevices", AssignmentStatus=s)["VirtualMFADevices"]) for s in ("Assigned", "Unassigned")] == [1, 0]
    assert bench.iam("ListVirtualMFADevices")["VirtualMFADevices"][0]["User"]["UserName"] == "alice"
    for operation in ("DeleteVirtualMFADevice", "DeleteUser"):
        request = {"SerialNumber": device.serial} if operation != "DeleteUser" else {"UserName": "alice"}
        with pytest.raises(ApiError) as refused:
            bench.iam(operation, **request)
        assert refused.value.code == "DeleteConflict"
    bench.iam("DeactivateMFADevice", UserName="alice", SerialNumber=device.serial)
    bench.iam("DeleteVirtualMFADevice", SerialNumber=device.serial)
    bench.iam("DeleteUser", UserName="alice")


def test_two_consecutive_codes_are_needed(bench: Bench) -> None:
    """Wrong, swapped, or not neighbours: InvalidAuthenticationCode."""
    bench.iam("CreateUser", UserName="alice")
    device = Device(bench)
    for first, second in ((device.code(), device.code()), (device.code(), device.code(-1)), ("000000", device.code())):
        with pytest.raises(ApiError) as refused:
            bench.iam(
                "EnableMFADevice", UserName="alice", SerialNumber=device.serial, AuthenticationCode1=first, AuthenticationCode2=second
            )
        assert refused.value.code == "InvalidAuthenticationCode"


def test_the_root_user_has_devices(bench: Bench) -> None:
    """The summary says so."""
    device = Device(bench)
    device.enable(None)
    assert bench.iam("GetAccountSummary")["SummaryMap"]["AccountMFAEnabled"] == 1
    assert bench.iam("ListVirtualMFADevices")["VirtualMFADevices"][0]["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    made = bench.sts("GetSessionToken", SerialNumber=device.serial, TokenCode=device.code())["Credentials"]
    session = bench.principal_of(made).session
    assert session is not None
    assert session.mfa_at == bench.now


def test_a_code_serves_once(bench: Bench) -> None:
    """Who looks over a shoulder comes too late."""
    alice = bench.user("alice")
    device = Device(bench)
    device.enable("alice")
    request = {"SerialNumber": device.serial, "TokenCode": device.code()}
    bench.sts("GetSessionToken", alice, **request)
    with pytest.raises(AccessDenied, match=r"MultiFactorAuthentication failed with invalid MFA one time pass code\."):
        bench.sts("GetSessionToken", alice, **request)
    bench.now += STEP_SECONDS
    bench.sts("GetSessionToken", alice, SerialNumber=device.serial, TokenCode=device.code())


def test_a_trust_policy_may_ask_for_a_second_factor(bench: Bench) -> None:
    """It sees the code of the request, and the session keeps it."""
    alice = bench.user("alice", allow("sts:AssumeRole"), allow("iam:ListUsers"))
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    bench.iam("CreateRole", RoleName="safe", AssumeRolePolicyDocument=trust({"AWS": alice.arn}, Condition=condition))
    device = Device(bench)
    device.enable("alice")
    with pytest.raises(AccessDenied, match="sts:AssumeRole"):
        bench.assume(alice, "safe")
    session = bench.assume(alice, "safe", SerialNumber=device.serial, TokenCode=device.code()).session
    assert session is not None
    assert session.mfa_at == bench.now


def test_anothers_device_proves_nothing(bench: Bench) -> None:
    """Nor one that does not exist, nor a code without a serial number."""
    alice, _ = bench.user("alice"), bench.user("bob")
    device = Device(bench)
    device.enable("bob")
    for serial in (device.serial, f"arn:aws:iam::{ACCOUNT}:mfa/ghost", "GAHT12345678"):
        with pytest.raises(AccessDenied, match="unable to validate MFA code"):
            bench.sts("GetSessionToken", alice, SerialNumber=serial, TokenCode=device.code())
    with pytest.raises(ValidationFailed):
        bench.sts("GetSessionToken", alice, TokenCode="000000")


def test_a_session_with_mfa_may_call_iam(bench: Bench) -> None:
    """GetSessionToken's credentials without it may not."""
    alice = bench.user("alice", allow("iam:*"))
    device = Device(bench)
    device.enable("alice")
    with pytest.raises(AccessDenied, match="iam:ListUsers"):
        bench.iam("ListUsers", bench.principal_of(bench.sts("GetSessionToken", alice)["Credentials"]))
    made = bench.sts("GetSessionToken", alice, SerialNumber=device.serial, TokenCode=device.code())["Credentials"]
    bench.iam("ListUsers", bench.principal_of(made))


def test_a_device_is_resynchronised(bench: Bench) -> None:
    """With two consecutive codes."""
    bench.iam("CreateUser", UserName="alice")
    device = Device(bench)
    device.enable("alice")
    request = {"UserName": "alice", "SerialNumber": device.serial}
    bench.iam("ResyncMFADevice", AuthenticationCode1=device.code(), AuthenticationCode2=device.code(1), **request)
    with pytest.raises(ApiError) as refused:
        bench.iam("ResyncMFADevice", AuthenticationCode1="000000", AuthenticationCode2="000000", **request)
    assert refused.value.code == "InvalidAuthenticationCode"

"""Grants as calls meet them: on whose behalf a service asks, how many a key can have, and what policies can say of services."""

from typing import Any, cast

import pytest
from tests.unit.kms.bench import ACCOUNT, ROOT, Bench

from strongroom.calls.call import Call
from strongroom.core.errors import ApiError
from strongroom.identity.principal import service_principal
from strongroom.kms.conditions import create_grant_conditions, grant_for_service_conditions
from strongroom.kms.rules.limits import GRANTS_PER_KEY

SERVICE = "backup.amazonaws.com"
VAULT = f"arn:aws:backup:eu-west-1:{ACCOUNT}:vault/a"
OTHER_VAULT = f"arn:aws:backup:eu-west-1:{ACCOUNT}:vault/b"
FOR_VAULT = service_principal(SERVICE, ACCOUNT, VAULT)
FOR_OTHER_VAULT = service_principal(SERVICE, ACCOUNT, OTHER_VAULT)
DIRECT = service_principal(SERVICE, ACCOUNT)


def _granted(bench: Bench, key: str, *operations: str, source_arn: str = VAULT) -> str:
    request: Any = {
        "KeyId": key,
        "GranteeServicePrincipal": SERVICE,
        "RetiringPrincipal": ROOT.arn,
        "Operations": list(operations),
        "Constraints": {"SourceArn": source_arn},
    }
    grant_id: str = bench.call("CreateGrant", **request)["GrantId"]
    return grant_id


@pytest.mark.parametrize("spec", [{}, {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}])
def test_a_source_arn_is_that_of_the_resource_on_whose_behalf_a_service_asks(bench: Bench, spec: dict[str, str]) -> None:
    """For keys of every kind, and for DescribeKey too; a request without a source never meets it."""
    key = bench.make(**spec)
    _granted(bench, key, "DescribeKey")
    arn = bench.key(key).arn
    assert bench.call("DescribeKey", FOR_VAULT, KeyId=arn)["KeyMetadata"]["KeyId"] == key
    for other in (FOR_OTHER_VAULT, DIRECT, service_principal("rds.amazonaws.com", ACCOUNT, VAULT)):
        with pytest.raises(ApiError) as caught:
            bench.call("DescribeKey", other, KeyId=arn)
        assert caught.value.code == "AccessDeniedException"


def test_encryption_for_a_resource_ends_with_its_grant(bench: Bench) -> None:
    """The retiring principal retires it without a source: SourceArn does not constrain RetireGrant."""
    key = bench.make()
    grant = _granted(bench, key, "Encrypt", "Decrypt")
    blob = bench.call("Encrypt", FOR_VAULT, KeyId=bench.key(key).arn, Plaintext=b"x")["CiphertextBlob"]
    assert bench.call("Decrypt", FOR_VAULT, CiphertextBlob=blob)["Plaintext"] == b"x"
    bench.call("RetireGrant", KeyId=bench.key(key).arn, GrantId=grant)
    with pytest.raises(ApiError):
        bench.call("Decrypt", FOR_VAULT, CiphertextBlob=blob)


def test_a_grant_made_under_a_source_arn_keeps_it(bench: Bench) -> None:
    """The request must come from the same resource, and the new grant must be bound to it."""
    key = bench.make()
    _granted(bench, key, "CreateGrant", "Encrypt")
    child: Any = {"KeyId": bench.key(key).arn, "GranteePrincipal": ROOT.arn, "RetiringPrincipal": ROOT.arn, "Operations": ["Encrypt"]}
    bound = {**child, "Constraints": {"SourceArn": VAULT}}
    for principal, request in ((FOR_VAULT, child), (FOR_OTHER_VAULT, bound), (DIRECT, bound)):
        with pytest.raises(ApiError):
            bench.call("CreateGrant", principal, **request)
    bench.call("CreateGrant", FOR_VAULT, **bound)


def test_a_key_has_room_for_fifty_thousand_grants(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next is refused; the same one again is not a next one, and a revoked one leaves room."""
    assert GRANTS_PER_KEY == 50_000
    monkeypatch.setattr("strongroom.kms.operations.grants.GRANTS_PER_KEY", 2)
    key = bench.make()
    grant: Any = {"KeyId": key, "GranteePrincipal": ROOT.arn, "Operations": ["Encrypt"]}
    first = bench.call("CreateGrant", **grant, Name="a")["GrantId"]
    bench.call("CreateGrant", **grant, Name="b")
    with pytest.raises(ApiError) as caught:
        bench.call("CreateGrant", **grant, Name="c")
    assert caught.value.code == "LimitExceededException"
    assert bench.call("CreateGrant", **grant, Name="a")["GrantId"] == first
    bench.call("RevokeGrant", KeyId=key, GrantId=first)
    bench.call("CreateGrant", **grant, Name="c")


class _Asked:
    """As much of a call as conditions look at."""

    def __init__(self, *via: str) -> None:
        self.via = via


@pytest.mark.parametrize(("via", "answer"), [((), "false"), (("secretsmanager",), "true")])
def test_policies_can_tell_grants_for_services_from_others(via: tuple[str, ...], answer: str) -> None:
    """kms:GrantIsForAWSResource is true only where a service asks with its caller's rights."""
    call = cast("Call", _Asked(*via))
    assert grant_for_service_conditions(call, {})["kms:grantisforawsresource"] == (answer,)
    request: Any = {"Operations": ["Encrypt"], "GranteePrincipal": ROOT.arn, "Constraints": {"SourceArn": VAULT}}
    conditions = create_grant_conditions(call, request)
    assert conditions["kms:grantisforawsresource"] == (answer,)
    assert conditions["kms:grantconstraintsourcearn"] == (VAULT,)

"""Grants over the wire."""

from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import DRY_RUN, document, make_key, refused, root


def _user_arn(clients: Clients, name: str) -> str:
    return f"arn:aws:iam::{clients.account_id}:user/{name}"


def test_a_grant_works_at_once_and_ends_at_once(clients: Clients, make_user: Any) -> None:
    """Without any policy of the grantee's."""
    user, key = make_user(clients, "alice"), make_key(clients.kms)
    with refused("AccessDeniedException"):
        user.kms.encrypt(KeyId=key, Plaintext=b"x")
    made = clients.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt"])
    assert len(made["GrantId"]) == 64
    user.kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    with refused("AccessDeniedException"):
        user.kms.describe_key(KeyId=key)
    clients.kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    with refused("AccessDeniedException"):
        user.kms.encrypt(KeyId=key, Plaintext=b"x")


def test_a_grant_is_listed_as_aws_lists_it(clients: Clients, make_user: Any) -> None:
    """Without its token."""
    make_user(clients, "alice")
    make_user(clients, "bob")
    key = make_key(clients.kms)
    made = clients.kms.create_grant(
        KeyId=key,
        GranteePrincipal=_user_arn(clients, "alice"),
        RetiringPrincipal=_user_arn(clients, "bob"),
        Operations=["Encrypt", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"a": "b"}},
    )
    listed = clients.kms.list_grants(KeyId=key)
    assert not listed["Truncated"]
    (entry,) = listed["Grants"]
    del entry["CreationDate"]
    assert entry == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "",
        "GranteePrincipal": _user_arn(clients, "alice"),
        "RetiringPrincipal": _user_arn(clients, "bob"),
        "IssuingAccount": root(clients.account_id),
        "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    }
    assert clients.kms.list_retirable_grants(RetiringPrincipal=_user_arn(clients, "bob"))["Grants"][0]["GrantId"] == made["GrantId"]
    assert clients.kms.list_retirable_grants(RetiringPrincipal=_user_arn(clients, "alice"))["Grants"] == []


def test_grants_are_listed_in_pages_and_by_filter(clients: Clients, make_user: Any) -> None:
    """By grantee and by id."""
    make_user(clients, "alice")
    make_user(clients, "bob")
    key = make_key(clients.kms)
    ids = {
        name: {
            clients.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, name), Operations=["Encrypt"])["GrantId"]
            for _ in range(3)
        }
        for name in ("alice", "bob")
    }
    for filters, wanted in (
        ({}, ids["alice"] | ids["bob"]),
        ({"GranteePrincipal": _user_arn(clients, "bob")}, ids["bob"]),
        ({"GrantId": next(iter(ids["alice"]))}, {next(iter(ids["alice"]))}),
    ):
        found: set[str] = set()
        more: dict[str, str] = {}
        while True:
            page: Any = clients.kms.list_grants(KeyId=key, Limit=2, **filters, **more)
            found |= {grant["GrantId"] for grant in page["Grants"]}
            if not page["Truncated"]:
                break
            more = {"Marker": page["NextMarker"]}
        assert found == wanted


def test_the_same_name_and_parameters_give_the_same_grant(clients: Clients, make_user: Any) -> None:
    """With a new token; other parameters, or no name, make another grant."""
    make_user(clients, "alice")
    key = make_key(clients.kms)

    def grant(**more: Any) -> Any:
        return clients.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt"], **more)

    first, second, other = grant(Name="n"), grant(Name="n"), grant(Name="m")
    assert first["GrantId"] == second["GrantId"] != other["GrantId"]
    assert first["GrantToken"] != second["GrantToken"]
    assert grant()["GrantId"] != grant()["GrantId"]
    assert len(clients.kms.list_grants(KeyId=key)["Grants"]) == 4


@pytest.mark.parametrize(
    ("constraints", "context", "allowed"),
    [
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1"}, True),
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
        ({"EncryptionContextEquals": {"a": "1"}}, {"A": "1"}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"EncryptionContextSubset": {"a": "1"}}, {}, False),
    ],
)
def test_constraints_match_the_encryption_context(
    clients: Clients, make_user: Any, constraints: Any, context: dict[str, str], *, allowed: bool
) -> None:
    """For encryption and decryption alike; not for DescribeKey."""
    user, key = make_user(clients, "alice"), make_key(clients.kms)
    clients.kms.create_grant(
        KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Decrypt", "DescribeKey"], Constraints=constraints
    )
    blob = clients.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    user.kms.describe_key(KeyId=key)
    if allowed:
        assert user.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
        return
    with refused("AccessDeniedException"):
        user.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)


def test_a_holder_may_grant_less_but_not_more(clients: Clients, make_user: Any) -> None:
    """A grant made under a grant is at least as strict."""
    alice, bob, key = make_user(clients, "alice"), make_user(clients, "bob"), make_key(clients.kms)
    clients.kms.create_grant(
        KeyId=key,
        GranteePrincipal=_user_arn(clients, "alice"),
        Operations=["Decrypt", "CreateGrant"],
        Constraints={"EncryptionContextSubset": {"a": "1"}},
    )
    to_bob: Any = {"KeyId": key, "GranteePrincipal": _user_arn(clients, "bob")}
    for operations, constraints in ((["Decrypt"], {}), (["Encrypt"], {"EncryptionContextSubset": {"a": "1"}})):
        with refused("AccessDeniedException"):
            alice.kms.create_grant(**to_bob, Operations=operations, Constraints=constraints)
    alice.kms.create_grant(**to_bob, Operations=["Decrypt"], Constraints={"EncryptionContextEquals": {"a": "1"}})
    blob = clients.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    assert bob.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})["Plaintext"] == b"x"


def test_a_grant_reaches_another_account_without_policies_there(clients: Clients, make_account: Any, make_user: Any) -> None:
    """And the other account names the key by its ARN."""
    other = make_account()
    user, key = make_user(other, "guest"), make_key(clients.kms)
    made = clients.kms.create_grant(
        KeyId=key,
        GranteePrincipal=_user_arn(other, "guest"),
        RetiringPrincipal=_user_arn(other, "guest"),
        Operations=["Encrypt", "Decrypt", "GenerateDataKey"],
    )
    blob = user.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert user.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert other.kms.list_retirable_grants(RetiringPrincipal=_user_arn(other, "guest"))["Grants"][0]["KeyId"] == key
    with refused("AccessDeniedException"):
        clients.kms.list_retirable_grants(RetiringPrincipal=_user_arn(other, "guest"))
    user.kms.retire_grant(KeyId=key, GrantId=made["GrantId"])


def test_a_deny_beats_a_grant(clients: Clients, make_user: Any) -> None:
    """In IAM as in the key policy."""
    user = make_user(clients, "alice", {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})
    key = make_key(clients.kms)
    clients.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt"])
    with refused("AccessDeniedException"):
        user.kms.encrypt(KeyId=key, Plaintext=b"x")


def test_who_may_retire_a_grant(clients: Clients, make_user: Any) -> None:
    """The retiring principal, the grantee if the grant says so, the account; nobody else."""
    retirer, grantee, stranger = make_user(clients, "retirer"), make_user(clients, "grantee"), make_user(clients, "stranger")
    key = make_key(clients.kms)

    def grant(operations: Any) -> Any:
        return clients.kms.create_grant(
            KeyId=key,
            GranteePrincipal=_user_arn(clients, "grantee"),
            RetiringPrincipal=_user_arn(clients, "retirer"),
            Operations=operations,
        )

    plain = grant(["Encrypt"])
    for user in (grantee, stranger):
        with refused("AccessDeniedException"):
            user.kms.retire_grant(GrantToken=plain["GrantToken"])
    retirer.kms.retire_grant(GrantToken=plain["GrantToken"])
    grantee.kms.retire_grant(KeyId=key, GrantId=grant(["Encrypt", "RetireGrant"])["GrantId"])
    clients.kms.retire_grant(KeyId=key, GrantId=grant(["Encrypt"])["GrantId"])
    assert clients.kms.list_grants(KeyId=key)["Grants"] == []


def test_what_is_no_grant_has_errors_of_its_own(clients: Clients) -> None:
    """Tokens, ids, and neither."""
    kms, key = clients.kms, make_key(clients.kms)
    with refused("InvalidGrantTokenException"):
        kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=["made-up"])
    with refused("InvalidGrantTokenException"):
        kms.retire_grant(GrantToken="made-up")
    with refused("InvalidGrantIdException"):
        kms.revoke_grant(KeyId=key, GrantId="made-up")
    with refused("NotFoundException"):
        kms.revoke_grant(KeyId=key, GrantId="0" * 64)
    with refused("NotFoundException"):
        kms.retire_grant(KeyId=key, GrantId="0" * 64)
    with refused("ValidationException"):
        kms.retire_grant(KeyId=key)


def test_grantees_must_exist_and_be_one(clients: Clients, make_user: Any) -> None:
    """A missing user, a text that is no principal, two kinds at once, none."""
    kms: Any = clients.kms
    make_user(clients, "alice")
    key = make_key(kms)
    for principal in (_user_arn(clients, "nobody"), "arn:aws:s3:::bucket", "alice"):
        with refused("InvalidArnException", f"ARN does not refer to a valid principal: {principal}"):
            kms.create_grant(KeyId=key, GranteePrincipal=principal, Operations=["Encrypt"])
    with refused("ValidationException"):
        kms.create_grant(KeyId=key, Operations=["Encrypt"])
    with refused("ValidationException"):
        kms.create_grant(KeyId=key, Operations=["Encrypt"], GranteePrincipal=root(clients.account_id), GranteeServicePrincipal="a.b.c")
    with refused("ValidationException"):
        kms.create_grant(KeyId=key, Operations=["Encrypt"], GranteeServicePrincipal="ec2.amazonaws.com")
    with refused("ValidationException"):
        kms.create_grant(KeyId=key, Operations=["Sign"], GranteePrincipal=root(clients.account_id))


def test_grants_can_be_tried_dry(clients: Clients, make_user: Any) -> None:
    """Creating, retiring and revoking."""
    kms: Any = clients.kms
    make_user(clients, "alice")
    key = make_key(kms)
    parameters = {"KeyId": key, "GranteePrincipal": _user_arn(clients, "alice"), "Operations": ["Encrypt"]}
    with refused("DryRunOperationException", DRY_RUN):
        kms.create_grant(**parameters, DryRun=True)
    made = kms.create_grant(**parameters)["GrantId"]
    for operation in (kms.retire_grant, kms.revoke_grant):
        with refused("DryRunOperationException", DRY_RUN):
            operation(KeyId=key, GrantId=made, DryRun=True)
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 1


def test_a_new_user_of_the_same_name_has_no_grant(clients: Clients, make_user: Any) -> None:
    """Grants follow the principal, not its name."""
    user, key = make_user(clients, "alice"), make_key(clients.kms)
    clients.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt"])
    user.kms.encrypt(KeyId=key, Plaintext=b"x")
    for access_key in clients.iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]:
        clients.iam.delete_access_key(UserName="alice", AccessKeyId=access_key["AccessKeyId"])
    clients.iam.delete_user(UserName="alice")
    again = make_user(clients, "alice")
    with refused("AccessDeniedException"):
        again.kms.encrypt(KeyId=key, Plaintext=b"x")


def test_conditions_limit_which_grants_may_be_made(clients: Clients, make_user: Any) -> None:
    """kms:GrantOperations and kms:GranteePrincipal."""
    make_user(clients, "alice")
    condition = {
        "ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]},
        "StringEquals": {"kms:GranteePrincipal": _user_arn(clients, "alice")},
        "Bool": {"kms:GrantIsForAWSResource": "false"},
    }
    granter = make_user(clients, "granter", {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*", "Condition": condition})
    key = make_key(clients.kms)
    granter.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt"])
    with refused("AccessDeniedException"):
        granter.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt", "DescribeKey"])
    with refused("AccessDeniedException"):
        granter.kms.create_grant(KeyId=key, GranteePrincipal=root(clients.account_id), Operations=["Encrypt"])


def test_a_key_without_the_account_in_its_policy_still_honours_grants(clients: Clients, make_user: Any) -> None:
    """Grants don't hang on the delegation to IAM."""
    user, keeper = make_user(clients, "alice"), make_user(clients, "keeper")
    policy = document({"Effect": "Allow", "Principal": {"AWS": _user_arn(clients, "keeper")}, "Action": "kms:*", "Resource": "*"})
    key = make_key(clients.kms, Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    keeper.kms.create_grant(KeyId=key, GranteePrincipal=_user_arn(clients, "alice"), Operations=["Encrypt"])
    user.kms.encrypt(KeyId=key, Plaintext=b"x")

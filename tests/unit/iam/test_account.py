"""The account: alias, summary, password policy, credential report, everything at once."""

import csv
import io

import pytest
from tests.unit.identity.bench import ACCOUNT, OTHER, Bench, allow, policy, trust

from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied, ApiError
from strongroom.iam.operations.credential_report import COLUMNS
from strongroom.identity.principal import root_principal

READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
GOOD = "Correct-horse-1"


def test_an_account_has_one_alias_of_its_own(bench: Bench) -> None:
    """A new one takes its place; no other account gets it."""
    other = root_principal(OTHER, root_arn(OTHER))
    assert bench.iam("ListAccountAliases")["AccountAliases"] == []
    for alias in ("acme", "acme", "acme-two"):
        bench.iam("CreateAccountAlias", AccountAlias=alias)
    assert bench.iam("ListAccountAliases")["AccountAliases"] == ["acme-two"]
    bench.iam("CreateAccountAlias", other, AccountAlias="acme")
    with pytest.raises(ApiError, match=r"The account alias acme already exists\."):
        bench.iam("CreateAccountAlias", AccountAlias="acme")
    bench.iam("DeleteAccountAlias", AccountAlias="acme-two")
    assert bench.iam("ListAccountAliases")["AccountAliases"] == []


def test_the_summary_counts(bench: Bench) -> None:
    """What there is and what may be."""
    bench.user("alice")
    bench.iam("CreateGroup", GroupName="g")
    bench.iam("CreatePolicy", PolicyName="p", PolicyDocument=policy(allow("kms:*")))
    summary = bench.iam("GetAccountSummary")["SummaryMap"]
    counts = {name: summary[name] for name in ("Users", "Groups", "Roles", "Policies", "MFADevices", "AccountAccessKeysPresent")}
    assert counts == {"Users": 1, "Groups": 1, "Roles": 0, "Policies": 1, "MFADevices": 0, "AccountAccessKeysPresent": 0}
    quotas = {name: summary[name] for name in ("UsersQuota", "AccessKeysPerUserQuota", "PolicySizeQuota", "VersionsPerPolicyQuota")}
    assert quotas == {"UsersQuota": 5000, "AccessKeysPerUserQuota": 2, "PolicySizeQuota": 6144, "VersionsPerPolicyQuota": 5}


def test_a_password_policy_is_set_shown_and_deleted(bench: Bench) -> None:
    """What is left out goes back to its default."""
    bench.iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=12, MaxPasswordAge=90, RequireSymbols=True)
    shown = bench.iam("GetAccountPasswordPolicy")["PasswordPolicy"]
    assert (shown["MinimumPasswordLength"], shown["ExpirePasswords"], shown["RequireSymbols"]) == (12, True, True)
    bench.iam("UpdateAccountPasswordPolicy", RequireNumbers=True)
    shown = bench.iam("GetAccountPasswordPolicy")["PasswordPolicy"]
    assert (shown["MinimumPasswordLength"], shown["ExpirePasswords"], shown["RequireSymbols"]) == (6, False, False)
    bench.iam("DeleteAccountPasswordPolicy")
    with pytest.raises(ApiError, match="The Password Policy with domain name"):
        bench.iam("GetAccountPasswordPolicy")


@pytest.mark.parametrize(
    ("settings", "password", "text"),
    [
        (None, "Short-1", "Password does not conform to the account password policy."),
        (None, "onlylowercase", "Password does not conform to the account password policy."),
        ({"MinimumPasswordLength": 20}, GOOD, "Password should have a minimum length of 20"),
        ({"RequireUppercaseCharacters": True}, "lower-1", "Password should have at least one uppercase letter"),
        ({"RequireLowercaseCharacters": True}, "UPPER-1", "Password should have at least one lowercase letter"),
        ({"RequireNumbers": True}, "Letters-", "Password should have at least one number"),
        ({"RequireSymbols": True}, "Letters1", "Password should have at least one symbol"),
    ],
)
def test_a_password_that_breaks_the_policy_is_refused(bench: Bench, settings: dict[str, object] | None, password: str, text: str) -> None:
    """AWS's own policy where the account has none."""
    if settings is not None:
        bench.iam("UpdateAccountPasswordPolicy", **settings)
    bench.iam("CreateUser", UserName="alice")
    with pytest.raises(ApiError) as refused:
        bench.iam("CreateLoginProfile", UserName="alice", Password=password)
    assert (refused.value.code, refused.value.message) == ("PasswordPolicyViolation", text)


def test_a_user_changes_its_own_password(bench: Bench) -> None:
    """Knowing the old one; old ones are barred where the policy says so."""
    bench.iam("UpdateAccountPasswordPolicy", PasswordReusePrevention=2)
    alice = bench.user("alice", allow("iam:ChangePassword"))
    made = bench.iam("CreateLoginProfile", UserName="alice", Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert made["PasswordResetRequired"] is True
    with pytest.raises(ApiError, match="already exists"):
        bench.iam("CreateLoginProfile", UserName="alice", Password=GOOD)
    with pytest.raises(ApiError, match="The old password was incorrect"):
        bench.iam("ChangePassword", alice, OldPassword="wrong", NewPassword="Another-1")
    bench.iam("ChangePassword", alice, OldPassword=GOOD, NewPassword="Another-1")
    assert bench.iam("GetLoginProfile", UserName="alice")["LoginProfile"]["PasswordResetRequired"] is False
    with pytest.raises(ApiError, match="used before"):
        bench.iam("ChangePassword", alice, OldPassword="Another-1", NewPassword=GOOD)
    bench.iam("UpdateLoginProfile", UserName="alice", PasswordResetRequired=True)
    assert bench.iam("GetLoginProfile", UserName="alice")["LoginProfile"]["PasswordResetRequired"] is True
    bench.iam("DeleteLoginProfile", UserName="alice")
    bench.iam("DeleteAccessKey", UserName="alice", AccessKeyId=alice.access_key_id)


def test_a_credential_report_has_awss_columns(bench: Bench) -> None:
    """One line for the root user and each user; it stands for four hours."""
    bench.user("alice")
    assert bench.iam("GenerateCredentialReport")["State"] == "STARTED"
    assert bench.iam("GenerateCredentialReport")["State"] == "COMPLETE"
    report = bench.iam("GetCredentialReport")
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    assert tuple(rows[0]) == COLUMNS
    assert [row["user"] for row in rows] == ["<root_account>", "alice"]
    assert (rows[1]["access_key_1_active"], rows[1]["access_key_2_active"], rows[1]["mfa_active"]) == ("true", "false", "false")
    assert all(value is not None for row in rows for value in row.values())
    bench.now += 4 * 3600
    with pytest.raises(ApiError) as expired:
        bench.iam("GetCredentialReport")
    assert expired.value.code == "ReportExpired"


def filled(bench: Bench) -> Bench:
    """Fill the account."""
    bench.user("alice", allow("kms:*"))
    bench.iam("CreateUser", UserName="bob")
    bench.iam("CreateGroup", GroupName="staff")
    bench.iam("AddUserToGroup", GroupName="staff", UserName="alice")
    bench.iam("AttachGroupPolicy", GroupName="staff", PolicyArn=READ)
    bench.iam("CreateRole", RoleName="ops", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    bench.iam("CreateInstanceProfile", InstanceProfileName="prof")
    bench.iam("AddRoleToInstanceProfile", InstanceProfileName="prof", RoleName="ops")
    bench.iam("CreatePolicy", PolicyName="p", PolicyDocument=policy(allow("kms:*")))
    return bench


def test_authorization_details_show_everything(bench: Bench) -> None:
    """Policies of AWS's only where they are in use."""
    details = filled(bench).iam("GetAccountAuthorizationDetails")
    alice, bob = details["UserDetailList"]
    assert alice["GroupList"] == ["staff"]
    assert alice["UserPolicyList"] == [{"PolicyName": "p", "PolicyDocument": policy(allow("kms:*"))}]
    assert bob["UserPolicyList"] == []
    assert details["GroupDetailList"][0]["AttachedManagedPolicies"] == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ}]
    assert details["RoleDetailList"][0]["InstanceProfileList"][0]["InstanceProfileName"] == "prof"
    assert [p["PolicyName"] for p in details["Policies"]] == ["p", "ReadOnlyAccess"]
    assert "Document" in details["Policies"][0]["PolicyVersionList"][0]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_authorization_details_come_in_pages(bench: Bench, size: int) -> None:
    """Every thing once, whatever the page's size."""
    filled(bench)
    seen: list[str] = []
    request: dict[str, object] = {"MaxItems": size}
    while True:
        page = bench.iam("GetAccountAuthorizationDetails", **request)
        for member in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"):
            seen += [item["Arn"].rpartition(":")[2] for item in page[member]]
        if not page["IsTruncated"]:
            break
        request["Marker"] = page["Marker"]
    assert seen == ["user/alice", "user/bob", "group/staff", "role/ops", "policy/p", "policy/ReadOnlyAccess"]


def test_authorization_details_are_filtered(bench: Bench) -> None:
    """Only the kinds that were asked for."""
    details = filled(bench).iam("GetAccountAuthorizationDetails", Filter=["Role", "AWSManagedPolicy"])
    assert [len(details[m]) for m in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")] == [0, 0, 1, 1]


def test_instance_profiles_hold_a_role_that_may_be_passed(bench: Bench) -> None:
    """iam:PassRole is an action of its own."""
    filled(bench)
    bench.iam("RemoveRoleFromInstanceProfile", InstanceProfileName="prof", RoleName="ops")
    caller = bench.user("adder", allow("iam:AddRoleToInstanceProfile"))
    with pytest.raises(AccessDenied, match="iam:PassRole"):
        bench.iam("AddRoleToInstanceProfile", caller, InstanceProfileName="prof", RoleName="ops")
    ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    bench.iam(
        "PutUserPolicy",
        UserName="adder",
        PolicyName="p",
        PolicyDocument=policy(allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", Condition=ec2)),
    )
    bench.iam("AddRoleToInstanceProfile", caller, InstanceProfileName="prof", RoleName="ops")
    shown = bench.iam("GetInstanceProfile", InstanceProfileName="prof")["InstanceProfile"]
    assert [role["RoleName"] for role in shown["Roles"]] == ["ops"]
    assert len(bench.iam("ListInstanceProfilesForRole", RoleName="ops")["InstanceProfiles"]) == 1
    assert len(bench.iam("ListInstanceProfiles")["InstanceProfiles"]) == 1
    bench.iam("RemoveRoleFromInstanceProfile", InstanceProfileName="prof", RoleName="ops")
    bench.iam("DeleteInstanceProfile", InstanceProfileName="prof")
    bench.iam("DeleteRole", RoleName="ops")


def test_oidc_providers_are_kept(bench: Bench) -> None:
    """By URL without the scheme; deleting twice succeeds."""
    request = {"ClientIDList": ["a", "a", "b"], "ThumbprintList": ["A" * 40], "Tags": [{"Key": "k", "Value": "v"}]}
    arn = bench.iam("CreateOpenIDConnectProvider", Url="https://id.example.com/realms/x", **request)["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com/realms/x"
    bench.iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=arn, ClientID="c")
    bench.iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=arn, ClientID="a")
    bench.iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40])
    shown = bench.iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    assert (shown["Url"], shown["ClientIDList"], shown["ThumbprintList"]) == ("id.example.com/realms/x", ["b", "c"], ["b" * 40])
    assert shown["Tags"] == request["Tags"]
    assert bench.iam("ListOpenIDConnectProviders") == {"OpenIDConnectProviderList": [{"Arn": arn}]}
    with pytest.raises(ApiError, match="already exists"):
        bench.iam("CreateOpenIDConnectProvider", Url="https://id.example.com/realms/x")
    for bad in (["x" * 40], ["A" * 40] * 6):
        with pytest.raises(ApiError, match="Thumbprint"):
            bench.iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=arn, ThumbprintList=bad)
    for _ in range(2):
        bench.iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)

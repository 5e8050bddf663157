"""Each refusal of IAM: the steps before, the request, the code and the words. Run in memory and through boto3."""

from typing import Any

from tests.unit.identity.bench import ACCOUNT, allow, policy, trust

DOCUMENT = policy(allow("kms:Decrypt"))
TRUST = trust({"AWS": ACCOUNT})
ALICE = {"UserName": "alice"}
OPS = {"RoleName": "ops"}
STAFF = {"GroupName": "staff"}
ARN = f"arn:aws:iam::{ACCOUNT}:policy/p"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
GHOST = f"arn:aws:iam::{ACCOUNT}:policy/ghost"
SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"
INVALID_ARN = "Invalid ARN:  Could not be parsed!"
Step = tuple[str, dict[str, Any]]

USER: Step = ("CreateUser", ALICE)
GROUP: Step = ("CreateGroup", STAFF)
ROLE: Step = ("CreateRole", OPS | {"AssumeRolePolicyDocument": TRUST})
POLICY: Step = ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": DOCUMENT})
PROFILE: Step = ("CreateInstanceProfile", {"InstanceProfileName": "prof"})
VERSION: Step = ("CreatePolicyVersion", {"PolicyArn": ARN, "PolicyDocument": DOCUMENT})

Case = tuple[list[Step], str, dict[str, Any], str, str]
CASES: list[Case] = [
    # what is not there
    ([], "GetUser", ALICE, "NoSuchEntity", "The user with name alice cannot be found."),
    ([], "DeleteUser", ALICE, "NoSuchEntity", "The user with name alice cannot be found."),
    ([], "CreateAccessKey", ALICE, "NoSuchEntity", "The user with name alice cannot be found."),
    ([], "GetRole", OPS, "NoSuchEntity", "The role with name ops cannot be found."),
    ([], "GetGroup", STAFF, "NoSuchEntity", "The group with name staff cannot be found."),
    ([GROUP], "AddUserToGroup", STAFF | ALICE, "NoSuchEntity", "The user with name alice cannot be found."),
    ([USER], "AddUserToGroup", STAFF | ALICE, "NoSuchEntity", "The group with name staff cannot be found."),
    ([], "GetInstanceProfile", {"InstanceProfileName": "x"}, "NoSuchEntity", "Instance Profile x cannot be found."),
    ([], "GetPolicy", {"PolicyArn": GHOST}, "NoSuchEntity", f"Policy {GHOST} was not found."),
    ([], "DeletePolicy", {"PolicyArn": GHOST}, "NoSuchEntity", f"Policy {GHOST} was not found."),
    ([], "DeletePolicy", {"PolicyArn": READ}, "NoSuchEntity", f"Policy {READ} was not found."),
    ([], "TagPolicy", {"PolicyArn": READ, "Tags": []}, "NoSuchEntity", f"Policy {READ} was not found."),
    (
        [POLICY],
        "GetPolicyVersion",
        {"PolicyArn": ARN, "VersionId": "v9"},
        "NoSuchEntity",
        f"Policy {ARN} version v9 does not exist or is not attachable.",
    ),
    ([USER], "GetUserPolicy", ALICE | {"PolicyName": "x"}, "NoSuchEntity", "The user policy with name x cannot be found."),
    ([ROLE], "GetRolePolicy", OPS | {"PolicyName": "x"}, "NoSuchEntity", "The role policy with name x cannot be found."),
    ([GROUP], "DeleteGroupPolicy", STAFF | {"PolicyName": "x"}, "NoSuchEntity", "The group policy with name x cannot be found."),
    (
        [USER],
        "DeleteAccessKey",
        ALICE | {"AccessKeyId": "AKIAX00000000000"},
        "NoSuchEntity",
        "The Access Key with id AKIAX00000000000 cannot be found.",
    ),
    (
        [USER],
        "UpdateAccessKey",
        ALICE | {"AccessKeyId": "AKIAX00000000000", "Status": "Active"},
        "NoSuchEntity",
        "The Access Key with id AKIAX00000000000 cannot be found.",
    ),
    (
        [],
        "GetOpenIDConnectProvider",
        {"OpenIDConnectProviderArn": OIDC},
        "NoSuchEntity",
        f"OpenIDConnect Provider not found for arn {OIDC}",
    ),
    (
        [],
        "DeleteVirtualMFADevice",
        {"SerialNumber": SERIAL},
        "NoSuchEntity",
        f"VirtualMFADevice with serial number {SERIAL} doesn't exist.",
    ),
    ([USER], "GetLoginProfile", ALICE, "NoSuchEntity", "Login Profile for User alice cannot be found."),
    (
        [],
        "GetAccountPasswordPolicy",
        {},
        "NoSuchEntity",
        f"The Password Policy with domain name {ACCOUNT} cannot be found.",
    ),
    ([], "DeleteAccountAlias", {"AccountAlias": "xyz"}, "NoSuchEntity", "The account alias with name xyz cannot be found."),
    # attaching
    (
        [USER],
        "AttachUserPolicy",
        ALICE | {"PolicyArn": GHOST},
        "NoSuchEntity",
        f"Policy {GHOST} does not exist or is not attachable.",
    ),
    ([USER], "AttachUserPolicy", ALICE | {"PolicyArn": "longpolicynamebutnoarn"}, "ValidationException", INVALID_ARN),
    ([ROLE], "DetachRolePolicy", OPS | {"PolicyArn": "longpolicynamebutnoarn"}, "ValidationException", INVALID_ARN),
    ([ROLE], "DetachRolePolicy", OPS | {"PolicyArn": READ}, "NoSuchEntity", f"Policy {READ} was not found."),
    (
        [ROLE],
        "AttachRolePolicy",
        OPS | {"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/KeyManagementServiceMultiRegionKeysServiceRolePolicy"},
        "PolicyNotAttachable",
        "Cannot attach a Service Role Policy to a Customer Role.",
    ),
    (
        [USER],
        "PutUserPermissionsBoundary",
        ALICE | {"PermissionsBoundary": "arn:aws:iam::1:user/not-a-policy"},
        "ValidationException",
        "Value (arn:aws:iam::1:user/not-a-policy) for parameter PermissionsBoundary is invalid.",
    ),
    (
        [],
        "CreateUser",
        ALICE | {"PermissionsBoundary": "nothing-at-all-like-arn"},
        "ValidationException",
        "Value (nothing-at-all-like-arn) for parameter PermissionsBoundary is invalid.",
    ),
    (
        [USER],
        "DeleteUserPermissionsBoundary",
        ALICE,
        "NoSuchEntity",
        "The user with name alice does not have a permissions boundary.",
    ),
    # names that are taken, whatever their case
    ([USER], "CreateUser", {"UserName": "ALICE"}, "EntityAlreadyExists", "User with name ALICE already exists."),
    ([GROUP], "CreateGroup", {"GroupName": "Staff"}, "EntityAlreadyExists", "Group with name Staff already exists."),
    (
        [ROLE],
        "CreateRole",
        {"RoleName": "Ops", "AssumeRolePolicyDocument": TRUST},
        "EntityAlreadyExists",
        "Role with name Ops already exists.",
    ),
    (
        [POLICY],
        "CreatePolicy",
        {"PolicyName": "P", "Path": "/other/", "PolicyDocument": DOCUMENT},
        "EntityAlreadyExists",
        "A policy called P already exists. Duplicate names are not allowed.",
    ),
    ([PROFILE], "CreateInstanceProfile", {"InstanceProfileName": "Prof"}, "EntityAlreadyExists", "Instance Profile Prof already exists."),
    (
        [USER, ("CreateUser", {"UserName": "bob"})],
        "UpdateUser",
        {"UserName": "bob", "NewUserName": "Alice"},
        "EntityAlreadyExists",
        "User with name Alice already exists.",
    ),
    (
        [GROUP, ("CreateGroup", {"GroupName": "b"})],
        "UpdateGroup",
        {"GroupName": "b", "NewGroupName": "staff"},
        "EntityAlreadyExists",
        "Group with name staff already exists.",
    ),
    # deleting what something hangs on
    (
        [USER, ("CreateAccessKey", ALICE)],
        "DeleteUser",
        ALICE,
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    ),
    (
        [USER, ("AttachUserPolicy", ALICE | {"PolicyArn": READ})],
        "DeleteUser",
        ALICE,
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    ),
    (
        [USER, ("PutUserPolicy", ALICE | {"PolicyName": "i", "PolicyDocument": DOCUMENT})],
        "DeleteUser",
        ALICE,
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    ),
    (
        [USER, GROUP, ("AddUserToGroup", ALICE | STAFF)],
        "DeleteUser",
        ALICE,
        "DeleteConflict",
        "Cannot delete entity, must remove users from group first.",
    ),
    (
        [USER, ("CreateLoginProfile", ALICE | {"Password": "Correct-horse-1"})],
        "DeleteUser",
        ALICE,
        "DeleteConflict",
        "Cannot delete entity, must delete login profile first.",
    ),
    (
        [USER, GROUP, ("AddUserToGroup", ALICE | STAFF)],
        "DeleteGroup",
        STAFF,
        "DeleteConflict",
        "Cannot delete entity, must remove users from group first.",
    ),
    (
        [GROUP, ("AttachGroupPolicy", STAFF | {"PolicyArn": READ})],
        "DeleteGroup",
        STAFF,
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    ),
    (
        [GROUP, ("PutGroupPolicy", STAFF | {"PolicyName": "i", "PolicyDocument": DOCUMENT})],
        "DeleteGroup",
        STAFF,
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    ),
    (
        [ROLE, ("AttachRolePolicy", OPS | {"PolicyArn": READ})],
        "DeleteRole",
        OPS,
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    ),
    (
        [ROLE, ("PutRolePolicy", OPS | {"PolicyName": "i", "PolicyDocument": DOCUMENT})],
        "DeleteRole",
        OPS,
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    ),
    (
        [ROLE, PROFILE, ("AddRoleToInstanceProfile", OPS | {"InstanceProfileName": "prof"})],
        "DeleteRole",
        OPS,
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    ),
    (
        [ROLE, PROFILE, ("AddRoleToInstanceProfile", OPS | {"InstanceProfileName": "prof"})],
        "DeleteInstanceProfile",
        {"InstanceProfileName": "prof"},
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    ),
    (
        [USER, POLICY, ("AttachUserPolicy", ALICE | {"PolicyArn": ARN})],
        "DeletePolicy",
        {"PolicyArn": ARN},
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    ),
    (
        [USER, POLICY, ("PutUserPermissionsBoundary", ALICE | {"PermissionsBoundary": ARN})],
        "DeletePolicy",
        {"PolicyArn": ARN},
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    ),
    (
        [POLICY, VERSION],
        "DeletePolicy",
        {"PolicyArn": ARN},
        "DeleteConflict",
        (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        ),
    ),
    (
        [POLICY],
        "DeletePolicyVersion",
        {"PolicyArn": ARN, "VersionId": "v1"},
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    ),
    # quotas
    (
        [USER, ("CreateAccessKey", ALICE), ("CreateAccessKey", ALICE)],
        "CreateAccessKey",
        ALICE,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    ),
    (
        [POLICY, VERSION, VERSION, VERSION, VERSION],
        "CreatePolicyVersion",
        {"PolicyArn": ARN, "PolicyDocument": DOCUMENT},
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    ),
    (
        [ROLE, PROFILE, ("AddRoleToInstanceProfile", OPS | {"InstanceProfileName": "prof"})],
        "AddRoleToInstanceProfile",
        OPS | {"InstanceProfileName": "prof"},
        "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    ),
    (
        [USER],
        "PutUserPolicy",
        ALICE | {"PolicyName": "big", "PolicyDocument": policy(allow("kms:" + "x" * 2048))},
        "LimitExceeded",
        "Maximum policy size of 2048 bytes exceeded for user alice",
    ),
    (
        [GROUP],
        "PutGroupPolicy",
        STAFF | {"PolicyName": "big", "PolicyDocument": policy(allow("kms:" + "x" * 5120))},
        "LimitExceeded",
        "Maximum policy size of 5120 bytes exceeded for group staff",
    ),
    (
        [ROLE],
        "PutRolePolicy",
        OPS | {"PolicyName": "big", "PolicyDocument": policy(allow("kms:" + "x" * 10240))},
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role ops",
    ),
    (
        [],
        "CreatePolicy",
        {"PolicyName": "big", "PolicyDocument": policy(allow("kms:" + "x" * 6144))},
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    ),
    (
        [],
        "CreateRole",
        {"RoleName": "big", "AssumeRolePolicyDocument": trust({"AWS": ACCOUNT}, Sid="x" * 2048)},
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    ),
    # documents
    (
        [],
        "CreatePolicy",
        {"PolicyName": "x", "PolicyDocument": "{"},
        "MalformedPolicyDocument",
        "This policy contains invalid Json",
    ),
    (
        [],
        "CreatePolicy",
        {"PolicyName": "x", "PolicyDocument": '{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}'},
        "MalformedPolicyDocument",
        "Policy document must be version 2012-10-17 or greater.",
    ),
    (
        [USER],
        "PutUserPolicy",
        ALICE | {"PolicyName": "x", "PolicyDocument": policy({"Effect": "Allow", "Resource": "*"})},
        "MalformedPolicyDocument",
        "Policy statement must contain actions.",
    ),
    (
        [],
        "CreateRole",
        {"RoleName": "x", "AssumeRolePolicyDocument": trust({"AWS": ACCOUNT}, Resource="*")},
        "MalformedPolicyDocument",
        "Has prohibited field Resource.",
    ),
    (
        [],
        "CreateRole",
        {"RoleName": "x", "AssumeRolePolicyDocument": trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ghost"})},
        "MalformedPolicyDocument",
        f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/ghost"',
    ),
    (
        [ROLE],
        "UpdateAssumeRolePolicy",
        OPS | {"PolicyDocument": trust({"AWS": "AROAGONEGONEGONEGONE"})},
        "MalformedPolicyDocument",
        'Invalid principal in policy: "AWS":"AROAGONEGONEGONEGONE"',
    ),
    # tags
    (
        [USER],
        "TagUser",
        ALICE | {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ),
    (
        [],
        "CreateUser",
        ALICE | {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ),
    (
        [USER, ("TagUser", ALICE | {"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(50)]})],
        "TagUser",
        ALICE | {"Tags": [{"Key": "more", "Value": ""}]},
        "LimitExceeded",
        "Cannot exceed quota for TagsPerUser: 50",
    ),
    # lists
    ([], "ListUsers", {"Marker": "made-up"}, "ValidationException", "Invalid Marker."),
    (
        [],
        "ListRoles",
        {"PathPrefix": "/team"},
        "ValidationException",
        (
            "The specified value for pathPrefix is invalid. It must begin and end with / and contain only alphanumeric characters "
            "and/or / characters."
        ),
    ),
    # service-linked roles
    (
        [("CreateServiceLinkedRole", {"AWSServiceName": "mrk.kms.amazonaws.com"})],
        "CreateServiceLinkedRole",
        {"AWSServiceName": "mrk.kms.amazonaws.com"},
        "InvalidInput",
        (
            "Service role name AWSServiceRoleForKeyManagementServiceMultiRegionKeys has been taken in this account, "
            "please try a different suffix."
        ),
    ),
    (
        [],
        "CreateServiceLinkedRole",
        {"AWSServiceName": "mrk.kms.amazonaws.com", "CustomSuffix": "x"},
        "InvalidInput",
        "Custom suffix is not allowed for mrk.kms.amazonaws.com",
    ),
    (
        [("CreateServiceLinkedRole", {"AWSServiceName": "cks.kms.amazonaws.com"})],
        "DeleteRole",
        {"RoleName": "AWSServiceRoleForKeyManagementServiceCustomKeyStores"},
        "UnmodifiableEntity",
        (
            "Cannot perform the operation on the protected role 'AWSServiceRoleForKeyManagementServiceCustomKeyStores' - "
            "this role is only modifiable by AWS"
        ),
    ),
    # reports
    ([], "GetCredentialReport", {}, "ReportNotPresent", "No report present. Call GenerateCredentialReport to generate a new report."),
    # simulation
    (
        [],
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/ghost", "ActionNames": ["kms:Decrypt"]},
        "NoSuchEntity",
        f"The entity with ARN arn:aws:iam::{ACCOUNT}:user/ghost cannot be found.",
    ),
    (
        [],
        "SimulateCustomPolicy",
        {"PolicyInputList": ["{"], "ActionNames": ["kms:Decrypt"]},
        "InvalidInput",
        "This policy contains invalid Json",
    ),
    # providers
    (
        [("CreateOpenIDConnectProvider", {"Url": "https://id.example.com", "ClientIDList": [f"c{n}" for n in range(100)]})],
        "AddClientIDToOpenIDConnectProvider",
        {"OpenIDConnectProviderArn": OIDC, "ClientID": "one-more"},
        "LimitExceeded",
        "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    ),
    ([], "CreateOpenIDConnectProvider", {"Url": "http://id.example.com"}, "ValidationException", "Invalid Open ID Connect Provider URL"),
]

"""The statements of AWS managed policies. Source: AWS Managed Policy Reference Guide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Description:
    """A policy's name, description, path and statements."""

    name: str
    text: str
    statements: tuple[Statement, ...]
    path: str = "/"


def _allow(*actions: str, resource: str | list[str] = "*", condition: Mapping[str, Any] | None = None) -> Statement:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def _root_task(*actions: str) -> tuple[Statement, ...]:
    """Return statements that allow some actions and deny the rest, so that no resource's policy gives the session more."""
    return (_allow(*actions), {"Effect": "Deny", "NotAction": list(actions), "Resource": "*"})


_IAM_READ = ("iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*")
_TRAIL_READ = ("cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents")
_VIEW_ONLY = (
    "cloudtrail:DescribeTrails",
    "cloudtrail:LookupEvents",
    "iam:List*",
    "iam:GetAccountSummary",
    "iam:GetLoginProfile",
    "kms:ListAliases",
    "kms:ListKeys",
    "secretsmanager:ListSecrets",
    "ssm:DescribeParameters",
)
_AUDIT = (
    *_TRAIL_READ,
    *_IAM_READ,
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
    "kms:Describe*",
    "kms:Get*",
    "kms:List*",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:ListSecrets",
    "secretsmanager:ListSecretVersionIds",
    "ssm:Describe*",
    "ssm:GetDocument",
    "ssm:ListTagsForResource",
    "sts:GetCallerIdentity",
)
_ROOT_AUDIT = (
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountSummary",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListSigningCertificates",
)
_SELF = "arn:aws:iam::*:user/${aws:username}"

DOCUMENTS: tuple[Description, ...] = (
    Description("AdministratorAccess", "Provides full access to AWS services and resources.", (_allow("*"),)),
    Description(
        "PowerUserAccess",
        "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
        (
            {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
            _allow("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization"),
        ),
    ),
    Description(
        "ReadOnlyAccess",
        "Provides read-only access to AWS services and resources.",
        (
            _allow(
                *_TRAIL_READ,
                "iam:Generate*",
                "iam:Get*",
                "iam:List*",
                "iam:Simulate*",
                "kms:Describe*",
                "kms:Get*",
                "kms:List*",
                "secretsmanager:Describe*",
                "secretsmanager:GetResourcePolicy",
                "secretsmanager:List*",
                "ssm:Describe*",
                "ssm:Get*",
                "ssm:List*",
                "sts:GetAccessKeyInfo",
                "sts:GetCallerIdentity",
                "sts:GetSessionToken",
            ),
        ),
    ),
    Description(
        "ViewOnlyAccess",
        "This policy grants permissions to view resources and basic metadata across all AWS services.",
        (_allow(*_VIEW_ONLY),),
        path="/job-function/",
    ),
    Description(
        "SecurityAudit",
        "The security audit template grants access to read security configuration metadata.",
        (_allow(*_AUDIT),),
    ),
    Description("IAMFullAccess", "Provides full access to IAM via the AWS Management Console.", (_allow("iam:*"),)),
    Description(
        "IAMReadOnlyAccess",
        "Provides read only access to IAM via the AWS Management Console.",
        (_allow(*_IAM_READ, "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),),
    ),
    Description(
        "IAMUserChangePassword",
        "Provides the ability for an IAM user to change their own password.",
        (_allow("iam:ChangePassword", resource=[_SELF]), _allow("iam:GetAccountPasswordPolicy")),
    ),
    Description(
        "IAMSelfManageServiceSpecificCredentials",
        "Allows an IAM user to manage their own Service Specific Credentials.",
        (_allow("iam:*ServiceSpecificCredential*", resource=_SELF),),
    ),
    Description(
        "SecretsManagerReadWrite",
        "Provides read/write access to AWS Secrets Manager via the AWS Management Console.",
        (
            _allow(
                "secretsmanager:*",
                "kms:DescribeKey",
                "kms:ListAliases",
                "kms:ListKeys",
                "lambda:ListFunctions",
                "tag:GetResources",
            ),
        ),
    ),
    Description(
        "AWSKeyManagementServicePowerUser",
        "Provides access to AWS Key Management Service (KMS).",
        (
            _allow(
                "kms:CreateAlias",
                "kms:CreateKey",
                "kms:DeleteAlias",
                "kms:Describe*",
                "kms:GenerateRandom",
                "kms:Get*",
                "kms:List*",
                "kms:TagResource",
                "kms:UntagResource",
                "iam:ListGroups",
                "iam:ListRoles",
                "iam:ListUsers",
            ),
        ),
    ),
    Description("AmazonSSMFullAccess", "Provides full access to Amazon SSM.", (_allow("ssm:*"),)),
    Description("AmazonSSMReadOnlyAccess", "Provides read only access to Amazon SSM.", (_allow("ssm:Describe*", "ssm:Get*", "ssm:List*"),)),
    Description("AWSCloudTrail_FullAccess", "Provides full access to AWS CloudTrail.", (_allow("cloudtrail:*"),)),
    Description(
        "AWSCloudTrail_ReadOnlyAccess",
        "Provides read-only access to AWS CloudTrail.",
        (_allow("cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents"),),
    ),
    Description(
        "AWSDenyAll",
        "Deny all access.",
        ({"Sid": "DenyAll", "Effect": "Deny", "Action": ["*"], "Resource": "*"},),
    ),
    Description(
        "KeyManagementServiceMultiRegionKeysServiceRolePolicy",
        "Enables access to AWS services and resources required by AWS KMS multi-Region keys.",
        (_allow("kms:SynchronizeMultiRegionKey"),),
        path="/aws-service-role/",
    ),
    Description(
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
        "Enables access to AWS services and resources used by AWS KMS custom key stores.",
        (
            _allow(
                "cloudhsm:Describe*",
                "ec2:CreateNetworkInterface",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:CreateSecurityGroup",
                "ec2:DescribeSecurityGroups",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:DeleteSecurityGroup",
            ),
        ),
        path="/aws-service-role/",
    ),
    Description(
        "IAMAuditRootUserCredentials",
        "Scopes down permissions of a privileged root session to auditing the root user's credentials.",
        _root_task(*_ROOT_AUDIT),
        path="/root-task/",
    ),
    Description(
        "IAMDeleteRootUserCredentials",
        "Scopes down permissions of a privileged root session to deleting the root user's credentials.",
        _root_task(
            *_ROOT_AUDIT, "iam:DeactivateMFADevice", "iam:DeleteAccessKey", "iam:DeleteLoginProfile", "iam:DeleteSigningCertificate"
        ),
        path="/root-task/",
    ),
)

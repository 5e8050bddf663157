"""Settings, tags and resource policies."""

import json

import pytest
from tests.unit.ssm.samples import content

from strongroom.core.errors import ValidationFailed
from strongroom.policy.parse import PolicyKind, parse_policy
from strongroom.ssm.errors import (
    MalformedResourcePolicyDocument,
    ResourcePolicyInvalidParameter,
    ResourcePolicyLimitExceeded,
    ServiceSettingNotFound,
    TooManyTags,
)
from strongroom.ssm.rules.settings import DEFAULT_TIER, HIGH_THROUGHPUT, check_setting, setting_of
from strongroom.ssm.rules.sharing import check_policy_size, check_sharable, check_shared_actions
from strongroom.ssm.rules.tags import tagged

ARN = "arn:aws:ssm:eu-west-1:111122223333:parameter/x"


@pytest.mark.parametrize("text", [DEFAULT_TIER, "arn:aws:ssm:eu-west-1:111122223333:servicesetting" + DEFAULT_TIER])
def test_a_setting_is_named_by_id_or_arn(text: str) -> None:
    """Both give the id."""
    assert setting_of(text, "111122223333", "eu-west-1") == DEFAULT_TIER


@pytest.mark.parametrize("text", ["/ssm/x", "x", "arn:aws:ssm:us-east-1:111122223333:servicesetting" + DEFAULT_TIER])
def test_an_unknown_setting_is_not_found(text: str) -> None:
    """Another Region's ARN is as unknown as a wrong id."""
    with pytest.raises(ServiceSettingNotFound):
        setting_of(text, "111122223333", "eu-west-1")


def test_settings_have_closed_lists_of_values() -> None:
    """Anything else is refused."""
    check_setting(DEFAULT_TIER, "Intelligent-Tiering")
    check_setting(HIGH_THROUGHPUT, "true")
    for setting, value in ((DEFAULT_TIER, "standard"), (HIGH_THROUGHPUT, "yes")):
        with pytest.raises(ValidationFailed):
            check_setting(setting, value)


def test_a_parameter_has_fifty_tags_at_the_most() -> None:
    """Changing one that is there is no new tag."""
    fifty = {f"k{number}": "v" for number in range(50)}
    assert tagged(fifty, {"k0": "w"})["k0"] == "w"
    with pytest.raises(TooManyTags):
        tagged(fifty, {"k50": "v"})
    with pytest.raises(ValidationFailed):
        tagged({}, {"AWS:x": "v"})


def test_only_advanced_parameters_under_a_customer_key_are_shared() -> None:
    """The account's default key can't be used by others."""
    check_sharable(content(tier="Advanced"))
    check_sharable(content(tier="Advanced", type="SecureString", key_id="alias/mine"))
    for refused in (
        content(),
        content(tier="Advanced", type="SecureString", key_id="alias/aws/ssm"),
        content(tier="Advanced", type="SecureString", key_id="arn:aws:kms:eu-west-1:111122223333:alias/aws/ssm"),
    ):
        with pytest.raises(ResourcePolicyInvalidParameter):
            check_sharable(refused)


def test_a_policy_text_has_1024_bytes_at_the_most() -> None:
    """The limit counts bytes."""
    check_policy_size("x" * 1024)
    with pytest.raises(ResourcePolicyLimitExceeded) as raised:
        check_policy_size("\u2603" * 342)
    assert raised.value.members["Limit"] == 1024


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"Action": ["SSM:GetParameters", "ssm:DescribeParameters", "ssm:GetParameterHistory"]}, True),
        ({"Action": "ssm:PutParameter"}, False),
        ({"Action": "ssm:*"}, False),
        ({"Action": None, "NotAction": "ssm:PutParameter"}, False),
        ({"Resource": "*"}, False),
        ({"Resource": ARN + "y"}, False),
        ({"Resource": None, "NotResource": ARN}, False),
    ],
)
def test_a_resource_policy_shares_reads_of_its_parameter_only(changes: dict[str, object], good: bool) -> None:  # noqa: FBT001
    """Writes, wildcards and other resources are refused."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ssm:GetParameter", "Resource": ARN, **changes}
    statement = {name: value for name, value in statement.items() if value is not None}
    document = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), PolicyKind.RESOURCE)
    if good:
        check_shared_actions(document, ARN)
    else:
        with pytest.raises(MalformedResourcePolicyDocument):
            check_shared_actions(document, ARN)

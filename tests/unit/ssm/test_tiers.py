"""Tiers and what PutParameter writes over the version before."""

from typing import Any

import pytest
from tests.unit.ssm.samples import content

from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.ssm.errors import HierarchyTypeMismatch
from strongroom.ssm.records import ParameterPolicy
from strongroom.ssm.rules.content import Surroundings, draft
from strongroom.ssm.rules.tiers import ADVANCED, INTELLIGENT, NO_DOWNGRADE, STANDARD, check_value, resolved_tier

AROUND = Surroundings("/x", STANDARD, standard_is_full=False, now=1000.0)
POLICY = '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"1","Unit":"Days"}}]'


@pytest.mark.parametrize(
    ("requested", "default", "current", "needs", "full", "tier"),
    [
        (None, STANDARD, None, False, False, STANDARD),
        (None, ADVANCED, None, False, False, ADVANCED),
        (None, INTELLIGENT, None, False, False, STANDARD),
        (None, INTELLIGENT, None, True, False, ADVANCED),
        (STANDARD, ADVANCED, None, True, False, STANDARD),
        (INTELLIGENT, STANDARD, None, False, True, ADVANCED),
        (INTELLIGENT, STANDARD, STANDARD, False, True, STANDARD),
        (INTELLIGENT, STANDARD, STANDARD, True, False, ADVANCED),
        (ADVANCED, STANDARD, STANDARD, False, False, ADVANCED),
        (None, STANDARD, STANDARD, False, False, STANDARD),
        (None, STANDARD, ADVANCED, False, False, ADVANCED),
        (INTELLIGENT, STANDARD, ADVANCED, False, False, ADVANCED),
    ],
)
def test_the_tier_follows_from_request_default_and_need(
    requested: str | None,
    default: str,
    current: str | None,
    *,
    needs: bool,
    full: bool,
    tier: str,
) -> None:
    """Advanced stays advanced; Intelligent-Tiering takes the advanced tier only where it must."""
    assert resolved_tier(requested, default, current, needs_advanced=needs, standard_is_full=full) == tier


def test_a_downgrade_is_refused() -> None:
    """The text is AWS's."""
    with pytest.raises(ValidationFailed) as raised:
        resolved_tier(STANDARD, STANDARD, ADVANCED, needs_advanced=False, standard_is_full=False)
    assert raised.value.message == NO_DOWNGRADE


@pytest.mark.parametrize(
    ("value", "tier", "message"),
    [
        ("", STANDARD, "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater"),
        ("v" * 4097, STANDARD, "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger"),
        ("v" * 8193, ADVANCED, "Advanced tier parameters support a maximum parameter value of 8192 characters."),
    ],
)
def test_a_value_out_of_bounds_is_refused(value: str, tier: str, message: str) -> None:
    """Limits count characters, not bytes."""
    with pytest.raises(ValidationFailed) as raised:
        check_value(value, tier, "text", has_policies=False)
    assert (raised.value.message or "").startswith(message)


def test_limits_count_characters() -> None:
    """4096 characters of three bytes each fit the standard tier, 8192 the advanced one."""
    check_value("\u2603" * 4096, STANDARD, "text", has_policies=False)
    check_value("\u2603" * 8192, ADVANCED, "text", has_policies=False)


@pytest.mark.parametrize(("data_type", "policies"), [("json", False), ("url", False), ("jsonc", False), ("text", True)])
def test_advanced_features_need_the_advanced_tier(data_type: str, policies: bool) -> None:  # noqa: FBT001
    """Parameter policies and three data types are not for standard parameters."""
    with pytest.raises(ValidationFailed):
        check_value("{}", STANDARD, data_type, has_policies=policies)
    check_value("{}", ADVANCED, data_type, has_policies=policies)


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        ({"Value": "v"}, ValidationFailed, "A parameter type is required when you create a parameter."),
        (
            {"Value": "a{{ssm:x}}b", "Type": "String"},
            ValidationFailed,
            'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
        ),
        ({"Value": "v", "Type": "String", "KeyId": "alias/k"}, ValidationFailed, None),
        ({"Value": "v", "Type": "String", "Policies": POLICY}, ValidationFailed, None),
    ],
)
def test_a_new_parameter_that_breaks_a_rule_is_refused(request_: Any, error: type[ApiError], message: str | None) -> None:
    """Each rule has its answer."""
    with pytest.raises(error) as raised:
        draft(request_, None, AROUND)
    assert message is None or raised.value.message == message


@pytest.mark.parametrize("value", ["{{", "}}", "}}{{", "{ {x} }"])
def test_braces_that_form_no_reference_are_allowed(value: str) -> None:
    """Only {{...}} is."""
    assert draft({"Name": "x", "Value": value, "Type": "String"}, None, AROUND).value == value


@pytest.mark.parametrize("kind", ["SecureString", "StringList"])
def test_an_overwrite_does_not_change_the_type(kind: Any) -> None:
    """A parameter keeps its type for life."""
    with pytest.raises(HierarchyTypeMismatch):
        draft({"Name": "x", "Value": "v", "Type": kind}, content(), AROUND)


def test_an_overwrite_keeps_what_the_request_leaves_out() -> None:
    """Description, AllowedPattern, KeyId, Tier, Policies and DataType carry over."""
    policy = ParameterPolicy(type="Expiration", text="{}", expires=2000.0)
    before = content(
        type="SecureString", key_id="alias/k", tier=ADVANCED, data_type="json", description="d", allowed_pattern="{.*}", policies=(policy,)
    )
    after = draft({"Name": "x", "Value": "{}"}, before, AROUND)
    assert (after.type, after.key_id, after.tier, after.data_type) == ("SecureString", "alias/k", ADVANCED, "json")
    assert (after.description, after.allowed_pattern, after.policies) == ("d", "{.*}", (policy,))


def test_an_overwrite_replaces_what_the_request_names() -> None:
    """An empty pattern removes it, and [{}] removes the policies."""
    policy = ParameterPolicy(type="Expiration", text="{}", expires=2000.0)
    before = content(tier=ADVANCED, description="d", allowed_pattern="x", policies=(policy,))
    after = draft({"Name": "x", "Value": "v", "Description": "", "AllowedPattern": "", "Policies": "[{}]"}, before, AROUND)
    assert (after.description, after.allowed_pattern, after.policies) == ("", None, ())


def test_a_secure_string_without_a_key_gets_the_accounts_own() -> None:
    """The default is alias/aws/ssm."""
    assert draft({"Name": "x", "Value": "v", "Type": "SecureString"}, None, AROUND).key_id == "alias/aws/ssm"

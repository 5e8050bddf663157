"""Parameter policies: parsing, and when each acts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.core.errors import ApiError
from strongroom.ssm.errors import IncompatiblePolicy, InvalidPolicyAttribute, InvalidPolicyType, PoliciesLimitExceeded
from strongroom.ssm.rules.policies import carried_over, finished, first_due, next_due_ms, parse_policies

NOW = 1_700_000_000.0
DAY = 86_400


def expiration(timestamp: str = "2030-01-01T00:00:00.000Z") -> dict[str, Any]:
    """Return an Expiration policy."""
    return {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": timestamp}}


def notification(before: Any = "2", unit: str = "Days") -> dict[str, Any]:
    """Return an ExpirationNotification policy."""
    return {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": before, "Unit": unit}}


def no_change(after: Any = "3", unit: str = "Hours") -> dict[str, Any]:
    """Return a NoChangeNotification policy."""
    return {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": after, "Unit": unit}}


@pytest.mark.parametrize("timestamp", ["2030-01-01T00:00:00Z", "2030-01-01T01:00:00.000+01:00", "2029-12-31T23:30:00-00:30"])
def test_a_timestamp_is_an_instant_or_has_an_offset(timestamp: str) -> None:
    """All three are the same moment."""
    (policy,) = parse_policies(json.dumps([expiration(timestamp)]), NOW)
    assert policy.expires == 1_893_456_000.0


@pytest.mark.parametrize("text", ["[]", "[{}]", " [ { } ] "])
def test_an_empty_policy_removes_all(text: str) -> None:
    """Nothing is left."""
    assert parse_policies(text, NOW) == ()


@pytest.mark.parametrize(
    ("documents", "error"),
    [
        ("x", InvalidPolicyAttribute),
        ("{}", InvalidPolicyAttribute),
        ("[1]", InvalidPolicyAttribute),
        ("[" * 3000, InvalidPolicyAttribute),
        ([{"Type": "Expire", "Version": "1.0", "Attributes": {}}], InvalidPolicyType),
        ([{}, {}], InvalidPolicyType),
        ([{**expiration(), "Version": "2.0"}], InvalidPolicyAttribute),
        ([{"Type": "Expiration", "Version": "1.0"}], InvalidPolicyAttribute),
        ([expiration("2030-01-01")], InvalidPolicyAttribute),
        ([expiration("2030-01-01T00:00:00")], InvalidPolicyAttribute),
        ([expiration("2030-13-01T00:00:00Z")], InvalidPolicyAttribute),
        ([expiration("2001-01-01T00:00:00Z")], InvalidPolicyAttribute),
        ([expiration(), expiration()], IncompatiblePolicy),
        ([notification()], IncompatiblePolicy),
        ([expiration(), notification("0")], InvalidPolicyAttribute),
        ([expiration(), notification("-1")], InvalidPolicyAttribute),
        ([expiration(), notification(unit="Weeks")], InvalidPolicyAttribute),
        ([no_change(after=True)], InvalidPolicyAttribute),
        ([no_change("9" * 30)], InvalidPolicyAttribute),
        ([no_change()] * 11, PoliciesLimitExceeded),
    ],
)
def test_a_bad_policy_gets_the_error_of_its_kind(documents: Any, error: type[ApiError]) -> None:
    """Form, type, attributes, combination and number are told apart."""
    with pytest.raises(error):
        parse_policies(documents if isinstance(documents, str) else json.dumps(documents), NOW)


def test_the_first_due_policy_acts_first() -> None:
    """The notification comes before the expiration, the reminder after the last change; each acts once."""
    policies = parse_policies(json.dumps([expiration("2023-11-20T00:00:00Z"), notification(), no_change()]), NOW)
    expires = 1_700_438_400.0
    assert next_due_ms(policies, NOW) == int((NOW + 3 * 3600) * 1000)
    acted = []
    while policy := first_due(policies, NOW, expires):
        acted.append(policy.type)
        policies = finished(policies, policy)
    assert acted == ["NoChangeNotification", "ExpirationNotification", "Expiration"]
    assert next_due_ms(policies, NOW) is None
    assert first_due(policies, NOW, NOW) is None


def test_nothing_acts_before_its_time() -> None:
    """A second before, nothing is due."""
    policies = parse_policies(json.dumps([no_change("1", "Hours")]), NOW)
    assert first_due(policies, NOW, NOW + 3599) is None
    assert first_due(policies, NOW, NOW + 3600) is not None


def test_an_overwrite_starts_the_reminder_anew_and_leaves_the_expiry() -> None:
    """NoChangeNotification counts from the last change; an ExpirationNotification that was sent is not sent again."""
    policies = parse_policies(json.dumps([expiration(), notification(), no_change()]), NOW)
    for policy in policies[1:]:
        policies = finished(policies, next(each for each in policies if each.type == policy.type))
    assert [policy.status for policy in policies] == ["Pending", "Finished", "Finished"]
    assert [policy.status for policy in carried_over(policies)] == ["Pending", "Finished", "Pending"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_no_document_breaks_the_parser(document: Any) -> None:
    """Any JSON is parsed or refused."""
    for value in (document, [document], [{"Type": "Expiration", "Attributes": document}], [{"Type": document}]):
        try:
            parse_policies(json.dumps(value), NOW)
        except ApiError:
            continue

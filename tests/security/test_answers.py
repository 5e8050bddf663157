"""Requests that once made the server fail or work for minutes."""

import json
import time

import pytest
from tests.security.conftest import Ask, policy
from tests.support.clients import new_account

from strongroom.core.errors import ValidationFailed
from strongroom.ssm.rules.data_types import check_data_type

TRUST = policy({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})
ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::*a*a*a*a*?b?*"}


def test_account_details_hold_roles(ask: Ask) -> None:
    """RoleDetail lacks members that Role has; they are left out."""
    account = new_account()
    ask(account, "iam", "CreateRole", RoleName="one", AssumeRolePolicyDocument=TRUST, Description="a role")
    code, answer = ask(account, "iam", "GetAccountAuthorizationDetails")
    assert (code, [role["RoleName"] for role in answer["RoleDetailList"]]) == ("", ["one"])


def test_a_marker_of_another_filter_is_invalid(ask: Ask) -> None:
    """A position in one ordering of a policy's entities says nothing about another one."""
    account = new_account()
    _, made = ask(account, "iam", "CreatePolicy", PolicyName="one", PolicyDocument=policy(ALL))
    arn = made["Policy"]["Arn"]
    for name in ("a", "b"):
        ask(account, "iam", "CreateUser", UserName=name)
        ask(account, "iam", "AttachUserPolicy", UserName=name, PolicyArn=arn)
    _, page = ask(account, "iam", "ListEntitiesForPolicy", PolicyArn=arn, PolicyUsageFilter="PermissionsPolicy", MaxItems=1)
    code, text = ask(account, "iam", "ListEntitiesForPolicy", PolicyArn=arn, Marker=page["Marker"])
    assert (code, text) == ("ValidationError", "Invalid Marker.")


def test_a_simulated_context_entry_needs_a_name(ask: Ask) -> None:
    """The model does not demand it."""
    request = {"PolicyInputList": [policy(ALL)], "ActionNames": ["s3:Get"], "ContextEntries": [{"ContextKeyType": "string"}]}
    code, text = ask(new_account(), "iam", "SimulateCustomPolicy", **request)
    assert (code, text) == ("InvalidInput", "ContextEntries.member.1 has no ContextKeyName.")


def test_a_simulation_of_forty_thousand_questions_is_paged(ask: Ask) -> None:
    """Each page costs a bounded number of statements, so it may hold fewer results than asked for, and names the next one."""
    request = {
        "PolicyInputList": [policy(*[ALL] * 30)] * 5,
        "ActionNames": [f"s3:Get{number}" for number in range(200)],
        "ResourceArns": [f"arn:aws:s3:::{'a' * 100}{number}" for number in range(200)],
    }
    account, started = new_account(), time.perf_counter()
    _, first = ask(account, "iam", "SimulateCustomPolicy", **request)
    _, second = ask(account, "iam", "SimulateCustomPolicy", Marker=first["Marker"], **request)
    assert time.perf_counter() - started < 10
    resources = [result["EvalResourceName"] for page in (first, second) for result in page["EvaluationResults"]]
    assert resources == request["ResourceArns"][: len(resources)]
    assert len(resources) > 10


def test_a_simulation_of_more_questions_is_refused(ask: Ask) -> None:
    """A million combinations are not even listed."""
    names = [f"s3:Get{number}" for number in range(1000)]
    request = {"PolicyInputList": [policy(ALL)], "ActionNames": names, "ResourceArns": [f"arn:aws:s3:::{name}" for name in names]}
    assert ask(new_account(), "iam", "SimulateCustomPolicy", **request)[0] == "InvalidInput"


@pytest.mark.parametrize("value", ["/*a" * 2700, '"\\' * 4096, '"\\"' * 2700, "," * 8000, "//" * 4000])
def test_checking_json_with_comments_takes_time_in_proportion(value: str) -> None:
    """Comments and strings that do not end are looked at once, not once from each of their beginnings."""
    started = time.perf_counter()
    with pytest.raises(ValidationFailed):
        check_data_type("jsonc", "String", "/a", value)
    assert time.perf_counter() - started < 0.2


def test_unclosed_comments_are_no_json() -> None:
    """And `/*/` is not a whole comment."""
    for value in ("1 /* open", "1 /*/", "/*/ 1"):
        with pytest.raises(ValidationFailed):
            check_data_type("jsonc", "String", "/a", value)
    check_data_type("jsonc", "String", "/a", json.dumps({"a": "/*"}) + " /**/ // end")


def test_an_mfa_device_has_a_name_that_fits_its_qr_code(ask: Ask) -> None:
    """The model sets no limit."""
    account = new_account()
    assert ask(account, "iam", "CreateVirtualMFADevice", VirtualMFADeviceName="x" * 226)[0] == ""
    assert ask(account, "iam", "CreateVirtualMFADevice", VirtualMFADeviceName="x" * 227)[0] == "ValidationError"

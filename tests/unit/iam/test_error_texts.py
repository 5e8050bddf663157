"""Each refusal of IAM, by its code and its words."""

from typing import Any

import pytest
from tests.unit.iam.error_cases import ALICE, CASES, POLICY, PROFILE, ROLE, STAFF, Step
from tests.unit.identity.bench import Bench

from strongroom.core.errors import ApiError


@pytest.mark.parametrize(("steps", "operation", "request_", "code", "text"), CASES, ids=[f"{n}-{case[1]}" for n, case in enumerate(CASES)])
def test_a_refusal_has_awss_code_and_words(
    bench: Bench, steps: list[Step], operation: str, request_: dict[str, Any], code: str, text: str
) -> None:
    """One row for each."""
    for name, parameters in steps:
        bench.iam(name, **parameters)
    with pytest.raises(ApiError) as refused:
        bench.iam(operation, **request_)
    assert (refused.value.code, refused.value.message) == (code, text)


@pytest.mark.parametrize(
    ("what", "quota", "make"),
    [
        ("users", "UsersPerAccount: 5000", ("CreateUser", ALICE)),
        ("groups", "GroupsPerAccount: 300", ("CreateGroup", STAFF)),
        ("roles", "RolesPerAccount: 1000", ROLE),
        ("policies", "PoliciesPerAccount: 1500", POLICY),
        ("instance_profiles", "InstanceProfilesPerAccount: 1000", PROFILE),
    ],
)
def test_an_account_holds_so_many_and_no_more(bench: Bench, what: str, quota: str, make: Step) -> None:
    """The count is one record, so the quota holds against concurrent callers."""
    limit = int(quota.rpartition(" ")[2])
    bench.iam("CreateUser", UserName="first")
    stored = bench.usage()
    bench.set_usage(**{what: limit})
    with pytest.raises(ApiError) as refused:
        bench.iam(make[0], **make[1])
    assert (refused.value.code, refused.value.message) == ("LimitExceeded", f"Cannot exceed quota for {quota}")
    bench.set_usage(**{what: limit - 1})
    bench.iam(make[0], **make[1])
    assert stored.users == 1

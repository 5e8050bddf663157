"""Every combination of account, rule, caller, name, limits, denials and grants, with the answer stated beside it in other terms.

The engine walks policies and statements; the expectation here is a look-up in the tables of the specification.
"""

from itertools import product
from typing import NamedTuple

import pytest
from tests.unit.policy.make import (
    ACCOUNT,
    ALICE,
    ALICE_ARN,
    FEDERATED,
    FEDERATED_ARN,
    OTHER,
    ROLE_ID,
    ROOT,
    ROOT_ARN,
    SESSION,
    SESSION_ARN,
    allow,
    ask,
    deny,
    identity,
    named,
)

from strongroom.policy.decision import NamedPolicy, PolicySet, PrincipalFacts, ResourceRule
from strongroom.policy.parse import PolicyKind

CALLERS: dict[str, tuple[PrincipalFacts, str, str | None]] = {  # the caller, its own name, and its role's
    "root": (ROOT, ROOT_ARN, None),
    "user": (ALICE, ALICE_ARN, None),
    "session": (SESSION, SESSION_ARN, ROLE_ID),
    "federated": (FEDERATED, FEDERATED_ARN, None),
}
NAMINGS = ("nobody", "itself", "role", "account", "everyone")
LIMIT = ("absent", "allows", "silent")
DENIES = ("nowhere", "identity", "resource", "boundary", "session", "organisation")
EVERYTHING, NOTHING, DENY = allow(), allow(Action="s3:None"), deny()
KINDS = {ResourceRule.ORDINARY: PolicyKind.RESOURCE, ResourceRule.KMS_KEY: PolicyKind.KEY, ResourceRule.TRUST: PolicyKind.TRUST}

# From the table "Same account, resource policy allows...": is an identity allow needed, and do boundary and session policies limit?
NEEDS_IDENTITY = {"itself": False, "role": False, "account": True, "everyone": False}
LIMITED = {
    "itself": set[str](),
    "role": {"session"},
    "account": {"user", "session", "federated"},
    "everyone": {"session", "federated"},
}


class Cell(NamedTuple):
    """One combination. `boundary`, `session` and `organisation` are from LIMIT, `denies` is from DENIES."""

    same_account: bool
    rule: ResourceRule
    caller: str
    naming: str
    by_identity: bool
    boundary: str
    session: str
    organisation: str
    denies: str
    grant: bool


def expected(cell: Cell) -> bool:
    """Return the specification's answer for one cell."""
    if cell.denies != "nowhere" or cell.organisation == "silent":
        return False
    if cell.grant and cell.rule is ResourceRule.KMS_KEY:
        return True
    within_limits = "silent" not in {cell.boundary, cell.session}
    by_identity = (cell.by_identity or cell.caller == "root") and within_limits
    if cell.naming == "nobody":
        return by_identity and cell.same_account and cell.rule is ResourceRule.ORDINARY
    if not cell.same_account:
        return by_identity
    # The account's name is the root user's own name.
    if NEEDS_IDENTITY[cell.naming] and cell.caller != "root":
        return by_identity
    by_resource = within_limits or cell.caller not in LIMITED[cell.naming]
    return by_resource or (by_identity and cell.rule is ResourceRule.ORDINARY)


def resource_policy(rule: ResourceRule, caller: str, naming: str, *, denied: bool) -> NamedPolicy:
    """Return the policy of the resource: it allows the caller under that name, and denies everyone if asked to."""
    _, own, role = CALLERS[caller]
    name = {"nobody": "arn:aws:iam::999999999999:user/x", "itself": own, "role": role, "account": ACCOUNT, "everyone": "*"}[naming]
    sts = {"Action": "sts:*", "Resource": None} if rule is ResourceRule.TRUST else {}
    statements = [allow(Principal={"AWS": name}, **sts), deny(Principal="*", **sts)]
    return named(KINDS[rule], *statements[: 1 + denied])


def limit(state: str, *, denied: bool) -> NamedPolicy | None:
    """Return a boundary, session or organisation policy in that state; a denying one allows everything else."""
    if denied:
        return identity(EVERYTHING, DENY)
    return {"absent": None, "allows": identity(EVERYTHING), "silent": identity(NOTHING)}[state]


def policies_of(cell: Cell) -> PolicySet:
    """Return the policies of one cell."""
    boundary = limit(cell.boundary, denied=cell.denies == "boundary")
    session = limit(cell.session, denied=cell.denies == "session")
    organisation = limit(cell.organisation, denied=cell.denies == "organisation")
    return PolicySet(
        identity=(identity(*[EVERYTHING] * cell.by_identity, *[DENY] * (cell.denies == "identity"), NOTHING),),
        boundary=boundary,
        session=None if session is None else (session,),
        service_control=() if organisation is None else ((organisation,),),
        resource=resource_policy(cell.rule, cell.caller, cell.naming, denied=cell.denies == "resource"),
        rule=cell.rule,
        grant=(lambda: True) if cell.grant else None,
    )


@pytest.mark.parametrize("rule", ResourceRule)
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("same_account", [True, False])
def test_every_combination_is_decided_as_the_tables_say(rule: ResourceRule, caller: str, naming: str, *, same_account: bool) -> None:
    """648 cells for each way in which a resource's policy names a caller."""
    facts, _, role = CALLERS[caller]
    if naming == "role" and role is None:
        return
    action = "sts:AssumeRole" if rule is ResourceRule.TRUST else "kms:Decrypt"
    for choice in product((False, True), LIMIT, LIMIT, LIMIT, DENIES, (False, True)):
        cell = Cell(same_account, rule, caller, naming, *choice)
        answer = ask(facts, policies_of(cell), action=action, owner=ACCOUNT if same_account else OTHER)
        assert answer.allowed is expected(cell), (cell, answer)
        assert answer.explicit is (cell.denies != "nowhere"), (cell, answer)

"""What holds for all policies: a Deny always wins, and nothing but an Allow ever lets anybody in."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.make import (
    ACCOUNT,
    ALICE,
    ALICE_ARN,
    ANONYMOUS,
    FEDERATED,
    KEY,
    OTHER,
    ROLE_ARN,
    ROLE_ID,
    ROOT,
    SERVICE,
    SESSION,
    SESSION_ARN,
    ask,
    deny,
    identity,
    named,
)

from strongroom.policy.decision import Decision, NamedPolicy, PolicySet, PrincipalFacts, ResourceRule, Values
from strongroom.policy.parse import PolicyKind

Statements = list[dict[str, Any]]
actions = st.sampled_from(["*", "kms:*", "kms:Decrypt", "kms:De*", "kms:Encrypt", "s3:*"])
resources = st.sampled_from(["*", KEY, "arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:*:*", "arn:aws:kms:*:${aws:PrincipalTag/t}:key/*"])
names = st.sampled_from([ACCOUNT, OTHER, ALICE_ARN, ROLE_ARN, ROLE_ID, SESSION_ARN, "*"])
principals = st.one_of(st.just("*"), names.map(lambda name: {"AWS": name}), st.just({"Service": "secretsmanager.amazonaws.com"}))
conditions = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:PrincipalTag/t": "a"}},
        {"StringNotEquals": {"aws:PrincipalTag/t": "${aws:ResourceTag/t}"}},
        {"ForAllValues:StringLike": {"aws:TagKeys": "a*"}},
        {"Null": {"aws:PrincipalTag/t": "true"}},
    ]
)
callers = st.sampled_from([ROOT, ALICE, SESSION, FEDERATED, SERVICE, ANONYMOUS])
contexts: st.SearchStrategy[dict[str, Values]] = st.dictionaries(
    st.sampled_from(["aws:principaltag/t", "aws:resourcetag/t", "aws:tagkeys"]),
    st.lists(st.sampled_from(["a", "b", ACCOUNT]), max_size=2).map(tuple),
)


def statement(*, with_principal: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Give statements of an identity or of a resource."""
    elements: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": actions,
        "Resource": resources,
        "Condition": conditions,
    }
    return st.fixed_dictionaries({**elements, "Principal": principals} if with_principal else elements)


mine = st.lists(statement(with_principal=False), min_size=1, max_size=4)
theirs = st.lists(statement(with_principal=True), min_size=1, max_size=4)
SLOTS = ("identity", "boundary", "session", "organisation")


@dataclass
class Case:
    """A request and its policies, in a form that tests can change."""

    facts: PrincipalFacts
    own: dict[str, Statements]
    resource: Statements
    owner: str
    context: dict[str, Values]
    key: bool
    grant: bool = False

    def policies(self) -> PolicySet:
        """Return the policies; a slot that is missing has none."""
        found: dict[str, NamedPolicy] = {slot: identity(*statements) for slot, statements in self.own.items()}
        return PolicySet(
            identity=(found["identity"],),
            boundary=found.get("boundary"),
            session=(found["session"],) if "session" in found else None,
            service_control=((found["organisation"],),) if "organisation" in found else (),
            resource=named(PolicyKind.KEY if self.key else PolicyKind.RESOURCE, *self.resource),
            rule=ResourceRule.KMS_KEY if self.key else ResourceRule.ORDINARY,
            grant=lambda: self.grant,
        )

    def decide(self, policies: PolicySet | None = None) -> Decision:
        """Return the decision on the case."""
        return ask(self.facts, policies or self.policies(), owner=self.owner, context=self.context)


owned = st.fixed_dictionaries({"identity": mine}, optional=dict.fromkeys(SLOTS[1:], mine))
cases = st.builds(Case, callers, owned, theirs, st.sampled_from([ACCOUNT, OTHER]), contexts, st.booleans(), st.booleans())


@given(cases, st.sampled_from([*SLOTS, "resource"]), st.integers(0, 4))
def test_a_deny_always_wins_wherever_it_stands(case: Case, where: str, position: int) -> None:
    """Whatever else allows: policies, grants, or being root."""
    target = case.resource if where == "resource" else case.own.setdefault(where, [])
    target.insert(position, deny(Principal="*") if where == "resource" else deny())
    decision = case.decide()
    assert (decision.allowed, decision.explicit) == (False, True)


@given(cases, statement(with_principal=True))
def test_adding_a_deny_never_allows(case: Case, added: dict[str, Any]) -> None:
    """A Deny can only take away, in the resource's policy and in the caller's own."""
    before = case.decide()
    one = {**added, "Effect": "Deny"}
    another = {name: value for name, value in one.items() if name != "Principal"}
    in_resource = replace(case, resource=[*case.resource, one])
    in_identity = replace(case, own={**case.own, "identity": [*case.own["identity"], another]})
    for changed in (in_resource, in_identity):
        assert before.allowed or not changed.decide().allowed


@given(cases, st.data())
def test_removing_an_allow_never_allows(case: Case, data: st.DataObject) -> None:
    """Fewer Allows never let more in; a policy that loses its last statement stays as one that grants nothing."""
    before = case.decide()
    where = data.draw(st.sampled_from([*case.own, "resource"]))
    statements = case.resource if where == "resource" else case.own[where]
    allows = [index for index, each in enumerate(statements) if each["Effect"] == "Allow"]
    if not allows:
        return
    index = data.draw(st.sampled_from(allows))
    statements[index] = {**statements[index], "Action": "s3:None"}
    assert before.allowed or not case.decide().allowed


@given(cases, st.data())
def test_the_order_of_statements_and_policies_never_matters(case: Case, data: st.DataObject) -> None:
    """Neither to the answer nor to whether a Deny decided."""
    before = case.decide()
    shuffled = replace(
        case,
        own={slot: data.draw(st.permutations(statements)) for slot, statements in case.own.items()},
        resource=data.draw(st.permutations(case.resource)),
    )
    split = msgspec.structs.replace(shuffled.policies(), identity=tuple(identity(each) for each in shuffled.own["identity"]))
    for answer in (shuffled.decide(), case.decide(split)):
        assert (answer.allowed, answer.explicit, answer.policy_type) == (before.allowed, before.explicit, before.policy_type)

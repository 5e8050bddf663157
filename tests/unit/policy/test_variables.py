"""Policy variables in resources and conditions."""

import pytest
from tests.unit.policy.make import ALICE, allow, ask, deny, identity, text

from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import ConditionContext, PolicySet, Values
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy
from strongroom.policy.variables import Variable, parse_parts, resolve
from strongroom.policy.wildcard import Wild

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
CONTEXT: dict[str, Values] = {
    "aws:username": ("alice",),
    "aws:principaltag/team": ("red",),
    "aws:principaltag/star": ("*",),
    "aws:principaltag/empty": ("",),
    "aws:tagkeys": ("one", "two"),
    "aws:principaltag/place": ("eu-west-1:999999999999:secret",),
}

RESOLVED = [
    ("${aws:username}", ("alice",)),
    ("${AWS:UserName}", ("alice",)),
    ("a/${aws:username}/b", ("a/", "alice", "/b")),
    ("${aws:PrincipalTag/team, 'none'}", ("red",)),
    ("${aws:PrincipalTag/missing, 'none'}", ("none",)),
    ("${aws:PrincipalTag/missing,'a b'}", ("a b",)),
    ("${aws:PrincipalTag/missing, ''}", ("",)),
    ("${aws:PrincipalTag/missing}", None),
    ("${aws:TagKeys}", None),  # several values stand for none
    ("${aws:TagKeys, 'x'}", None),
    ("${aws:PrincipalTag/empty, 'x'}", ("",)),
    ("${*}${?}${$}", ("*", "?", "$")),
    ("*${aws:PrincipalTag/star}", (Wild.STAR, "*")),
    ("$100 {x}", ("$100 {x}",)),
]


@pytest.mark.parametrize(("value", "expected"), RESOLVED)
def test_a_variable_stands_for_its_one_value_as_literal_text(value: str, expected: tuple[str | Wild, ...] | None) -> None:
    """Defaults step in for absent keys only, and nothing that a request brings is a wildcard."""
    assert resolve(parse_parts(value, variables=True, wildcards=True), ConditionContext(CONTEXT)) == expected


@pytest.mark.parametrize("value", ["${", "${aws:username", "${}", "${ }", "${a'b}", "${a, b}", "${a, 'b}", "${${aws:username}}", "x${a{b}"])
def test_an_unfinished_variable_is_malformed(value: str) -> None:
    """A document with a broken variable is refused, in resources and in conditions."""
    for statement in (allow(Resource=f"arn:aws:s3:::{value}"), allow(Condition={"StringLike": {"aws:username": value}})):
        with pytest.raises(MalformedPolicy):
            parse_policy(text(statement), PolicyKind.IDENTITY)


def test_the_old_version_knows_no_variables() -> None:
    """In 2008-10-17 documents, `${aws:username}` is plain text."""
    assert parse_parts("${aws:username}", variables=False, wildcards=True) == ("${aws:username}",)
    old = compile_policy(text(allow(Resource=f"{SECRET}${{aws:username}}"), version="2008-10-17"), PolicyKind.IDENTITY)
    statement = old.statements[0]
    assert statement.applies(f"{SECRET}${{aws:username}}", [], ConditionContext(CONTEXT))
    assert not statement.applies(f"{SECRET}alice", [], ConditionContext(CONTEXT))


RESOURCES = [
    ("${aws:username}/*", "alice/db", True),
    ("${aws:username}/*", "bob/db", False),
    ("${aws:PrincipalTag/missing}/*", "alice/db", False),
    ("${aws:PrincipalTag/missing, 'alice'}/*", "alice/db", True),
    ("${aws:PrincipalTag/star}", "alice", False),
    ("${aws:PrincipalTag/star}", "*", True),
    ("a${*}", "a*", True),
    ("a${*}", "ab", False),
]


@pytest.mark.parametrize(("resource", "asked", "expected"), RESOURCES)
def test_a_resource_may_hold_variables(resource: str, asked: str, *, expected: bool) -> None:
    """The variable's value is matched as it is; a missing one matches nothing."""
    policies = PolicySet(identity=(identity(allow(Resource=f"{SECRET}{resource}")),))
    assert ask(ALICE, policies, resource=f"{SECRET}{asked}", context=CONTEXT).allowed is expected


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ("${aws:PrincipalTag/place}:alice", "eu-west-1:999999999999:secret:alice"),
        ("${aws:PrincipalTag/place}:111122223333:secret:db", "eu-west-1:999999999999:secret:111122223333:secret:db"),
        ("*:${aws:PrincipalTag/place}:db", "eu-west-1:eu-west-1:999999999999:secret:db"),
    ],
)
def test_a_value_with_colons_adds_no_segment_to_an_arn(resource: str, wanted: str) -> None:
    """A tag that looks like the rest of an ARN can't move a policy to another account."""
    policies = PolicySet(identity=(identity(allow(Resource=f"arn:aws:secretsmanager:{resource}")),))
    assert not ask(ALICE, policies, resource=f"arn:aws:secretsmanager:{wanted}", context=CONTEXT).allowed


def test_an_unresolved_variable_leaves_the_other_resources_of_a_list() -> None:
    """Each entry of a list stands for itself."""
    policies = PolicySet(identity=(identity(allow(Resource=[f"{SECRET}${{aws:PrincipalTag/missing}}", f"{SECRET}shared"])),))
    assert ask(ALICE, policies, resource=f"{SECRET}shared", context=CONTEXT).allowed


def test_an_unresolved_variable_makes_not_resource_match_nothing() -> None:
    """What is excluded is unknown, so the statement does not match: an Allow must not widen."""
    policies = PolicySet(identity=(identity(allow(NotResource=f"{SECRET}${{aws:PrincipalTag/missing}}")),))
    assert not ask(ALICE, policies, resource=f"{SECRET}other", context=CONTEXT).allowed
    resolved = PolicySet(identity=(identity(allow(NotResource=f"{SECRET}${{aws:username}}")),))
    assert ask(ALICE, resolved, resource=f"{SECRET}other", context=CONTEXT).allowed
    assert not ask(ALICE, resolved, resource=f"{SECRET}alice", context=CONTEXT).allowed


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnNotLike", "StringNotEqualsIfExists"]
)
def test_an_unresolved_variable_in_a_condition_makes_the_statement_match_nothing(operator: str) -> None:
    """Negated operators too: not even a Deny matches."""
    condition = {operator: {"aws:username": "${aws:PrincipalTag/missing}"}}
    policies = PolicySet(identity=(identity(allow(), deny(Condition=condition)),))
    assert ask(ALICE, policies, context=CONTEXT).allowed
    assert not ask(ALICE, PolicySet(identity=(identity(allow(Condition=condition)),)), context=CONTEXT).allowed


def test_an_unresolved_variable_among_other_values_matches_nothing_only_if_it_must() -> None:
    """The other values still match under a positive operator; under a negated one it stays open what is excluded."""
    values = ["${aws:PrincipalTag/missing}", "alice"]
    for operator, expected in (("StringEquals", True), ("StringNotEquals", False)):
        for name in ("alice", "bob"):
            policies = PolicySet(identity=(identity(allow(Condition={operator: {"aws:username": values}})),))
            assert ask(ALICE, policies, context={"aws:username": (name,)}).allowed is (expected and name == "alice")


def test_a_variable_is_cut_into_its_key_its_name_and_its_default() -> None:
    """The key is looked up in lower case and shown as written."""
    assert parse_parts("${aws:PrincipalTag/My Team, 'x'}", variables=True, wildcards=False) == (
        Variable("aws:principaltag/my team", "aws:PrincipalTag/My Team", "x"),
    )

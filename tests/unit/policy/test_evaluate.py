"""The rows of the evaluation tables: who needs what else, and which kind of policy a denial names."""

import time
from collections.abc import Callable

import pytest
from tests.unit.policy.make import (
    ACCOUNT,
    ALICE,
    ALICE_ARN,
    ALICE_ID,
    ANONYMOUS,
    BEARER,
    DECRYPT,
    FEDERATED,
    FEDERATED_ARN,
    KEY,
    OTHER,
    PROVIDER_ARN,
    ROLE_ARN,
    ROLE_ID,
    ROOT,
    ROOT_ARN,
    SERVICE,
    SESSION,
    SESSION_ARN,
    allow,
    ask,
    deny,
    identity,
    named,
)

from strongroom.policy.decision import (
    AccessRequest,
    ConditionContext,
    NamedPolicy,
    PolicySet,
    PolicyType,
    PrincipalFacts,
    PrincipalType,
    ResourceRule,
)
from strongroom.policy.evaluate import evaluate
from strongroom.policy.parse import PolicyKind

NOTHING = identity(allow(Action="s3:None"), name="nothing")
EVERYTHING = identity(allow(), name="everything")
LIMITS: list[tuple[str, NamedPolicy | None, tuple[NamedPolicy, ...] | None]] = [
    ("boundary", NOTHING, None),
    ("session", None, (NOTHING,)),
    ("empty session", None, ()),
]


def by_resource(*names: str, kind: PolicyKind = PolicyKind.RESOURCE, key: str = "AWS") -> NamedPolicy:
    """Return a resource's policy that allows everything to these names."""
    resource = None if kind is PolicyKind.TRUST else "*"
    action = "sts:*" if kind is PolicyKind.TRUST else "*"
    return named(kind, allow(Principal={key: list(names)}, Action=action, Resource=resource), name="resource")


# "Same account, resource policy allows...": who, by which name; needs an identity allow; limited by boundary and session policies
SAME_ACCOUNT: list[tuple[PrincipalFacts, str, bool, bool]] = [
    (ALICE, ALICE_ARN, False, False),
    (ALICE, ALICE_ID, False, False),
    (SESSION, ROLE_ARN, False, True),
    (SESSION, ROLE_ID, False, True),
    (SESSION, SESSION_ARN, False, False),
    (FEDERATED, FEDERATED_ARN, False, False),
    (FEDERATED, ALICE_ID, False, True),
    (ALICE, ROOT_ARN, True, True),
    (ALICE, ACCOUNT, True, True),
    (SESSION, ACCOUNT, True, True),
    (FEDERATED, ROOT_ARN, True, True),
    (SESSION, "*", False, True),
    (FEDERATED, "*", False, True),
    (ALICE, "*", False, False),
    (ROOT, ROOT_ARN, False, False),
    (ROOT, ACCOUNT, False, False),
    (ROOT, "*", False, False),
]
RULES = [
    (ResourceRule.ORDINARY, PolicyKind.RESOURCE, DECRYPT),
    (ResourceRule.KMS_KEY, PolicyKind.KEY, DECRYPT),
    (ResourceRule.TRUST, PolicyKind.TRUST, "sts:AssumeRole"),
]


@pytest.mark.parametrize(("rule", "kind", "action"), RULES)
@pytest.mark.parametrize(("facts", "name", "needs_identity", "limited"), SAME_ACCOUNT)
def test_what_a_resource_policy_of_the_same_account_is_enough_for(
    facts: PrincipalFacts, name: str, rule: ResourceRule, kind: PolicyKind, action: str, *, needs_identity: bool, limited: bool
) -> None:
    """Each row of the table, under each rule: the resource's policy alone, with an identity allow, and inside limits that do not allow."""
    policy = by_resource(name, kind=kind)
    assert ask(facts, PolicySet(resource=policy, rule=rule), action=action).allowed is not needs_identity
    both = PolicySet(identity=(EVERYTHING,), resource=policy, rule=rule)
    assert ask(facts, both, action=action).allowed
    for _, boundary, session in LIMITS:
        inside = PolicySet(identity=(EVERYTHING,), boundary=boundary, session=session, resource=policy, rule=rule)
        assert ask(facts, inside, action=action).allowed is not limited


@pytest.mark.parametrize(("rule", "kind", "action"), RULES)
@pytest.mark.parametrize(("facts", "name"), [(facts, name) for facts, name, _, _ in SAME_ACCOUNT])
def test_across_accounts_both_sides_must_allow(facts: PrincipalFacts, name: str, rule: ResourceRule, kind: PolicyKind, action: str) -> None:
    """However the resource's policy names a foreign caller, its own account must allow too, within its limits."""
    policy = by_resource(name, kind=kind)
    alone = ask(facts, PolicySet(resource=policy, rule=rule), action=action, owner=OTHER)
    assert alone.allowed is (facts is ROOT)  # the root user needs no policy in its own account
    both = PolicySet(identity=(EVERYTHING,), resource=policy, rule=rule)
    assert ask(facts, both, action=action, owner=OTHER).allowed
    for _, boundary, session in LIMITS:
        inside = PolicySet(identity=(EVERYTHING,), boundary=boundary, session=session, resource=policy, rule=rule)
        assert not ask(facts, inside, action=action, owner=OTHER).allowed
    assert not ask(facts, PolicySet(identity=(EVERYTHING,), rule=rule), action=action, owner=OTHER).allowed
    elsewhere = PolicySet(identity=(EVERYTHING,), resource=by_resource(OTHER, kind=kind), rule=rule)
    assert not ask(facts, elsewhere, action=action, owner=OTHER).allowed


STRANGERS = [
    (ALICE, f"arn:aws:iam::{ACCOUNT}:user/team/bob"),
    (ALICE, f"arn:aws:iam::{OTHER}:user/team/alice"),
    (ALICE, f"arn:aws:iam::{ACCOUNT}:user/alice"),
    (ALICE, "AIDABBBBBBBBBBBBBBBBB"),
    (ALICE, OTHER),
    (ROOT, OTHER),
    (ROOT, ALICE_ARN),
    (SESSION, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run-2"),
    (SESSION, f"arn:aws:iam::{ACCOUNT}:role/app"),
    (SESSION, "AROABBBBBBBBBBBBBBBBB"),
    (FEDERATED, f"arn:aws:sts::{ACCOUNT}:federated-user/alice"),
]


@pytest.mark.parametrize(("facts", "name"), STRANGERS)
def test_another_name_does_not_reach_the_caller(facts: PrincipalFacts, name: str) -> None:
    """Names are compared whole: another path, account, session or id is somebody else."""
    policies = PolicySet(identity=(EVERYTHING,), resource=by_resource(name, kind=PolicyKind.KEY), rule=ResourceRule.KMS_KEY)
    assert not ask(facts, policies).allowed


# --- KMS ---
DELEGATING = by_resource(ROOT_ARN, kind=PolicyKind.KEY)


def test_a_key_policy_that_does_not_name_the_account_makes_iam_allows_ineffective_but_not_denies() -> None:
    """The key policy is the only root of trust."""
    mine = by_resource(ROLE_ARN, kind=PolicyKind.KEY)
    decision = ask(ALICE, PolicySet(identity=(EVERYTHING,), resource=mine, rule=ResourceRule.KMS_KEY))
    assert (decision.allowed, decision.policy_type) == (False, PolicyType.RESOURCE)
    denied = PolicySet(identity=(identity(deny()),), resource=mine, rule=ResourceRule.KMS_KEY)
    assert ask(SESSION, denied).explicit


def test_a_key_policy_delegates_within_its_actions_and_conditions() -> None:
    """IAM may allow only what the statement that names the account covers."""
    statement = allow(
        Principal={"AWS": ACCOUNT}, Action="kms:De*", Condition={"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}
    )
    policies = PolicySet(identity=(EVERYTHING,), resource=named(PolicyKind.KEY, statement), rule=ResourceRule.KMS_KEY)
    via: dict[str, tuple[str, ...]] = {"kms:viaservice": ("ssm.eu-west-1.amazonaws.com",)}
    assert ask(ALICE, policies, context=via).allowed
    assert ask(ALICE, policies).policy_type is PolicyType.RESOURCE
    assert not ask(ALICE, policies, action="kms:Encrypt", context=via).allowed


def test_a_key_without_a_policy_is_closed_even_to_root() -> None:
    """Nobody is trusted with it."""
    assert not ask(ROOT, PolicySet(identity=(EVERYTHING,), rule=ResourceRule.KMS_KEY)).allowed
    assert not ask(ROOT, PolicySet(resource=by_resource(ALICE_ARN, kind=PolicyKind.KEY), rule=ResourceRule.KMS_KEY)).allowed


def test_a_key_policy_statement_for_everyone_needs_no_iam_policy() -> None:
    """AWS managed keys are shared this way, with kms:CallerAccount and kms:ViaService as conditions."""
    assert ask(ALICE, PolicySet(resource=by_resource("*", kind=PolicyKind.KEY), rule=ResourceRule.KMS_KEY)).allowed


@pytest.mark.parametrize("owner", [ACCOUNT, OTHER])
@pytest.mark.parametrize("facts", [ALICE, SESSION, FEDERATED, SERVICE])
def test_a_grant_alone_is_enough_in_the_account_and_across(facts: PrincipalFacts, owner: str) -> None:
    """No IAM policy, no word in the key policy."""
    policies = PolicySet(resource=by_resource(OTHER, kind=PolicyKind.KEY), rule=ResourceRule.KMS_KEY, grant=lambda: True)
    decision = ask(facts, policies, owner=owner)
    assert (decision.allowed, decision.policy) == (True, "grant")


def test_an_explicit_deny_anywhere_beats_a_grant() -> None:
    """And the grant is not even asked."""
    asked: list[None] = []

    def grant() -> bool:
        asked.append(None)
        return True

    for policies in (
        PolicySet(identity=(identity(deny()),), resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=grant),
        PolicySet(resource=named(PolicyKind.KEY, deny(Principal="*")), rule=ResourceRule.KMS_KEY, grant=grant),
        PolicySet(boundary=identity(deny()), resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=grant),
        PolicySet(session=(identity(deny()),), resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=grant),
        PolicySet(service_control=((identity(allow(), deny()),),), resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=grant),
        PolicySet(service_control=((NOTHING,),), resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=grant),
    ):
        assert not ask(ALICE, policies).allowed
    assert not asked


def test_a_grant_is_asked_last_and_only_for_keys() -> None:
    """A policy that allows already makes it needless; other resources have none."""

    def never() -> bool:
        raise AssertionError("asked")

    assert ask(ALICE, PolicySet(identity=(EVERYTHING,), resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=never)).allowed
    assert not ask(ALICE, PolicySet(grant=never)).allowed
    assert not ask(ALICE, PolicySet(resource=DELEGATING, rule=ResourceRule.KMS_KEY, grant=lambda: False)).allowed


# --- ordinary resources and roots ---
def test_identity_policies_alone_are_enough_for_ordinary_resources_of_the_account() -> None:
    """Inside the boundary and the session's policies, if there are any."""
    assert ask(ALICE, PolicySet(identity=(NOTHING, EVERYTHING))).allowed
    assert ask(ALICE, PolicySet(identity=(EVERYTHING,), boundary=EVERYTHING, session=(NOTHING, EVERYTHING))).allowed
    assert not ask(ALICE, PolicySet()).allowed
    assert not ask(ALICE, PolicySet(boundary=EVERYTHING, session=(EVERYTHING,))).allowed  # neither ever grants


def test_the_root_user_is_allowed_unless_an_organisation_or_the_resource_denies() -> None:
    """Root has no policies of its own."""
    assert ask(ROOT, PolicySet()).allowed
    assert ask(ROOT, PolicySet(resource=by_resource(ALICE_ARN))).allowed
    assert not ask(ROOT, PolicySet(service_control=((NOTHING,),))).allowed
    assert not ask(ROOT, PolicySet(resource_control=((named(PolicyKind.RESOURCE, allow(Principal="*", Action="s3:*")),),))).allowed
    assert ask(ROOT, PolicySet(resource_control=((named(PolicyKind.RESOURCE, allow(Principal="*")),),))).allowed
    assert not ask(ROOT, PolicySet(resource=named(PolicyKind.RESOURCE, deny(Principal={"AWS": ROOT_ARN})))).allowed
    assert not ask(ROOT, PolicySet(), owner=OTHER).allowed


def test_every_level_of_the_organisation_must_allow() -> None:
    """One policy of each level is enough, and none grants anything."""
    levels = ((EVERYTHING,), (NOTHING, EVERYTHING))
    assert ask(ALICE, PolicySet(identity=(EVERYTHING,), service_control=levels)).allowed
    assert not ask(ALICE, PolicySet(service_control=levels)).allowed
    decision = ask(ALICE, PolicySet(identity=(EVERYTHING,), service_control=(*levels, (NOTHING,))))
    assert (decision.allowed, decision.policy_type) == (False, PolicyType.SERVICE_CONTROL)
    assert not ask(ALICE, PolicySet(identity=(EVERYTHING,), service_control=((),))).allowed


# --- services, identity providers, anonymous callers ---
def test_a_service_is_allowed_only_by_a_resource_policy_that_names_it() -> None:
    """Not by everyone's `*`, its account, or an identity policy."""
    by_service = by_resource("secretsmanager.amazonaws.com", key="Service")
    for owner in (ACCOUNT, OTHER):
        assert ask(SERVICE, PolicySet(resource=by_service), owner=owner).allowed
        assert ask(SERVICE, PolicySet(resource=by_service, service_control=((NOTHING,),)), owner=owner).allowed
    assert not ask(SERVICE, PolicySet(identity=(EVERYTHING,), resource=by_resource("*", ACCOUNT))).allowed
    assert not ask(SERVICE, PolicySet(resource=by_resource("ssm.amazonaws.com", key="Service"))).allowed
    assert not ask(ALICE, PolicySet(resource=by_service)).allowed
    denied = named(PolicyKind.RESOURCE, allow(Principal={"Service": "secretsmanager.amazonaws.com"}), deny(Principal="*"))
    assert ask(SERVICE, PolicySet(resource=denied)).explicit


def test_a_trust_policy_names_the_identity_provider_of_a_token() -> None:
    """The bearer of a token needs nothing else; another provider, `*` or the account does not do."""
    web = "sts:AssumeRoleWithWebIdentity"

    def trusting(key: str, name: str) -> PolicySet:
        return PolicySet(resource=by_resource(name, kind=PolicyKind.TRUST, key=key), rule=ResourceRule.TRUST)

    assert ask(BEARER, trusting("Federated", PROVIDER_ARN), action=web).allowed
    assert ask(BEARER, trusting("Federated", PROVIDER_ARN), action=web, owner=OTHER).allowed
    assert not ask(BEARER, trusting("Federated", f"{PROVIDER_ARN}/x"), action=web).allowed
    assert not ask(BEARER, trusting("AWS", "*"), action=web).allowed
    assert not ask(BEARER, trusting("AWS", ACCOUNT), action=web).allowed
    federated = PrincipalFacts(PrincipalType.FEDERATED_USER, ACCOUNT, "", federated_provider=PROVIDER_ARN)
    assert ask(federated, trusting("Federated", PROVIDER_ARN), action=web).allowed
    assert not ask(federated, trusting("AWS", "*"), action=web).allowed
    session = PrincipalFacts(PrincipalType.ASSUMED_ROLE, ACCOUNT, SESSION_ARN, ROLE_ARN, ROLE_ID, federated_provider=PROVIDER_ARN)
    assert not ask(session, trusting("Federated", PROVIDER_ARN), action="sts:AssumeRole").allowed
    assert ask(session, PolicySet(resource=by_resource(PROVIDER_ARN, key="Federated"))).allowed


def test_anonymous_callers_are_let_in_by_everyone_of_an_ordinary_resource_only() -> None:
    """Never to keys and roles."""
    assert ask(ANONYMOUS, PolicySet(resource=by_resource("*"))).allowed
    assert not ask(ANONYMOUS, PolicySet(identity=(EVERYTHING,), resource=by_resource(ACCOUNT))).allowed
    for rule, kind, action in RULES[1:]:
        assert not ask(ANONYMOUS, PolicySet(resource=by_resource("*", kind=kind), rule=rule), action=action).allowed


# --- NotPrincipal ---
EXEMPT: list[tuple[PrincipalFacts, dict[str, list[str]], bool]] = [
    (ALICE, {"AWS": [ALICE_ARN, ROOT_ARN]}, True),
    (ALICE, {"AWS": [ALICE_ID, ACCOUNT]}, True),
    (ALICE, {"AWS": [ALICE_ARN]}, False),
    (ALICE, {"AWS": [ROOT_ARN]}, False),
    (SESSION, {"AWS": [SESSION_ARN, ROLE_ARN, ROOT_ARN]}, True),
    (SESSION, {"AWS": [SESSION_ARN, ROLE_ID, ACCOUNT]}, True),
    (SESSION, {"AWS": [ROLE_ARN, ROOT_ARN]}, False),
    (SESSION, {"AWS": [SESSION_ARN, ROOT_ARN]}, False),
    (SESSION, {"AWS": [SESSION_ARN, ROLE_ARN]}, False),
    (FEDERATED, {"AWS": [FEDERATED_ARN, ROOT_ARN]}, True),
    (FEDERATED, {"AWS": [ALICE_ID, ROOT_ARN]}, False),
    (ROOT, {"AWS": [ROOT_ARN]}, True),
    (ROOT, {"AWS": [OTHER]}, False),
    (SERVICE, {"Service": ["secretsmanager.amazonaws.com"]}, True),
    (SERVICE, {"AWS": [ACCOUNT]}, False),
    (BEARER, {"Federated": [PROVIDER_ARN]}, True),
    (ANONYMOUS, {"AWS": [ACCOUNT]}, False),
    (ALICE, {"AWS": ["*"]}, True),
]


@pytest.mark.parametrize(("facts", "listed", "exempt"), EXEMPT)
def test_a_deny_with_not_principal_spares_whom_it_lists_by_every_name(
    facts: PrincipalFacts, listed: dict[str, list[str]], *, exempt: bool
) -> None:
    """A role session is listed by its account, role and session; a permissions boundary makes listing useless."""
    policy = named(PolicyKind.RESOURCE, deny(NotPrincipal=listed))
    assert ask(facts, PolicySet(resource=policy)).explicit is not exempt
    assert ask(facts, PolicySet(boundary=EVERYTHING, resource=policy)).explicit


def test_an_allow_with_not_principal_is_for_everyone_else() -> None:
    """Listing any of a caller's names leaves it out."""
    for name in (ROLE_ARN, SESSION_ARN, ROLE_ID, ACCOUNT):
        policies = PolicySet(resource=named(PolicyKind.RESOURCE, allow(NotPrincipal={"AWS": name})))
        assert not ask(SESSION, policies).allowed
        assert ask(ALICE, policies).allowed is (name != ACCOUNT)
        assert ask(ANONYMOUS, policies).allowed
        assert not ask(SERVICE, policies).allowed
    assert not ask(ALICE, PolicySet(resource=named(PolicyKind.RESOURCE, allow(NotPrincipal={"AWS": "*"})))).allowed


DENIED_NAMES = [
    (ALICE, {"AWS": ALICE_ARN}),
    (ALICE, {"AWS": ACCOUNT}),
    (SESSION, {"AWS": ROLE_ID}),
    (SESSION, {"AWS": SESSION_ARN}),
    (SESSION, {"AWS": ROOT_ARN}),
    (ROOT, {"AWS": ACCOUNT}),
    (SERVICE, "*"),
    (ANONYMOUS, "*"),
    (SERVICE, {"Service": "secretsmanager.amazonaws.com"}),
    (BEARER, {"Federated": PROVIDER_ARN}),
]


@pytest.mark.parametrize(("facts", "principal"), DENIED_NAMES)
def test_a_deny_reaches_the_caller_by_any_of_its_names(facts: PrincipalFacts, principal: object) -> None:
    """The account's name denies everybody in it, and `*` everybody."""
    policy = named(PolicyKind.KEY, allow(Principal="*"), deny(Principal=principal, Sid="no"))
    decision = ask(facts, PolicySet(identity=(EVERYTHING,), resource=policy, rule=ResourceRule.KMS_KEY, grant=lambda: True))
    assert (decision.allowed, decision.explicit, decision.statement) == (False, True, "no")


# --- which policy type a denial names ---
IMPLICIT: list[tuple[str, PolicySet, str, PolicyType]] = [
    ("nothing at all", PolicySet(), ACCOUNT, PolicyType.IDENTITY),
    ("delegated, not allowed", PolicySet(resource=DELEGATING, rule=ResourceRule.KMS_KEY), ACCOUNT, PolicyType.IDENTITY),
    ("key policy silent", PolicySet(identity=(EVERYTHING,), rule=ResourceRule.KMS_KEY), ACCOUNT, PolicyType.RESOURCE),
    ("foreign key, silent", PolicySet(identity=(EVERYTHING,), rule=ResourceRule.KMS_KEY), OTHER, PolicyType.RESOURCE),
    ("foreign key, no IAM", PolicySet(resource=DELEGATING, rule=ResourceRule.KMS_KEY), OTHER, PolicyType.IDENTITY),
    ("foreign, nothing", PolicySet(), OTHER, PolicyType.IDENTITY),
    ("foreign, only IAM", PolicySet(identity=(EVERYTHING,)), OTHER, PolicyType.RESOURCE),
    ("boundary", PolicySet(identity=(EVERYTHING,), boundary=NOTHING, session=(NOTHING,)), ACCOUNT, PolicyType.BOUNDARY),
    ("session", PolicySet(identity=(EVERYTHING,), boundary=EVERYTHING, session=()), ACCOUNT, PolicyType.SESSION),
    ("organisation first", PolicySet(service_control=((NOTHING,),), boundary=NOTHING), ACCOUNT, PolicyType.SERVICE_CONTROL),
    ("no trust policy", PolicySet(identity=(EVERYTHING,), rule=ResourceRule.TRUST), ACCOUNT, PolicyType.TRUST),
    ("foreign role", PolicySet(identity=(EVERYTHING,), rule=ResourceRule.TRUST), OTHER, PolicyType.TRUST),
]


@pytest.mark.parametrize(("policies", "owner", "policy_type"), [row[1:] for row in IMPLICIT], ids=[row[0] for row in IMPLICIT])
def test_an_implicit_denial_names_the_kind_of_policy_that_is_missing(policies: PolicySet, owner: str, policy_type: PolicyType) -> None:
    """Only one kind is named."""
    decision = ask(ALICE, policies, owner=owner)
    assert (decision.allowed, decision.explicit, decision.policy_type, decision.policy) == (False, False, policy_type, None)


def test_the_decision_names_the_policy_and_statement_that_decided() -> None:
    """By Sid, or else by position."""
    policies = PolicySet(identity=(NOTHING, identity(allow(Action="s3:*"), allow(), name="second")))
    decision = ask(ALICE, policies)
    assert (decision.policy_type, decision.policy, decision.statement) == (PolicyType.IDENTITY, "second", "2")
    named_by_sid = ask(ALICE, PolicySet(identity=(identity(deny(Sid="Never")),)))
    assert (named_by_sid.explicit, named_by_sid.policy, named_by_sid.statement) == (True, "identity", "Never")


def test_actions_do_not_count_their_case_and_not_action_means_all_others() -> None:
    """`kms:ReEncrypt*` covers ReEncryptFrom and ReEncryptTo."""
    policies = PolicySet(identity=(identity(allow(Action=["KMS:reencrypt*", "kms:S?gn", "kms:verify"])),))
    expected = {
        "kms:ReEncryptFrom": True,
        "kms:ReEncryptTo": True,
        "kms:Sign": True,
        "kms:Verify": True,
        "kms:VerifyMac": False,
        "s3:Sign": False,
    }
    assert {action: ask(ALICE, policies, action=action).allowed for action in expected} == expected
    others = PolicySet(identity=(identity(allow(NotAction=["kms:*", "s3:GetObject"])),))
    assert [ask(ALICE, others, action=action).allowed for action in ("kms:Sign", "s3:GetObject", "s3:PutObject")] == [False, False, True]


def test_actions_without_a_resource_need_a_star() -> None:
    """A pattern of ARNs does not match `*`."""
    for resource, expected in (("*", True), ("arn:aws:kms:*:*:*", False), ("arn:*", False)):
        policies = PolicySet(identity=(identity(allow(Resource=resource)),))
        assert ask(ALICE, policies, action="kms:ListKeys", resource="*").allowed is expected


@pytest.mark.parametrize("mistake", [ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError, RecursionError])
def test_a_mistake_while_evaluating_denies(mistake: Callable[[], Exception]) -> None:
    """The decision says so for the operator; the client learns nothing from it."""

    def broken() -> None:
        raise mistake()

    policies = PolicySet(identity=(identity(allow(), deny(Condition={"StringEquals": {"aws:broken": "x"}})),))
    decision = evaluate(AccessRequest(ALICE, DECRYPT, KEY, ACCOUNT, ConditionContext({"aws:broken": broken})), policies)
    assert (decision.allowed, decision.policy_type) == (False, None)
    assert decision.considered[0].startswith("the evaluation failed: ")


LONG = "a" * 8000
HOSTILE = {
    "gaps in few patterns": ({"StringLike": {"kms:EncryptionContext:x": ["*" + "a?" * 1900 + "b*"] * 8}}, (LONG,)),
    "gaps in many patterns": ({"StringLike": {"kms:EncryptionContext:x": [f"*{'a?' * 25}b{n}*" for n in range(500)]}}, (LONG,)),
    "many values": ({"ForAnyValue:StringLike": {"kms:EncryptionContext:x": [f"?z{n}" for n in range(4000)]}}, tuple(map(str, range(2500)))),
    "variables": ({"StringLike": {"kms:EncryptionContext:x": [f"*${{aws:username}}?b?{n}" for n in range(1200)]}}, (LONG,)),
    "numbers": ({"NumericEquals": {"kms:EncryptionContext:x": [str(n) for n in range(4000)]}}, tuple("x" * 2500)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_policy_that_takes_too_long_to_compare_denies(name: str) -> None:
    """Whoever writes a policy can't make others' requests wait: beyond a bound of work nothing is allowed."""
    condition, values = HOSTILE[name]
    keys = {"kms:encryptioncontext:x": values, "aws:username": ("alice",)}
    policies = PolicySet(identity=(identity(allow(), deny(Condition=condition)),))
    started = time.thread_time()
    assert not ask(ALICE, policies, context=keys).allowed
    assert time.thread_time() - started < 0.5  # measured: 0.02 s; without the bound 0.2 to 3 s
    assert ask(ALICE, PolicySet(identity=(identity(allow()),)), context=keys).allowed


def test_many_patterns_and_values_of_an_honest_policy_are_compared() -> None:
    """Fifty tag keys and a hundred patterns are far from the bound; and so are many resources."""
    condition = {"ForAllValues:StringLike": {"aws:TagKeys": [f"team-{n}-*" for n in range(100)]}}
    resources = [f"arn:aws:kms:*:{ACCOUNT}:key/{n:08d}*" for n in range(1000)] + [KEY[:-4] + "*"]
    policies = PolicySet(identity=(identity(allow(Condition=condition, Resource=resources)),))
    assert ask(ALICE, policies, context={"aws:tagkeys": tuple(f"team-{n}-x" for n in range(50))}).allowed


def test_each_evaluation_has_its_own_bound() -> None:
    """A context that is asked again starts anew."""
    context = ConditionContext({"kms:encryptioncontext:x": (LONG,)})
    policies = PolicySet(identity=(identity(allow(Condition={"StringLike": {"kms:EncryptionContext:x": ["*a?a*"] * 10}})),))
    assert all(evaluate(AccessRequest(ALICE, DECRYPT, KEY, ACCOUNT, context), policies).allowed for _ in range(20))

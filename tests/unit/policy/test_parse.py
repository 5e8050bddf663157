"""Reading documents: what each kind demands, AWS's reasons, and that nothing else ever comes out."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.make import ACCOUNT, ALICE_ARN, ALICE_ID, PROVIDER_ARN, ROLE_ARN, ROLE_ID, SESSION_ARN, allow, deny, text

from strongroom.policy.arns import segments_of
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import ConditionContext
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy, require_current_version

KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SYNTAX = "Syntax errors in policy."
IDENTITY, RESOURCE, KEY, TRUST = PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.KEY, PolicyKind.TRUST
TRUSTED = {"Principal": {"AWS": ROLE_ARN}, "Action": "sts:AssumeRole", "Resource": None}
OVERLY = "OverlyPermissiveCondition: "
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONLY_ASSUME = "AssumeRole policy may only specify STS AssumeRole actions."
ALPHANUMERIC = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
INVALID_KEY_PRINCIPAL = "Policy contains a statement with one or more invalid principals."

REFUSED: list[tuple[PolicyKind, dict[str, Any], str]] = [
    (IDENTITY, allow(Effect="allow"), SYNTAX),
    (IDENTITY, allow(Effect=None), SYNTAX),
    (IDENTITY, allow(Effect=["Allow"]), SYNTAX),
    (IDENTITY, allow(Extra="x"), SYNTAX),
    (IDENTITY, allow(action="s3:Get"), SYNTAX),  # element names count their case
    (IDENTITY, allow(Sid=5), SYNTAX),
    (IDENTITY, allow(Sid="with space"), ALPHANUMERIC),
    (IDENTITY, allow(Action=5), SYNTAX),
    (IDENTITY, allow(Action=["s3:Get", 5]), SYNTAX),
    (IDENTITY, allow(Action={"s3": "Get"}), SYNTAX),
    (IDENTITY, {**allow(), "NotAction": "s3:Get"}, SYNTAX),
    (IDENTITY, {**allow(), "NotResource": "*"}, SYNTAX),
    (IDENTITY, {**allow(), "Action": None}, SYNTAX),
    (IDENTITY, allow(Condition=[]), SYNTAX),
    (IDENTITY, allow(Condition={"StringEquals": "x"}), SYNTAX),
    (IDENTITY, allow(Condition={"StringEquals": {"aws:a": None}}), SYNTAX),
    (IDENTITY, allow(Condition={"StringEquals": {"aws:a": {"b": "c"}}}), SYNTAX),
    (IDENTITY, allow(Condition={"StringEquals": {"aws:a": [["b"]]}}), SYNTAX),
    (IDENTITY, allow(Condition={"StringEquals": {"username": "a"}}), NO_VENDOR),
    (IDENTITY, allow(Principal="*"), "Policy document should not specify a principal."),
    (IDENTITY, allow(NotPrincipal={"AWS": ACCOUNT}), "Policy document should not specify a principal."),
    (IDENTITY, allow(Action=None), "Policy statement must contain actions."),
    (IDENTITY, allow(Action=[]), "Policy statement must contain actions."),
    (IDENTITY, allow(NotAction=[]), "Policy statement must contain actions."),
    (IDENTITY, allow(Resource=None), "Policy statement must contain resources."),
    (IDENTITY, allow(Resource=[]), "Policy statement must contain resources."),
    (IDENTITY, allow(NotResource=[]), "Policy statement must contain resources."),
    (IDENTITY, allow(Action="Decrypt"), NO_VENDOR),
    (IDENTITY, allow(Action="kms:"), NO_VENDOR),
    (IDENTITY, allow(Action=":Decrypt"), NO_VENDOR),
    (IDENTITY, allow(Action=""), NO_VENDOR),
    (IDENTITY, allow(NotAction="Decrypt"), NO_VENDOR),
    (IDENTITY, allow(Action="kms:a:b"), "Actions/Condition can contain only one colon."),
    (IDENTITY, allow(Action="k*:Decrypt"), "Vendor k* is not valid"),
    (IDENTITY, allow(Resource="my-key"), 'Resource my-key must be in ARN format or "*".'),
    (IDENTITY, allow(Resource=["*", "**"]), 'Resource ** must be in ARN format or "*".'),
    (IDENTITY, allow(NotResource="x"), 'Resource x must be in ARN format or "*".'),
    (RESOURCE, allow(), "Missing required field Principal"),
    (RESOURCE, allow(Principal={}), SYNTAX),
    (RESOURCE, allow(Principal=[]), SYNTAX),
    (RESOURCE, allow(Principal=["*"]), SYNTAX),
    (RESOURCE, allow(Principal=ROLE_ARN), SYNTAX),
    (RESOURCE, allow(Principal=None) | {"Principal": None}, SYNTAX),
    (RESOURCE, allow(Principal={"aws": ROLE_ARN}), SYNTAX),
    (RESOURCE, allow(Principal={"AWS": 111122223333}), SYNTAX),
    (RESOURCE, allow(Principal={"AWS": []}), "Missing required field Principal"),
    (RESOURCE, {**allow(Principal="*"), "NotPrincipal": "*"}, SYNTAX),
    (RESOURCE, allow(Principal={"AWS": "arn:aws:iam::*:role/app"}), "This resource policy contains an unsupported principal."),
    (RESOURCE, allow(Principal="*", Action=None), "Policy statement must contain actions."),
    (RESOURCE, allow(Principal="*", Resource=None), "Policy statement must contain resources."),
    (KEY, allow(), "Policy contains a statement with no principal."),
    (KEY, allow(Principal={"AWS": "arn:aws:iam::111122223333:user/*"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "arn:aws:iam::111122223333:group/g"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "arn:aws:iam::1111:root"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "11112222333"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "alice"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "arn:aws:iam::111122223333:user/\u00e9"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "arn:aws-cn:iam::111122223333:root"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": "arn:aws:iam::111122223333:user/" + "a/" * 40 + "!"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"AWS": f"{ALICE_ARN}\n"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"Service": "*"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"Federated": "*"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal={"CanonicalUser": "me"}), INVALID_KEY_PRINCIPAL),
    (KEY, allow(Principal="*", Condition={"ForAllValues:StringEquals": {"kms:EncryptionContext:app": "x"}}), OVERLY),
    (KEY, allow(Principal="*", Condition={"ForAllValues:StringLikeIfExists": {"AWS:requesttag/Team": "x"}}), OVERLY),
    (TRUST, allow(**TRUSTED | {"Resource": "*"}), "Has prohibited field Resource."),
    (TRUST, allow(**TRUSTED | {"NotResource": "*"}), "Has prohibited field NotResource."),
    (TRUST, allow(Action="sts:AssumeRole", Resource=None, NotPrincipal={"AWS": ACCOUNT}), "Has prohibited field NotPrincipal."),
    (TRUST, allow(Action="sts:AssumeRole", Resource=None), "Missing required field Principal"),
    (TRUST, allow(**TRUSTED | {"Principal": {"AWS": "nobody"}}), 'Invalid principal in policy: "AWS":"nobody"'),
    (TRUST, allow(**TRUSTED | {"Principal": {"Service": "Lambda"}}), 'Invalid principal in policy: "SERVICE":"Lambda"'),
    (TRUST, allow(**TRUSTED | {"Principal": {"Federated": "*"}}), 'Invalid principal in policy: "FEDERATED":"*"'),
    (TRUST, allow(**TRUSTED | {"Action": None}), "Policy statement must contain actions."),
    (TRUST, allow(**TRUSTED | {"Action": "kms:Decrypt"}), ONLY_ASSUME),
    (TRUST, allow(**TRUSTED | {"Action": "*"}), ONLY_ASSUME),
    (TRUST, allow(**TRUSTED | {"NotAction": "sts:AssumeRole"}), ONLY_ASSUME),
]


@pytest.mark.parametrize(("kind", "statement", "reason"), REFUSED)
def test_a_bad_statement_is_refused_with_awss_reason(kind: PolicyKind, statement: dict[str, Any], reason: str) -> None:
    """Wherever it stands among good statements."""
    good = {IDENTITY: deny(), RESOURCE: deny(Principal="*"), KEY: deny(Principal="*"), TRUST: deny(**TRUSTED)}[kind]
    alone = json.dumps({"Version": "2012-10-17", "Statement": statement})
    for document in (alone, text(statement), text(good, statement), text(statement, good)):
        with pytest.raises(MalformedPolicy) as raised:
            parse_policy(document, kind)
        assert raised.value.reason == reason or (reason is OVERLY and raised.value.reason.startswith(OVERLY))


ACCEPTED: list[tuple[PolicyKind, dict[str, Any]]] = [
    (IDENTITY, allow(Sid="")),
    (IDENTITY, allow(Action=["kms:*", "KMS:re?ncrypt*"], Resource=["arn:aws:kms", "arn:aws:s3:::a/${aws:username}"])),
    (IDENTITY, allow(NotAction="iam:*", NotResource="arn:aws:kms:*:*:key/x")),
    (IDENTITY, allow(Condition={})),
    (IDENTITY, allow(Condition={"StringEquals": {}, "Bool": {"aws:SecureTransport": True}})),
    (IDENTITY, allow(Condition={"ForAllValues:StringEquals": {"aws:RequestTag/x": "y"}})),
    (RESOURCE, allow(Principal="*", Sid="with space")),
    (RESOURCE, allow(NotPrincipal={"AWS": [ACCOUNT, ALICE_ARN], "Service": "lambda.amazonaws.com"})),
    (KEY, allow(Principal={"AWS": [ACCOUNT, ALICE_ARN, ROLE_ARN, SESSION_ARN, ALICE_ID, ROLE_ID, "*"]}, Sid="Enable IAM User Permissions")),
    (KEY, allow(Principal={"CanonicalUser": "0" * 64})),
    (KEY, allow(Principal="*", Action=None)),
    (KEY, allow(Principal="*", Resource=None)),
    (KEY, allow(Principal="*", Resource="this key")),
    (KEY, allow(Principal="*", Condition={"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "x"}})),
    (KEY, allow(Principal="*", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "x"}})),
    (TRUST, allow(**TRUSTED)),
    (TRUST, allow(**TRUSTED | {"Action": ["sts:AssumeRole*", "STS:TagSession"]})),
    (TRUST, allow(**TRUSTED | {"Principal": {"Federated": [PROVIDER_ARN, "accounts.google.com"], "Service": "ec2.amazonaws.com"}})),
]


@pytest.mark.parametrize(("kind", "statement"), ACCEPTED)
def test_a_good_statement_is_read_and_compiled(kind: PolicyKind, statement: dict[str, Any]) -> None:
    """What parses also compiles."""
    document = text(statement)
    assert parse_policy(document, kind).statements[0].allow
    assert compile_policy(document, kind).document == parse_policy(document, kind)


NOT_JSON = [
    "",
    "{",
    "[1,]",
    "{'a': 1}",
    '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    "{} {}",
    '{"a": "\ud800"}',
    '{"a": "\\ud800"}',
    '{"\\udfff": 1}',
    '{"a": "\n"}',
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"a": ' + "1" * 10 + "x}",
    "\ufeff{}",
    "nul",
]


@pytest.mark.parametrize("document", NOT_JSON)
def test_what_is_not_strict_json_is_refused(document: str) -> None:
    """Two equal keys, NaN, text after the document, half surrogates and depth bombs are no policy."""
    for kind in PolicyKind:
        with pytest.raises(MalformedPolicy) as raised:
            parse_policy(document, kind)
        expected = "This resource policy contains invalid Json" if kind is RESOURCE else "This policy contains invalid Json"
        assert raised.value.reason == expected


TOPS = [
    "null",
    "[]",
    "{}",
    '"x"',
    "5",
    "true",
    '{"Statement": []}',
    '{"Statement": [[]]}',
    '{"Statement": "x"}',
    '{"Statement": null}',
    '{"Statement": [{}]}',
    '{"Statement": {}, "Extra": 1}',
    '{"Version": "2012-10-18", "Statement": {}}',
    '{"Version": ["2012-10-17"]}',
    '{"Version": 20121017}',
    '{"Id": 5}',
    '{"statement": []}',
]


@pytest.mark.parametrize("document", TOPS)
def test_a_document_without_its_shape_has_syntax_errors(document: str) -> None:
    """Version is one of two, Id a text, and Statement at least one object."""
    with pytest.raises(MalformedPolicy, match=r"^Syntax errors in policy\.$"):
        parse_policy(document, IDENTITY)


def test_sids_are_unique_but_in_key_policies() -> None:
    """Two empty Sids are none at all."""
    twice = text(allow(Sid="A", Principal="*"), deny(Sid="A", Principal="*"))
    with pytest.raises(MalformedPolicy, match=r"^Statement IDs \(SID\) in a single policy must be unique\.$"):
        parse_policy(twice, RESOURCE)
    assert len(parse_policy(twice, KEY).statements) == 2
    assert len(parse_policy(text(allow(Sid=""), deny(Sid="")), IDENTITY).statements) == 2


def test_a_managed_policy_says_the_current_version() -> None:
    """Without Version a document is of 2008-10-17, which is good enough elsewhere."""
    require_current_version(parse_policy(text(allow()), IDENTITY))
    for version in (None, "2008-10-17"):
        document = parse_policy(text(allow(), version=version), IDENTITY)
        assert document.version == "2008-10-17"
        with pytest.raises(MalformedPolicy, match=r"^Policy document must be version 2012-10-17 or greater\.$"):
            require_current_version(document)


def test_an_empty_not_action_in_a_key_policy_does_not_mean_everything() -> None:
    """It is as ineffective as a missing Action."""
    empties: list[dict[str, list[str]]] = [{"NotAction": []}, {"NotResource": []}]
    for elements in empties:
        statement = compile_policy(text(allow(Principal="*", **elements)), KEY).statements[0]
        assert not (statement.action("kms:decrypt") and statement.applies(KEY_ARN, segments_of(KEY_ARN), ConditionContext()))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
words = st.sampled_from(["*", "kms:*", ACCOUNT, ROLE_ARN, "arn:aws:kms:*", "${aws:username}", "true", "sts:AssumeRole", "5", ""]) | st.text(
    max_size=6
)
operators = st.sampled_from(["StringLike", "ForAllValues:ArnLike", "NumericEquals", "IpAddress", "Null", "DateLessThan", "Bool"]) | st.text(
    max_size=6
)
conditions = st.dictionaries(operators, st.dictionaries(words, words | st.lists(words, max_size=2) | json_values, max_size=2), max_size=2)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Sid": words | json_values,
        "Principal": words
        | st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "x"]), words | st.lists(words, max_size=2), max_size=2),
        "NotPrincipal": st.just("*"),
        "Action": words | st.lists(words, max_size=2) | json_values,
        "NotAction": words,
        "Resource": words | st.lists(words, max_size=2) | json_values,
        "NotResource": words,
        "Condition": conditions | json_values,
    },
)
documents = st.fixed_dictionaries(
    {"Statement": statements | st.lists(statements, max_size=3) | json_values}, optional={"Version": st.just("2012-10-17")}
)


@given(st.text(max_size=60) | json_values.map(json.dumps) | documents.map(json.dumps), st.sampled_from(PolicyKind))
def test_reading_never_raises_anything_but_malformed_policy(document: str, kind: PolicyKind) -> None:
    """Whatever a client sends, and what is accepted can be compiled."""
    with suppress(MalformedPolicy):
        parsed = parse_policy(document, kind)
        assert compile_policy(document, kind).document == parsed

"""Which services a document grants."""

import pytest
from tests.unit.identity.bench import allow, deny, policy

from strongroom.iam.rules.granted_services import SERVICE_NAMES, granted_services
from strongroom.policy.parse import PolicyKind, parse_policy

ALL = sorted(SERVICE_NAMES)


@pytest.mark.parametrize(
    ("statement", "granted"),
    [
        (allow("*"), ALL),
        (allow("kms:Decrypt"), ["kms"]),
        (allow("KMS:decrypt", "s3:*"), ["kms"]),
        (allow("sts:*", "ssm:G?t*"), ["ssm", "sts"]),
        (deny("*"), []),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, [name for name in ALL if name != "iam"]),
        ({"Effect": "Allow", "NotAction": "iam:DeleteUser", "Resource": "*"}, ALL),
        ({"Effect": "Allow", "NotAction": "*", "Resource": "*"}, []),
        (allow("kms:Decrypt", Condition={"Bool": {"aws:SecureTransport": "true"}}), ["kms"]),
    ],
)
def test_a_service_is_granted_by_any_of_its_actions(statement: dict[str, object], granted: list[str]) -> None:
    """One row for each form."""
    assert granted_services([parse_policy(policy(statement), PolicyKind.IDENTITY)]) == granted


def test_one_document_of_many_is_enough() -> None:
    """Namespaces come sorted, each once."""
    texts = (policy(allow("ssm:*")), policy(allow("kms:*", "ssm:Get*")))
    assert granted_services(parse_policy(text, PolicyKind.IDENTITY) for text in texts) == ["kms", "ssm"]

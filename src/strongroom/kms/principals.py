"""The principals that grants and key policies name: stored by unique id where they have one, shown by ARN while they exist.

Source: KMS API Reference, CreateGrant and PutKeyPolicy.
"""

from strongroom.core.arn import parse_arn, root_arn
from strongroom.identity.ids import ROLE_PREFIX, USER_PREFIX, is_account_id
from strongroom.identity.lookup import arn_of, role_named, unique_id_of
from strongroom.kms.errors import InvalidArn
from strongroom.storage.ports import Store


def is_service_principal(name: str) -> bool:
    """Return whether a stored grantee or retirer is a service such as ec2.amazonaws.com."""
    return "." in name and not name.startswith("arn:")


def stored_form(store: Store, text: str) -> str | None:
    """Return the form in which a principal is stored, or None for what is no principal, or a user or role that does not exist.

    Args:
        text: the ARN of a user, role, session or account, an account id, or a unique id.
    """
    if is_account_id(text):
        return root_arn(text)
    if text.startswith((USER_PREFIX, ROLE_PREFIX)):
        return text if arn_of(store, text) is not None else None
    arn = parse_arn(text)
    if arn is None or arn.service not in ("iam", "sts") or not is_account_id(arn.account_id):
        return None
    kind, _, name = arn.resource.partition("/")
    if text == root_arn(arn.account_id) or (arn.service, kind) == ("sts", "federated-user"):
        return text
    if (arn.service, kind) == ("sts", "assumed-role") and role_named(store, arn.account_id, name.partition("/")[0]) is not None:
        return text
    return unique_id_of(store, text)


def stored_principal(store: Store, text: str) -> str:
    """Return the stored form of a principal that must be valid. Raises InvalidArn."""
    stored = stored_form(store, text)
    if stored is None:
        raise InvalidArn(f"ARN does not refer to a valid principal: {text}")
    return stored


def shown_principal(store: Store, name: str) -> str:
    """Return how a stored principal is shown: by its ARN, or by its unique id once it was deleted."""
    return (arn_of(store, name) or name) if name.startswith((USER_PREFIX, ROLE_PREFIX)) else name

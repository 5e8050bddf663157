"""Principals of resource and trust policies: stored by unique id, shown by ARN.

So a user or role that is deleted and made again does not get back what the old one was given, and a policy then shows
AIDA... or AROA... where its ARN stood.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from strongroom.identity.ids import ROLE_PREFIX, USER_PREFIX
from strongroom.identity.lookup import arn_of, unique_id_of
from strongroom.policy.parse import PolicyKind, parse_policy
from strongroom.policy.principals import principals_named, rewrite_principals
from strongroom.storage.ports import Store

_ENTITY_ARN_PARTS = (":user/", ":role/")
_ID_PREFIXES = (USER_PREFIX, ROLE_PREFIX)


class UnknownPrincipal(ValueError):
    """A policy names a user or role that does not exist. `kind` is AWS; `name` is as written."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f'"{kind}":"{name}"')
        self.kind = kind
        self.name = name


def stored_form(store: Store, text: str, kind: PolicyKind) -> str:
    """Return a policy as it is stored. Raises policy.parse.MalformedPolicy, or UnknownPrincipal for a user or role that isn't there."""
    mapping: dict[str, str] = {}
    for element, name in principals_named(parse_policy(text, kind)):
        if element != "AWS":
            continue
        if name.startswith(_ID_PREFIXES):
            if arn_of(store, name) is None:
                raise UnknownPrincipal(element, name)
        elif name.startswith("arn:aws:iam:") and any(part in name for part in _ENTITY_ARN_PARTS):
            unique_id = unique_id_of(store, name)
            if unique_id is None:
                raise UnknownPrincipal(element, name)
            mapping[name] = unique_id
    return rewrite_principals(text, mapping) if mapping else text


def shown_form(store: Store, text: str, kind: PolicyKind) -> str:
    """Return a stored policy as its readers see it: ARNs of what exists, unique ids of what is gone."""
    mapping: dict[str, str] = {}
    for element, name in principals_named(parse_policy(text, kind)):
        if element == "AWS" and name.startswith(_ID_PREFIXES):
            arn = arn_of(store, name)
            if arn is not None:
                mapping[name] = arn
    return rewrite_principals(text, mapping) if mapping else text

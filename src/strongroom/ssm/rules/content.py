"""What PutParameter writes: the request laid over the version before, with every rule that needs no key and no clock tick. Pure.

Source: PutParameter API Reference.
"""

from typing import TYPE_CHECKING, NamedTuple

from strongroom.core.errors import ValidationFailed
from strongroom.ssm.errors import HierarchyTypeMismatch
from strongroom.ssm.records import Content, ParameterPolicy
from strongroom.ssm.rules import data_types, policies, tiers

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import PutParameterRequestTypeDef

DEFAULT_KEY = "alias/aws/ssm"
SECURE_STRING = "SecureString"

TYPE_REQUIRED = "A parameter type is required when you create a parameter."
NESTED_REFERENCE = 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'
KEY_NEEDS_SECURE_STRING = "KeyId is required for SecureString type parameter only."
TAGS_WITH_OVERWRITE = (
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update"
    " tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
)


class Draft(NamedTuple):
    """A version before its value is encrypted; the fields are Content's."""

    type: str
    value: str
    tier: str
    data_type: str
    key_id: str | None
    description: str | None
    allowed_pattern: str | None
    policies: tuple[ParameterPolicy, ...]


class Surroundings(NamedTuple):
    """What a draft depends on besides the request.

    Attributes:
        name: the normalised name.
        default_tier: of the account.
        standard_is_full: the account has all the standard parameters that it may have.
        now: epoch seconds.
    """

    name: str
    default_tier: str
    standard_is_full: bool
    now: float


def draft(request: "PutParameterRequestTypeDef", before: Content | None, around: Surroundings) -> Draft:
    """Return what the request writes over `before` (None for a new parameter). AllowedPattern is not matched yet.

    Raises ValidationFailed, HierarchyTypeMismatch and the errors of parameter policies.
    """
    value, kind = request["Value"], _type(request, before)
    if "{{" in value and "}}" in value[value.index("{{") :]:
        raise ValidationFailed(NESTED_REFERENCE)
    held = _policies(request, before, around.now)
    data_type = request.get("DataType") or (before.data_type if before else data_types.TEXT)
    tier = tiers.resolved_tier(
        request.get("Tier"),
        around.default_tier,
        before.tier if before else None,
        needs_advanced=tiers.needs_advanced(value, data_type, has_policies=bool(held)),
        standard_is_full=around.standard_is_full,
    )
    tiers.check_value(value, tier, data_type, has_policies=bool(held))
    data_types.check_data_type(data_type, kind, around.name, value)
    return Draft(
        type=kind,
        value=value,
        tier=tier,
        data_type=data_type,
        key_id=_key_id(request, kind, before),
        description=request.get("Description", before.description if before else None),
        allowed_pattern=request.get("AllowedPattern", before.allowed_pattern if before else None) or None,
        policies=held,
    )


def _type(request: "PutParameterRequestTypeDef", before: Content | None) -> str:
    requested = request.get("Type")
    if before is None:
        if requested is None:
            raise ValidationFailed(TYPE_REQUIRED)
        return requested
    if requested not in (None, before.type):
        raise HierarchyTypeMismatch
    return before.type


def _key_id(request: "PutParameterRequestTypeDef", kind: str, before: Content | None) -> str | None:
    requested = request.get("KeyId")
    if kind != SECURE_STRING:
        if requested is not None:
            raise ValidationFailed(KEY_NEEDS_SECURE_STRING)
        return None
    return requested or (before.key_id if before else None) or DEFAULT_KEY


def _policies(request: "PutParameterRequestTypeDef", before: Content | None, now: float) -> tuple[ParameterPolicy, ...]:
    requested = request.get("Policies")
    if requested is not None:
        return policies.parse_policies(requested, now)
    return policies.carried_over(before.policies) if before else ()

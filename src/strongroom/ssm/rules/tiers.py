"""Tiers: which one a parameter gets, and what each allows. Pure.

Source: Systems Manager User Guide, "Managing parameter tiers"; PutParameter API Reference, `Tier`.
"""

from strongroom.core.errors import ValidationFailed
from strongroom.ssm.rules.limits import ADVANCED_VALUE_CHARACTERS, STANDARD_VALUE_CHARACTERS

STANDARD = "Standard"
ADVANCED = "Advanced"
INTELLIGENT = "Intelligent-Tiering"
TIERS = (STANDARD, ADVANCED, INTELLIGENT)
ADVANCED_DATA_TYPES = frozenset({"url", "json", "jsonc"})

NO_DOWNGRADE = (
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the"
    " standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware"
    " that a standard parameter has a value limit of 4096 characters."
)
STANDARD_TOO_LONG = (
    "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the"
    " parameter to use the advanced-parameter tier. For more information, see"
    " https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)
ADVANCED_TOO_LONG = "Advanced tier parameters support a maximum parameter value of 8192 characters."
EMPTY_VALUE = (
    "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1."
)
POLICIES_NEED_ADVANCED = "Parameter policies are only supported for parameters that use the advanced-parameter tier."
DATA_TYPE_NEEDS_ADVANCED = "The data type {} is only supported for parameters that use the advanced-parameter tier."


def needs_advanced(value: str, data_type: str, *, has_policies: bool) -> bool:
    """Return whether only the advanced tier can hold this."""
    return len(value) > STANDARD_VALUE_CHARACTERS or has_policies or data_type in ADVANCED_DATA_TYPES


def resolved_tier(requested: str | None, default: str, current: str | None, *, needs_advanced: bool, standard_is_full: bool) -> str:
    """Return Standard or Advanced.

    Args:
        requested: the request's Tier, or None.
        default: the account's default tier, which counts where the request names none.
        current: the tier of the parameter that is overwritten, or None.
        standard_is_full: the account has all the standard parameters that it may have; matters for a new parameter.

    Raises ValidationFailed for a downgrade.
    """
    if current == ADVANCED:
        if requested == STANDARD:
            raise ValidationFailed(NO_DOWNGRADE)
        return ADVANCED
    wanted = requested or default
    if wanted == INTELLIGENT:
        return ADVANCED if needs_advanced or (current is None and standard_is_full) else STANDARD
    return wanted


def check_value(value: str, tier: str, data_type: str, *, has_policies: bool) -> None:
    """Return if `tier` can hold the value, its data type and its policies; otherwise raise ValidationFailed."""
    if not value:
        raise ValidationFailed(EMPTY_VALUE)
    if tier == ADVANCED:
        if len(value) > ADVANCED_VALUE_CHARACTERS:
            raise ValidationFailed(ADVANCED_TOO_LONG)
        return
    if len(value) > STANDARD_VALUE_CHARACTERS:
        raise ValidationFailed(STANDARD_TOO_LONG)
    if has_policies:
        raise ValidationFailed(POLICIES_NEED_ADVANCED)
    if data_type in ADVANCED_DATA_TYPES:
        raise ValidationFailed(DATA_TYPE_NEEDS_ADVANCED.format(data_type))

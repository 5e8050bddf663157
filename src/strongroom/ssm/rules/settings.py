"""Service settings of Parameter Store: which exist and what they may be. Pure.

Source: Systems Manager User Guide, "Specifying a default parameter tier" and "Changing Parameter Store throughput".
"""

from collections.abc import Mapping

from strongroom.core.arn import parse_arn
from strongroom.core.errors import ValidationFailed
from strongroom.ssm.errors import ServiceSettingNotFound
from strongroom.ssm.rules.tiers import STANDARD, TIERS

DEFAULT_TIER = "/ssm/parameter-store/default-parameter-tier"
HIGH_THROUGHPUT = "/ssm/parameter-store/high-throughput-enabled"
DEFAULTS: Mapping[str, str] = {DEFAULT_TIER: STANDARD, HIGH_THROUGHPUT: "false"}
TRUE = "true"
VALUES: Mapping[str, tuple[str, ...]] = {DEFAULT_TIER: TIERS, HIGH_THROUGHPUT: (TRUE, "false")}
DEFAULT_RATE = 40  # requests a second, shared by the operations of one bucket
SHARED_BUCKET = "shared"
SHARED = frozenset({"GetParameter", "GetParameters", "PutParameter"})
HIGH_RATES: Mapping[str, int] = {"GetParameter": 10_000, "GetParameters": 1_000, "GetParametersByPath": 100}
ARN_RESOURCE = "servicesetting"
BAD_VALUE = "The following service setting value is not valid: {}. Valid values include: [{}]."


def setting_of(text: str, account_id: str, region: str) -> str:
    """Return the setting id that `text` (an id or its ARN) names. Raises ServiceSettingNotFound."""
    arn = parse_arn(text)
    if arn is None:
        setting = text
    elif (arn.service, arn.region, arn.account_id) == ("ssm", region, account_id):
        setting = arn.resource.removeprefix(ARN_RESOURCE)
    else:
        raise ServiceSettingNotFound(text)
    if setting not in DEFAULTS:
        raise ServiceSettingNotFound(text)
    return setting


def request_quota(operation: str, *, high: bool) -> tuple[str, int]:
    """Return the bucket that a request counts in, and its requests a second."""
    if high and operation in HIGH_RATES:
        return operation, HIGH_RATES[operation]
    return (SHARED_BUCKET if operation in SHARED else operation), DEFAULT_RATE


def check_setting(setting_id: str, value: str) -> None:
    """Return if the setting may have this value. Raises ValidationFailed."""
    if value not in VALUES[setting_id]:
        raise ValidationFailed(BAD_VALUE.format(value, ", ".join(VALUES[setting_id])))

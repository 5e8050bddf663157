"""Service settings: the default tier, and the throughput setting."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn
from strongroom.ssm.errors import TooManyUpdates
from strongroom.ssm.records import SettingRecord
from strongroom.ssm.rules.settings import ARN_RESOURCE, DEFAULTS, check_setting, setting_of
from strongroom.ssm.service import operation
from strongroom.ssm.settings import setting_record
from strongroom.ssm.tables import SETTINGS

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import (
        GetServiceSettingRequestTypeDef,
        ResetServiceSettingRequestTypeDef,
        UpdateServiceSettingRequestTypeDef,
    )

SYSTEM_USER = "System"
DEFAULTS_SINCE = 1_556_150_400.0  # 2019-04-25, when AWS introduced the tiers and their settings


def _setting_arn(call: Call, setting_id: str) -> str:
    return format_arn("ssm", call.region, call.account_id, ARN_RESOURCE + setting_id)


def named_setting(call: Call, request: Mapping[str, Any]) -> Target[str]:
    """Return the id of the setting that SettingId (an id or its ARN) names."""
    setting_id = setting_of(request["SettingId"], call.account_id, call.region)
    return Target(Resource(_setting_arn(call, setting_id), call.account_id), setting_id)


@operation("GetServiceSetting", action="ssm:GetServiceSetting", resource=named_setting)
def get_service_setting(call: Call, setting_id: str, request: "GetServiceSettingRequestTypeDef") -> Response:
    """Return a setting as it stands.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetServiceSetting.html
    """
    del request
    return {"ServiceSetting": _view(call, setting_id, setting_record(call, setting_id))}


@operation("UpdateServiceSetting", action="ssm:UpdateServiceSetting", resource=named_setting, contended=TooManyUpdates)
def update_service_setting(call: Call, setting_id: str, request: "UpdateServiceSettingRequestTypeDef") -> Response:
    """Change a setting.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateServiceSetting.html
    """
    value = request["SettingValue"]
    check_setting(setting_id, value)
    changed = SettingRecord(
        account_id=call.account_id,
        region=call.region,
        setting_id=setting_id,
        value=value,
        modified=call.now,
        modified_by=call.principal.arn,
    )
    if setting_record(call, setting_id) is None:
        call.store.insert(SETTINGS, changed)
    else:
        call.store.replace(SETTINGS, changed)
    return {}


@operation("ResetServiceSetting", action="ssm:ResetServiceSetting", resource=named_setting, contended=TooManyUpdates)
def reset_service_setting(call: Call, setting_id: str, request: "ResetServiceSettingRequestTypeDef") -> Response:
    """Put a setting back to its default, and return it.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ResetServiceSetting.html
    """
    del request
    if setting_record(call, setting_id) is not None:
        call.store.delete(SETTINGS, call.account_id, call.region, setting_id)
    return {"ServiceSetting": _view(call, setting_id, None)}


def _view(call: Call, setting_id: str, record: SettingRecord | None) -> dict[str, Any]:
    return {
        "SettingId": setting_id,
        "SettingValue": record.value if record else DEFAULTS[setting_id],
        "LastModifiedDate": record.modified if record else DEFAULTS_SINCE,
        "LastModifiedUser": record.modified_by if record else SYSTEM_USER,
        "ARN": _setting_arn(call, setting_id),
        "Status": "Customized" if record else "Default",
    }

"""The credential report: every user and the age of its credentials, as comma-separated values."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.observations import ACCESS_KEY, latest
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.arn import root_arn
from strongroom.iam.callers import root_account
from strongroom.iam.errors import ReportExpired, ReportNotPresent
from strongroom.iam.limits import USERS_PER_ACCOUNT
from strongroom.iam.service import IAM
from strongroom.iam.settings import keep_settings, settings_of
from strongroom.identity.records import AccessKeyRecord, LoginProfile, UserRecord
from strongroom.identity.tables import ACCESS_KEYS, BY_NAME, USERS

REPORT_SECONDS = 4 * 3600
DAY_SECONDS = 86400
NONE = "N/A"
KEYS_SHOWN = 2
_KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in _KEY_COLUMNS),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _flag(value: object) -> str:
    return "true" if value else "false"


def _key_cells(call: Call, key: AccessKeyRecord | None) -> Iterator[str]:
    if key is None:
        yield from ("false", NONE, NONE, NONE, NONE)
        return
    seen = latest(call.store, ACCESS_KEY, (key.access_key_id,))
    service, _, region = seen.detail.partition(" ") if seen else (NONE, "", NONE)
    yield from (_flag(key.active), _time(key.created_at), _time(seen.time) if seen else NONE, region, service)


def _keys_cells(call: Call, key_ids: tuple[str, ...]) -> Iterator[str]:
    padded: tuple[str | None, ...] = (*key_ids, None, None)
    for key_id in padded[:KEYS_SHOWN]:
        yield from _key_cells(call, call.store.get(ACCESS_KEYS, key_id) if key_id else None)
    yield from ("false", NONE, "false", NONE)


def _password_cells(call: Call, login: LoginProfile | None) -> Iterator[str]:
    if login is None:
        yield from ("false", NONE, NONE, NONE)
        return
    policy = settings_of(call).password_policy
    age = policy.max_age_days if policy is not None else None
    yield from ("true", "no_information", _time(login.changed_at), _time(login.changed_at + age * DAY_SECONDS) if age else NONE)


def _root_row(call: Call) -> list[str]:
    account = root_account(call)
    start = ["<root_account>", root_arn(call.account_id), _time(account.created_at), "not_supported", "no_information"]
    keys = _keys_cells(call, account.root_access_key_ids)
    return [*start, "not_supported", "not_supported", _flag(settings_of(call).root_mfa_keys), *keys]


def _user_row(call: Call, user: UserRecord) -> list[str]:
    start = [user.name, user.arn, _time(user.created_at), *_password_cells(call, user.login), _flag(user.mfa_keys)]
    return [*start, *_keys_cells(call, user.access_key_ids)]


def _report(call: Call) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(_root_row(call))
    users = call.store.scan(USERS, call.account_id, index=BY_NAME, limit=USERS_PER_ACCOUNT)
    writer.writerows(_user_row(call, user) for user in users)
    return text.getvalue().encode()


@IAM.operation("GenerateCredentialReport", action="iam:GenerateCredentialReport", resource=ANY_RESOURCE)
def generate_credential_report(call: Call, _: object) -> Response:
    """Ask for a report; it is ready at once, and stands for four hours.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
    """
    settings = settings_of(call)
    if settings.report_at is not None and call.now < settings.report_at + REPORT_SECONDS:
        return {"State": "COMPLETE"}
    keep_settings(call, msgspec.structs.replace(settings, report_at=call.now))
    return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}


@IAM.operation("GetCredentialReport", action="iam:GetCredentialReport", resource=ANY_RESOURCE)
def get_credential_report(call: Call, _: object) -> Response:
    """Return the report, with the account's credentials as they are now.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
    """
    made_at = settings_of(call).report_at
    if made_at is None:
        raise ReportNotPresent("No report present. Call GenerateCredentialReport to generate a new report.")
    if call.now >= made_at + REPORT_SECONDS:
        raise ReportExpired("The report has expired. Call GenerateCredentialReport to generate a new report.")
    return {"Content": _report(call), "ReportFormat": "text/csv", "GeneratedTime": made_at}

"""Request quotas of Parameter Store, held where the operator asks for them.

Source: Systems Manager User Guide, "Changing Parameter Store throughput".
"""

from strongroom.calls.call import Call
from strongroom.core.errors import Throttled
from strongroom.ssm.rules.settings import HIGH_THROUGHPUT, TRUE, request_quota
from strongroom.ssm.settings import setting_record


def charge(call: Call) -> None:
    """Count the call against its account's quota in the Region. Raises Throttled beyond it."""
    quotas = call.environment.parameters
    if quotas is None or quotas.requests is None:
        return
    setting = setting_record(call, HIGH_THROUGHPUT)
    bucket, per_second = request_quota(call.operation.name, high=setting is not None and setting.value == TRUE)
    if not quotas.requests.take((call.account_id, call.region, bucket), per_second, call.origin.request_id, call.now):
        raise Throttled

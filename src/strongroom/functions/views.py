"""How a function is shown."""

from datetime import UTC, datetime
from typing import Any

from strongroom.functions.records import FunctionRecord
from strongroom.functions.rules.names import LATEST


def configuration(function: FunctionRecord) -> dict[str, Any]:
    """Return FunctionConfiguration."""
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Runtime": function.runtime,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": function.code_size,
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory_mb,
        "LastModified": datetime.fromtimestamp(function.modified, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "CodeSha256": function.code_sha256,
        "Version": LATEST,
        "Environment": {"Variables": function.environment} if function.environment else None,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": function.revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": list(function.architectures),
        "EphemeralStorage": {"Size": function.ephemeral_mb},
    }

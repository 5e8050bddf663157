"""Which templates there are: AWS's names, the handler of each, and the function that every account seems to have.

Source: Secrets Manager User Guide, "AWS Secrets Manager rotation function templates".
"""

import base64
import hashlib
import json
from collections.abc import Iterator

from strongroom.functions.records import FunctionRecord

RUNTIME = "python3.11"
TIMEOUT = 30
MEMORY_MB = 128
_ROOM = "strongroom.functions.templates"
HANDLERS = {
    "SecretsManagerRDSPostgreSQLRotationSingleUser": f"{_ROOM}.postgresql.single_user",
    "SecretsManagerRDSPostgreSQLRotationMultiUser": f"{_ROOM}.postgresql.alternating_users",
    "SecretsManagerRDSMySQLRotationSingleUser": f"{_ROOM}.mysql.single_user",
    "SecretsManagerRDSMySQLRotationMultiUser": f"{_ROOM}.mysql.alternating_users",
    "SecretsManagerRDSMariaDBRotationSingleUser": f"{_ROOM}.mysql.mariadb_single_user",
    "SecretsManagerRDSMariaDBRotationMultiUser": f"{_ROOM}.mysql.mariadb_alternating_users",
    "SecretsManagerRDSOracleRotationSingleUser": f"{_ROOM}.oracle.single_user",
    "SecretsManagerRDSOracleRotationMultiUser": f"{_ROOM}.oracle.alternating_users",
    "SecretsManagerRDSSQLServerRotationSingleUser": f"{_ROOM}.sqlserver.single_user",
    "SecretsManagerRDSSQLServerRotationMultiUser": f"{_ROOM}.sqlserver.alternating_users",
    "SecretsManagerRDSDb2RotationSingleUser": f"{_ROOM}.db2.single_user",
    "SecretsManagerRDSDb2RotationMultiUser": f"{_ROOM}.db2.alternating_users",
    "SecretsManagerRedshiftRotationSingleUser": f"{_ROOM}.redshift.single_user",
    "SecretsManagerRedshiftRotationMultiUser": f"{_ROOM}.redshift.alternating_users",
    "SecretsManagerMongoDBRotationSingleUser": f"{_ROOM}.mongodb.single_user",
    "SecretsManagerMongoDBRotationMultiUser": f"{_ROOM}.mongodb.alternating_users",
    "SecretsManagerElasticacheUserRotation": f"{_ROOM}.valkey.single_user",
    "SecretsManagerRotationTemplate": f"{_ROOM}.api_key.rotate",
}


def template(account_id: str, region: str, name: str) -> FunctionRecord | None:
    """Return the template of this name as a function of the account, or None."""
    handler = HANDLERS.get(name)
    if handler is None:
        return None
    digest = base64.b64encode(hashlib.sha256(handler.encode()).digest()).decode()
    return FunctionRecord(
        account_id=account_id,
        region=region,
        name=name,
        runtime=RUNTIME,
        role=f"arn:aws:iam::{account_id}:role/aws-service-role/secretsmanager.amazonaws.com/{name}",
        handler=handler,
        code_sha256=digest,
        code_size=0,
        description="A rotation template of the server.",
        timeout=TIMEOUT,
        memory_mb=MEMORY_MB,
        policy={"SecretsManager": _statement(account_id)},
        modified=0.0,
        revision_id=digest,
        template=True,
    )


def templates(account_id: str, region: str) -> Iterator[FunctionRecord]:
    """Yield every template as a function of the account, by name."""
    for name in sorted(HANDLERS):
        found = template(account_id, region, name)
        if found is not None:
            yield found


def _statement(account_id: str) -> str:
    """Return the statement that lets Secrets Manager invoke a template for secrets of the account itself."""
    return json.dumps(
        {
            "Sid": "SecretsManager",
            "Effect": "Allow",
            "Principal": {"Service": "secretsmanager.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        },
        separators=(",", ":"),
    )

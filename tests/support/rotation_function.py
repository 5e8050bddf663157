"""A rotation function in the manner of those that AWS publishes: it knows nothing of this server. Zipped with PyMySQL by the tests.

It makes the calls of the published functions in their order; a directory in HOLD makes it wait after a step's work (or before it, if the
secret's name begins with "early"), for tests that kill the server.
"""

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import boto3
import pymysql

logger = logging.getLogger()
logger.setLevel(logging.INFO)
CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


def lambda_handler(event: dict[str, str], context: Any) -> None:
    """Carry out one step."""
    del context
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    service_client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    metadata = service_client.describe_secret(SecretId=arn)
    if "RotationEnabled" in metadata and not metadata["RotationEnabled"]:
        raise ValueError(f"Secret {arn} is not enabled for rotation")
    versions = metadata["VersionIdsToStages"]
    if token not in versions:
        raise ValueError(f"Secret version {token} has no stage for rotation of secret {arn}.")
    if CURRENT in versions[token]:
        logger.info("Secret version %s already set as AWSCURRENT for secret %s.", token, arn)
        return
    if PENDING not in versions[token]:
        raise ValueError(f"Secret version {token} not set as AWSPENDING for rotation of secret {arn}.")
    early = metadata["Name"].startswith("early")
    if early:
        _hold(metadata["Name"], step)
    {"createSecret": create_secret, "setSecret": set_secret, "testSecret": test_secret, "finishSecret": finish_secret}[step](
        service_client, arn, token
    )
    if not early:
        _hold(metadata["Name"], step)


def create_secret(service_client: Any, arn: str, token: str) -> None:
    """Make the new password, unless it is there."""
    current = get_secret_dict(service_client, arn, CURRENT)
    try:
        get_secret_dict(service_client, arn, PENDING, token)
        logger.info("createSecret: Successfully retrieved secret for %s.", arn)
    except service_client.exceptions.ResourceNotFoundException:
        current["password"] = service_client.get_random_password(
            ExcludeCharacters=os.environ.get("EXCLUDE_CHARACTERS", "/@\"'\\"),
            PasswordLength=int(os.environ.get("PASSWORD_LENGTH", "32")),
            RequireEachIncludedType=True,
        )["RandomPassword"]
        service_client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(current), VersionStages=[PENDING])
        logger.info("createSecret: Successfully put secret for ARN %s and version %s.", arn, token)


def set_secret(service_client: Any, arn: str, token: str) -> None:
    """Set the new password with the one that still works."""
    try:
        previous = get_secret_dict(service_client, arn, PREVIOUS)
    except (service_client.exceptions.ResourceNotFoundException, KeyError):
        previous = None
    current = get_secret_dict(service_client, arn, CURRENT)
    pending = get_secret_dict(service_client, arn, PENDING, token)
    connection = get_connection(pending)
    if connection:
        connection.close()
        logger.info("setSecret: AWSPENDING secret is already set as password in MariaDB DB for secret arn %s.", arn)
        return
    if current["username"] != pending["username"] or current["host"] != pending["host"]:
        raise ValueError("Attempting to modify another user or host")
    connection = get_connection(current) or (get_connection(previous) if previous else None)
    if not connection:
        raise ValueError(f"Unable to log into database with previous, current, or pending secret of secret arn {arn}")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET PASSWORD = PASSWORD(%s)", pending["password"])
        connection.commit()
    finally:
        connection.close()


def test_secret(service_client: Any, arn: str, token: str) -> None:
    """Log in with the new password."""
    connection = get_connection(get_secret_dict(service_client, arn, PENDING, token))
    if not connection:
        raise ValueError(f"Unable to log into database with pending secret of secret ARN {arn}")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT NOW()")
    finally:
        connection.close()


def finish_secret(service_client: Any, arn: str, token: str) -> None:
    """Make the new version current."""
    versions = service_client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current_version = next((version for version, stages in versions.items() if CURRENT in stages), None)
    if current_version != token:
        service_client.update_secret_version_stage(
            SecretId=arn, VersionStage=CURRENT, MoveToVersionId=token, RemoveFromVersionId=current_version
        )


def get_connection(secret: dict[str, Any]) -> Any:
    """Return a connection, or None where the login is refused."""
    try:
        return pymysql.connect(
            host=secret["host"], user=secret["username"], password=secret["password"], port=int(secret["port"]), connect_timeout=5
        )
    except pymysql.OperationalError:
        return None


def get_secret_dict(service_client: Any, arn: str, stage: str, token: str | None = None) -> dict[str, Any]:
    """Return one version."""
    version = {"VersionId": token} if token else {}
    secret: dict[str, Any] = json.loads(service_client.get_secret_value(SecretId=arn, VersionStage=stage, **version)["SecretString"])
    for field in ("host", "username", "password"):
        if field not in secret:
            raise KeyError(f"{field} key is missing from secret JSON")
    return secret


def _hold(name: str, step: str) -> None:
    if "HOLD" not in os.environ or not name.endswith(step):
        return
    hold = Path(os.environ["HOLD"])
    if (hold / "on").exists():
        (hold / f"reached-{step}").touch()
    while (hold / "on").exists():
        time.sleep(0.05)

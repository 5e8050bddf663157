"""What a template reads from the secret that it rotates, and writes back."""

import json
import os
from typing import Any

import boto3

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
PASSWORD_LENGTH = 32
EXCLUDED = "/@\"'\\"


class RotationError(Exception):
    """A step can't be carried out; the text is what the operator sees. It never holds a password."""


class Rotation:
    """One secret and the new version of it, through the Secrets Manager API."""

    def __init__(self, event: dict[str, Any]) -> None:
        self.secret_id: str = event["SecretId"]
        self.token: str = event["ClientRequestToken"]
        self._client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])

    def is_done(self) -> bool:
        """Return whether the new version is current already. Raises RotationError if it is not one to be rotated to."""
        described = self._client.describe_secret(SecretId=self.secret_id)
        labels = described.get("VersionIdsToStages", {}).get(self.token)
        if not described.get("RotationEnabled"):
            raise RotationError("the secret is not enabled for rotation")
        if labels is None:
            raise RotationError(f"the secret has no version {self.token}")
        if CURRENT in labels:
            return True
        if PENDING not in labels:
            raise RotationError(f"version {self.token} is not labelled {PENDING}")
        return False

    def text(self, stage: str) -> str | None:
        """Return the value of the version with this label (AWSPENDING: of the new version), or None where there is none yet."""
        version = {"VersionId": self.token} if stage == PENDING else {}
        try:
            value: str = self._client.get_secret_value(SecretId=self.secret_id, VersionStage=stage, **version)["SecretString"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return value

    def value(self, stage: str) -> dict[str, Any] | None:
        """Return the value as the JSON object that database secrets are, or None where there is none yet."""
        text = self.text(stage)
        return None if text is None else _fields(text)

    def current(self) -> dict[str, Any]:
        """Return the current value. Raises RotationError where there is none."""
        value = self.value(CURRENT)
        if value is None:
            raise RotationError("the secret has no current value")
        return value

    def pending(self) -> dict[str, Any]:
        """Return the new value. Raises RotationError where there is none."""
        value = self.value(PENDING)
        if value is None:
            raise RotationError("the new version has no value: createSecret has not run")
        return value

    def superuser(self, arn: str) -> dict[str, Any]:
        """Return the value of the superuser's secret."""
        return _fields(self._client.get_secret_value(SecretId=arn, VersionStage=CURRENT)["SecretString"])

    def new_password(self, excluded: str, length: int = PASSWORD_LENGTH) -> str:
        """Return a random password without these characters."""
        return str(
            self._client.get_random_password(ExcludeCharacters=excluded, PasswordLength=length, RequireEachIncludedType=True)[
                "RandomPassword"
            ]
        )

    def store(self, text: str) -> None:
        """Store the new version's value."""
        self._client.put_secret_value(SecretId=self.secret_id, ClientRequestToken=self.token, SecretString=text, VersionStages=[PENDING])

    def finish(self) -> None:
        """Make the new version current."""
        stages = self._client.describe_secret(SecretId=self.secret_id)["VersionIdsToStages"]
        current = next((version for version, labels in stages.items() if CURRENT in labels), None)
        if current == self.token:
            return
        moved = {"RemoveFromVersionId": current} if current else {}
        self._client.update_secret_version_stage(SecretId=self.secret_id, VersionStage=CURRENT, MoveToVersionId=self.token, **moved)


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise RotationError("the secret's value is not JSON") from error
    if not isinstance(fields, dict):
        raise RotationError("the secret's value is not a JSON object")
    return fields

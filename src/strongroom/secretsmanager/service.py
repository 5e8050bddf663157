"""The Secrets Manager service: where its operations register."""

from strongroom.calls.operation import Service

SECRETS_MANAGER = Service("secretsmanager", event_source="secretsmanager.amazonaws.com")
operation = SECRETS_MANAGER.operation

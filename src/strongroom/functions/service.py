"""The Lambda service: where its operations register."""

from strongroom.calls.operation import Service

LAMBDA = Service("lambda", event_source="lambda.amazonaws.com")
operation = LAMBDA.operation

"""The service that IAM's operations are registered with."""

from strongroom.calls.operation import Service

IAM = Service("iam", event_source="iam.amazonaws.com", regional=False)

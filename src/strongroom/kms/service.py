"""The KMS service object; every handler in operations/ registers itself with it."""

from strongroom.calls.operation import Service

KMS = Service("kms", event_source="kms.amazonaws.com")
operation = KMS.operation
KEY_TYPE = "AWS::KMS::Key"  # CloudTrail's resource type

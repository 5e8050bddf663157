"""The CloudTrail service object; every handler in operations/ registers itself with it."""

from strongroom.calls.operation import Service

CLOUDTRAIL = Service("cloudtrail", event_source="cloudtrail.amazonaws.com")
operation = CLOUDTRAIL.operation

"""The service that STS's operations are registered with."""

from strongroom.calls.operation import Service

STS = Service("sts", event_source="sts.amazonaws.com")

"""The Systems Manager service: the operations of Parameter Store register themselves here."""

from strongroom.calls.operation import Service

SSM = Service("ssm", event_source="ssm.amazonaws.com")
operation = SSM.operation

"""Records as AWS's answers show them."""

from collections.abc import Mapping
from typing import Any

from strongroom.ssm.records import Content, ParameterRecord, PublicParameterRecord
from strongroom.ssm.resolve import arn_of
from strongroom.ssm.rules.labels import labels_of

View = dict[str, Any]


def value_view(content: Content, name: str, arn: str, value: str, selector: str | None = None) -> View:
    """Return the shape `Parameter`."""
    return {
        "Name": name,
        "Type": content.type,
        "Value": value,
        "Version": content.version,
        "Selector": None if selector is None else f":{selector}",
        "LastModifiedDate": content.modified,
        "ARN": arn,
        "DataType": content.data_type,
    }


def _described(name: str, content: Content) -> View:
    return {
        "Name": name,
        "Type": content.type,
        "KeyId": content.key_id,
        "LastModifiedDate": content.modified,
        "LastModifiedUser": content.modified_by,
        "Description": content.description,
        "AllowedPattern": content.allowed_pattern,
        "Version": content.version,
        "Tier": content.tier,
        "Policies": [{"PolicyText": policy.text, "PolicyType": policy.type, "PolicyStatus": policy.status} for policy in content.policies],
        "DataType": content.data_type,
    }


def metadata_view(record: ParameterRecord | PublicParameterRecord) -> View:
    """Return the shape `ParameterMetadata`."""
    return {**_described(record.spelling, record.current), "ARN": arn_of(record)}


def history_view(name: str, content: Content, labels: Mapping[str, int], value: str) -> View:
    """Return the shape `ParameterHistory`."""
    return {**_described(name, content), "Value": value, "Labels": labels_of(labels, content.version)}

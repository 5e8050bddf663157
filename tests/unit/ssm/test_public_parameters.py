"""What an operator publishes under /aws/service/."""

import json

import pytest
from tests.unit.identity.memory_store import MemoryStore

from strongroom.core.errors import ValidationFailed
from strongroom.ssm.public_parameters import publish, read_document
from strongroom.ssm.tables import PUBLIC_PARAMETERS


def document(**values: str) -> bytes:
    """Return a file that publishes these parameters in one Region."""
    return json.dumps({"eu-west-1": [{"Name": f"/aws/service/{name}", "Value": value} for name, value in values.items()]}).encode()


def test_a_changed_value_is_the_next_version() -> None:
    """What is published already stays as it is."""
    store = MemoryStore()
    assert publish(store, read_document(document(a="1", b="1")), 5.0) == 2
    assert publish(store, read_document(document(a="1", b="2")), 6.0) == 1
    records = {record.name: record for record in store.scan(PUBLIC_PARAMETERS, "eu-west-1", limit=10)}
    assert {name: (record.current.version, record.current.modified, record.parent) for name, record in records.items()} == {
        "/aws/service/a": (1, 5.0, "/aws/service/"),
        "/aws/service/b": (2, 6.0, "/aws/service/"),
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"eu-west-1": [{"Name": "/aws/service/x"}]}',
        b'{"eu-west-1": [{"Name": "/aws/service/x", "Value": "v", "Typ": "String"}]}',
        b'{"eu-west-1": [{"Name": "/other/x", "Value": "v"}]}',
    ],
)
def test_a_bad_file_publishes_nothing(data: bytes) -> None:
    """Missing and misspelt members, and names of other namespaces, are refused."""
    with pytest.raises(ValueError, match=r"."):
        read_document(data)


def test_a_malformed_name_is_refused() -> None:
    """As in PutParameter."""
    with pytest.raises(ValidationFailed):
        read_document(document(**{"a b": "v"}))

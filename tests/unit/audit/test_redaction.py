"""What of a request enters an event."""

from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from strongroom.audit.redaction import MAP_MEMBERS, MASK, event_name_of, recorded
from strongroom.core.secret import SecretBytes

ROWS: list[tuple[str, dict[str, Any] | None, Any]] = [
    ("no request", None, None),
    ("an empty request", {}, None),
    ("names lose their first capital", {"KeyId": "a", "MFASerial": "b"}, {"keyId": "a", "mFASerial": "b"}),
    ("bytes are left out", {"KeyId": "a", "Plaintext": b"secret"}, {"keyId": "a"}),
    ("secret types are left out", {"KeyId": "a", "Value": SecretBytes(b"secret")}, {"keyId": "a"}),
    ("nothing but bytes is no parameters", {"Plaintext": b"secret"}, None),
    ("None is an absent member", {"KeyId": None}, None),
    ("hidden members are left out", {"KeyId": "a", "SecretString": "secret"}, {"keyId": "a"}),
    ("masked members show that they were there", {"Password": "secret"}, {"password": MASK}),
    ("maps keep their keys", {"EncryptionContext": {"KeyId": "b"}}, {"encryptionContext": {"KeyId": "b"}}),
    (
        "maps inside structures keep their keys",
        {"Constraints": {"EncryptionContextSubset": {"Dept": "IT"}}},
        {"constraints": {"encryptionContextSubset": {"Dept": "IT"}}},
    ),
    ("lists of structures", {"Tags": [{"TagKey": "A", "TagValue": "B"}]}, {"tags": [{"tagKey": "A", "tagValue": "B"}]}),
    ("lists of texts", {"GrantTokens": ["T"]}, {"grantTokens": ["T"]}),
    ("bytes inside structures and lists", {"Recipient": {"Doc": b"x", "Alg": "y"}, "L": [b"x"]}, {"recipient": {"alg": "y"}, "l": []}),
    ("numbers and booleans stay", {"Limit": 5, "Enabled": False}, {"limit": 5, "enabled": False}),
    ("timestamps are written out", {"ValidTo": 1609531200.0}, {"validTo": "Jan 1, 2021, 8:00:00 PM"}),
    ("a date beyond the calendar stays a number", {"ValidTo": 1e300}, {"validTo": "1e+300"}),
    ("midnight is twelve", {"ValidTo": 1609459200.5}, {"validTo": "Jan 1, 2021, 12:00:00 AM"}),
]


@pytest.mark.parametrize(("members", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_parameters_are_recorded_by_this_table(members: dict[str, Any] | None, expected: Any) -> None:
    """Each row is one rule of CloudTrail."""
    assert recorded(members, frozenset({"SecretString"}), frozenset({"Password"})) == expected


def maps_in(shape: Shape | None, name: str, seen: frozenset[str]) -> set[str]:
    """Return the names of the members of `shape` that are maps, at any depth."""
    if shape is None or shape.name in seen:
        return set()
    seen |= {shape.name}
    if isinstance(shape, MapShape):
        return {name}
    if isinstance(shape, ListShape):
        return maps_in(shape.member, name, seen)
    if isinstance(shape, StructureShape):
        return set().union(*(maps_in(member, key, seen) for key, member in shape.members.items()))
    return set()


@pytest.mark.parametrize("service", ["kms", "secretsmanager", "sts"])
def test_every_map_of_the_models_is_known(service: str) -> None:
    """Whose keys are the customer's words: they must not be respelt."""
    model = get_session().get_service_model(service)
    found = set().union(*(maps_in(model.operation_model(name).input_shape, "", frozenset()) for name in model.operation_names))
    assert found <= MAP_MEMBERS


values = st.recursive(
    st.one_of(st.text(), st.binary(), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1), inner, max_size=3)),
    max_leaves=10,
)


def bytes_in(value: Any) -> bool:
    """Return whether bytes stand anywhere in `value`."""
    if isinstance(value, dict):
        return any(bytes_in(item) for item in value.values())
    return isinstance(value, bytes) or (isinstance(value, list) and any(bytes_in(item) for item in value))


@given(st.dictionaries(st.text(min_size=1), values))
def test_no_bytes_ever_enter_an_event(members: dict[str, Any]) -> None:
    """Wherever they stand."""
    assert not bytes_in(recorded(members))


def test_names_are_respelt_by_their_first_letter_only() -> None:
    """As CloudTrail does."""
    assert [event_name_of(name) for name in ("KeyId", "keyId", "", "X")] == ["keyId", "keyId", "", "x"]

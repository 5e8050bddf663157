"""Domain keys: creation, rotation, other nodes, and what is derived from them."""

import pytest
from tests.unit.crypto.memory_keys import MemoryKeyStore, fixed_seal, new_ring

from strongroom.core.errors import OperatorError
from strongroom.core.wrapped_key import WrappedKey
from strongroom.crypto.domain_keys import DomainKeyRing, wrap_aad


def test_creating_makes_the_purpose_key_and_one_domain_key_once() -> None:
    """A second start takes up what is there."""
    store = MemoryKeyStore()
    first = DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    second = DomainKeyRing.create(store, fixed_seal(), now_ms=2000)
    assert sorted(store.rows) == [0, 1]
    assert first.derive("x") == second.derive("x")
    assert (second.active_id, second.active_created_ms) == (1, 1000)


def test_creation_that_crashed_half_way_is_finished() -> None:
    """The purpose key stays what it was."""
    store = MemoryKeyStore()
    DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    purpose = store.rows[0]
    del store.rows[1]
    with pytest.raises(OperatorError, match="strongroom init"):
        DomainKeyRing(store, fixed_seal())
    DomainKeyRing.create(store, fixed_seal(), now_ms=2000)
    assert store.rows[0] is purpose
    assert store.rows[1].created_ms == 2000


def test_an_empty_database_does_not_open() -> None:
    """Only `init` makes keys: a server that found none must not start over."""
    with pytest.raises(OperatorError, match="no domain keys"):
        DomainKeyRing(MemoryKeyStore(), fixed_seal())


def test_another_root_key_does_not_open_the_ring() -> None:
    """The operator is told that the root key is the wrong one."""
    store = MemoryKeyStore()
    DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    with pytest.raises(OperatorError, match="root key"):
        DomainKeyRing(store, fixed_seal(root=9))


def test_a_wrapped_key_can_not_stand_in_for_another() -> None:
    """Whoever writes the database can't bring an old domain key back as the newest."""
    store = MemoryKeyStore()
    ring = DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    store.rows[2] = WrappedKey(2, 3000, store.rows[1].wrapped)
    with pytest.raises(OperatorError):
        ring.reload()


def test_rotation_makes_a_new_active_key_and_keeps_the_old_ones() -> None:
    """What hangs on the purpose key does not change."""
    ring = new_ring()
    derived, old = ring.derive("chain"), ring.subkey(1, "record")
    assert ring.rotate(now_ms=5000) == 2
    assert ring.derive("chain") == derived
    assert ring.subkey(1, "record") == old != ring.subkey(2, "record")
    assert (ring.active_id, ring.active_created_ms) == (2, 5000)


def test_of_two_nodes_that_rotate_at_once_both_use_one_key() -> None:
    """The loser takes up the winner's key."""
    store = MemoryKeyStore()
    one = DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    other = DomainKeyRing(store, fixed_seal())
    assert (one.rotate(now_ms=2000), other.rotate(now_ms=2001)) == (2, 2)
    assert one.subkey(2, "x") == other.subkey(2, "x")


def test_labels_and_key_ids_separate_derived_keys() -> None:
    """No two purposes ever share a key."""
    ring = new_ring()
    ring.rotate(now_ms=2000)
    derived = {ring.subkey(key_id, label) for key_id in (0, 1, 2) for label in ("a", "b")}
    assert len(derived) == 6
    assert ring.subkey(3, "a") is None


def test_the_wrap_binding_is_dk_and_the_number() -> None:
    """Frozen: a change locks every database."""
    assert wrap_aad(258) == b"dk\x00\x00\x01\x02"

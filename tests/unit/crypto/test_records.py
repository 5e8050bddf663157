"""Sealed records open whole, in their own row, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.crypto.memory_keys import MemoryKeyStore, fixed_seal, new_ring
from tests.unit.crypto.test_seals import flipped

from strongroom.core.errors import RecordDoesNotOpen
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.records import Column, RecordSealer, record_aad

COLUMNS: tuple[Column, ...] = ("111122223333", "us-east-1", "alias/a", 7, None)
RECORD = b"the record"
Row = tuple[str, list[Column], int, int, int]


@pytest.fixture
def sealer() -> RecordSealer:
    """A sealer on fresh keys."""
    return RecordSealer(new_ring())


def test_a_record_opens_with_its_version(sealer: RecordSealer) -> None:
    """Sealing is reversible in its own row."""
    assert sealer.open("kms_keys", COLUMNS, 3, sealer.seal("kms_keys", COLUMNS, 3, 2, RECORD)) == (2, RECORD)


def test_every_flipped_bit_and_every_cut_of_a_record_is_refused(sealer: RecordSealer) -> None:
    """With one and the same error."""
    sealed = sealer.seal("kms_keys", COLUMNS, 3, 1, RECORD)
    texts = set()
    for changed in [flipped(sealed, bit) for bit in range(len(sealed) * 8)] + [sealed[:n] for n in range(len(sealed))]:
        with pytest.raises(RecordDoesNotOpen) as caught:
            sealer.open("kms_keys", COLUMNS, 3, changed)
        texts.add(str(caught.value))
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("table", "columns", "revision"),
    [
        ("kms_aliases", COLUMNS, 3),
        ("kms_keys", COLUMNS, 2),
        ("kms_keys", COLUMNS, 4),
        ("kms_keys", ("444455556666", *COLUMNS[1:]), 3),
        ("kms_keys", (*COLUMNS[:3], "7", None), 3),
        ("kms_keys", (*COLUMNS[:4], 0), 3),
        ("kms_keys", (*COLUMNS[:4], ""), 3),
        ("kms_keys", COLUMNS[:4], 3),
    ],
)
def test_a_record_in_another_row_does_not_open(sealer: RecordSealer, table: str, columns: tuple[Column, ...], revision: int) -> None:
    """Swapping rows, rolling a revision back, or editing a searchable column breaks the seal."""
    sealed = sealer.seal("kms_keys", COLUMNS, 3, 1, RECORD)
    with pytest.raises(RecordDoesNotOpen):
        sealer.open(table, columns, revision, sealed)


def test_another_database_does_not_open_a_record(sealer: RecordSealer) -> None:
    """Its domain keys are others."""
    with pytest.raises(RecordDoesNotOpen):
        RecordSealer(new_ring()).open("kms_keys", COLUMNS, 3, sealer.seal("kms_keys", COLUMNS, 3, 1, RECORD))


def test_rotation_makes_old_records_due_and_they_still_open() -> None:
    """A job seals them again when it comes to them."""
    ring = new_ring()
    sealer = RecordSealer(ring)
    old = sealer.seal("t", COLUMNS, 1, 1, RECORD)
    assert sealer.is_current(old)
    ring.rotate(now_ms=2000)
    assert not sealer.is_current(old)
    assert sealer.open("t", COLUMNS, 1, old) == (1, RECORD)
    assert sealer.is_current(sealer.seal("t", COLUMNS, 1, 1, RECORD))
    assert not sealer.is_current(b"")


def test_a_record_of_a_node_that_has_just_rotated_opens() -> None:
    """The ring is read again when a record names a key that it does not hold."""
    store = MemoryKeyStore()
    mine = DomainKeyRing.create(store, fixed_seal(), now_ms=1000)
    theirs = DomainKeyRing(store, fixed_seal())
    theirs.rotate(now_ms=2000)
    sealed = RecordSealer(theirs).seal("t", COLUMNS, 1, 1, RECORD)
    assert RecordSealer(mine).open("t", COLUMNS, 1, sealed) == (1, RECORD)


def test_sealing_twice_gives_two_ciphertexts(sealer: RecordSealer) -> None:
    """Each record has a key of its own."""
    assert sealer.seal("t", COLUMNS, 1, 1, RECORD) != sealer.seal("t", COLUMNS, 1, 1, RECORD)


def test_the_feed_mac_depends_on_everything_and_outlives_rotation() -> None:
    """One changed row of the feed breaks the chain."""
    ring = new_ring()
    sealer = RecordSealer(ring)
    macs = {
        sealer.feed_mac(b"p", 1, "t", ("a", "b"), 1),
        sealer.feed_mac(b"q", 1, "t", ("a", "b"), 1),
        sealer.feed_mac(b"p", 2, "t", ("a", "b"), 1),
        sealer.feed_mac(b"p", 1, "u", ("a", "b"), 1),
        sealer.feed_mac(b"p", 1, "t", ("ab",), 1),
        sealer.feed_mac(b"p", 1, "t", ("a", "b"), 2),
    }
    assert len(macs) == 6
    ring.rotate(now_ms=2000)
    assert RecordSealer(ring).feed_mac(b"p", 1, "t", ("a", "b"), 1) in macs


columns = st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.text()), max_size=5)
rows = st.tuples(st.text(max_size=10), columns, st.integers(0, 2**40), st.integers(0, 9), st.integers(0, 9))


@given(rows, rows)
def test_two_rows_share_no_associated_data(one: Row, other: Row) -> None:
    """The encoding is injective: str, int and None differ, and no column runs into the next."""
    assert (record_aad(*one) == record_aad(*other)) == (one == other)


@given(columns, st.data())
def test_moving_a_character_between_columns_changes_the_associated_data(values: list[Column], data: st.DataObject) -> None:
    """The case that a plain concatenation gets wrong."""
    text = data.draw(st.text(min_size=1))
    cut = data.draw(st.integers(0, len(text)))
    split = [*values, text[:cut], text[cut:]]
    assert record_aad("t", split, 1, 1, 1) != record_aad("t", [*values, text, ""], 1, 1, 1) or cut == len(text)

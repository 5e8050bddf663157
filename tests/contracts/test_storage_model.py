"""The store against a dictionary: any mix of units, reads, searches, writes, savepoints and conflicts."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.support.stores import THINGS, AnyDatabase, Thing, thing

from strongroom.core.control import Conflict
from strongroom.storage.ports import UnitOfWork

NAMES = st.sampled_from(["a", "b", "c", "d"])
ALIASES = st.sampled_from([None, "x", "y"])
VALUES = st.integers(0, 3)


class Unit:
    """A unit of work, and what the model expects of it."""

    def __init__(self, unit: UnitOfWork) -> None:
        self.unit = unit
        self.read: dict[str, int] = {}  # name -> the model's version of it when it was first read
        self.seen: dict[str, Thing | None] = {}
        self.own: dict[str, Thing | None] = {}

    def view(self, committed: dict[str, Thing]) -> dict[str, Thing]:
        """Return what a search in this unit finds."""
        merged: dict[str, Thing | None] = {**committed, **self.own}
        return {name: record for name, record in merged.items() if record is not None}


class StoreMachine(RuleBasedStateMachine):
    """Rules over one account of a shared database; several units are open at once."""

    units = Bundle("units")

    def __init__(self, database: AnyDatabase, account: str) -> None:
        super().__init__()
        self.database = database
        self.account = account
        self.committed: dict[str, Thing] = {}
        self.versions: dict[str, int] = {}

    def record(self, name: str, alias: str | None, value: int) -> Thing:
        """Return a record of this machine's account."""
        return thing(name, account_id=self.account, alias=alias, value=value, due=value)

    @rule(target=units)
    def begin(self) -> Unit:
        """Open a unit."""
        return Unit(self.database.begin(inline=False))

    @rule(unit=units, name=NAMES)
    def get(self, unit: Unit, name: str) -> None:
        """A read gives what the unit saw first, or its own write."""
        found = unit.unit.get(THINGS, self.account, name)
        if name not in unit.own:
            unit.read.setdefault(name, self.versions.get(name, 0))
            expected = unit.seen.setdefault(name, self.committed.get(name))
        else:
            expected = unit.own[name]
        assert _plain(found) == _plain(expected)

    @rule(unit=units, name=NAMES, alias=ALIASES, value=VALUES)
    def write(self, unit: Unit, name: str, alias: str | None, value: int) -> None:
        """Insert, or replace what exists."""
        self.get(unit, name)
        record = self.record(name, alias, value)
        if unit.unit.get(THINGS, self.account, name) is None:
            unit.unit.insert(THINGS, record)
        else:
            unit.unit.replace(THINGS, record)
        unit.own[name] = record

    @rule(unit=units, name=NAMES)
    def delete(self, unit: Unit, name: str) -> None:
        """Delete what exists."""
        self.get(unit, name)
        if unit.unit.get(THINGS, self.account, name) is not None:
            unit.unit.delete(THINGS, self.account, name)
            unit.own[name] = None

    @rule(unit=units, name=NAMES, value=VALUES)
    def fail_in_savepoint(self, unit: Unit, name: str, value: int) -> None:
        """What a failed nested call wrote is gone; what it read is remembered."""
        kept = dict(unit.own)
        with pytest.raises(ArithmeticError):
            self.fail(unit, name, value)
        unit.own = kept

    def fail(self, unit: Unit, name: str, value: int) -> None:
        """Write in a savepoint and raise ArithmeticError."""
        with unit.unit.savepoint():
            self.write(unit, name, None, value)
            raise ArithmeticError

    @rule(unit=units, limit=st.integers(1, 5), index=st.sampled_from([None, "by_alias"]), descending=st.booleans())
    def scan(self, unit: Unit, limit: int, index: str | None, *, descending: bool) -> None:
        """A search finds what is committed now under the unit's own writes, in order."""

        def position(record: Thing) -> list[tuple[bool, Any]]:
            return [(value is not None, value) for value in THINGS.position_of(record, index)]

        found = unit.unit.scan(THINGS, self.account, index=index, limit=limit, descending=descending)
        expected = sorted(unit.view(self.committed).values(), key=position, reverse=descending)[:limit]
        assert [_plain(record) for record in found] == [_plain(record) for record in expected]
        for record in found:
            self.remember(unit, record.name)

    def remember(self, unit: Unit, name: str) -> None:
        """Note that a search returned a committed record."""
        if name not in unit.own and name not in unit.read:
            unit.read[name] = self.versions.get(name, 0)
            unit.seen[name] = self.committed.get(name)

    @rule(unit=units)
    def count(self, unit: Unit) -> None:
        """Counting agrees, as long as the unit's writes rest on what is still committed."""
        if all(unit.read.get(name, 0) == self.versions.get(name, 0) for name in unit.own):
            assert unit.unit.count(THINGS, self.account) == len(unit.view(self.committed))

    @rule(unit=units)
    def commit(self, unit: Unit) -> None:
        """A commit holds exactly if nothing that the unit read has changed; either way the unit can be used again."""
        stale = [name for name, version in unit.read.items() if self.versions.get(name, 0) != version]
        error = self.database.commit(unit.unit).exception()
        if stale:
            assert isinstance(error, Conflict)
        else:
            assert error is None
            self.apply(unit)
        unit.unit.reset()
        unit.read, unit.seen, unit.own = {}, {}, {}

    def apply(self, unit: Unit) -> None:
        """Move the model on."""
        for name, record in unit.own.items():
            if record is None and name not in self.committed:
                continue
            self.versions[name] = self.versions.get(name, 0) + 1
            if record is None:
                self.committed.pop(name, None)
            else:
                self.committed[name] = record

    @invariant()
    def the_database_holds_what_the_model_holds(self) -> None:
        """A fresh unit sees the committed state."""
        unit = self.database.begin(inline=False)
        assert {name for name in "abcd" if unit.get(THINGS, self.account, name) is not None} == set(self.committed)


def _plain(record: Thing | None) -> dict[str, Any] | None:
    if record is None:
        return None
    members = msgspec.structs.asdict(record)
    del members["body"]
    return members


def test_the_store_behaves_like_a_dictionary_with_revisions(database: AnyDatabase) -> None:
    """Whatever is done, in whatever order."""
    accounts = iter(range(1_000_000))

    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(database, f"{next(accounts)}")

    many = settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    run_state_machine_as_test(Machine, settings=many)

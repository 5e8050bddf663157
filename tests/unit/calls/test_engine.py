"""The one way a call runs: resolve, authorise, handle, record, commit."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.crypto.memory_keys import new_ring

from strongroom.app.clocks import ServerClocks
from strongroom.audit.chain import WriterChain
from strongroom.audit.facts import EventFacts
from strongroom.audit.lookup import AuditPage, AuditQuery
from strongroom.audit.sources import Position
from strongroom.calls.call import Call, Environment, Observation, Origin
from strongroom.calls.engine import Engine
from strongroom.calls.execution import NotAuthorisedError
from strongroom.calls.incoming import Incoming, Outcome, Refusal
from strongroom.calls.operation import ANY_RESOURCE, AUTHORISED_BY_HANDLER, NO_AUTHORISATION_ACTION, Service
from strongroom.calls.refusals import EVENT_NAME, RefusalMeter
from strongroom.calls.target import Resource, Target
from strongroom.core.control import Conflict, MustBlock
from strongroom.core.errors import AccessDenied, ApiError, ServiceUnavailable
from strongroom.crypto.random import random_bytes
from strongroom.crypto.records import RecordSealer
from strongroom.identity.principal import Principal, root_principal
from strongroom.identity.tables import TABLES as IDENTITY_TABLES
from strongroom.policy.decision import PrincipalFacts, PrincipalType
from strongroom.storage.ports import JournalEntry
from strongroom.storage.sqlite.database import SqliteDatabase
from strongroom.storage.table import table

ACCOUNT = "123456789012"
ROOT = root_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", "AKIAROOT")
ANONYMOUS = Principal(PrincipalFacts(PrincipalType.ANONYMOUS, "", ""), user_id="")
ORIGIN = Origin("request-1", "192.0.2.1", "a client")


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """What the made-up service stores."""

    account_id: str
    name: str
    content: str


BOXES = table("boxes", Box, key=("account_id", "name"))


class NoSuchBox(ApiError):
    """The box is not there."""

    code = "NoSuchBox"


class Broken(ApiError):
    """The operation failed after it had buffered a write."""

    code = "Broken"


def box_in_request(call: Call, request: Mapping[str, Any]) -> Target[Box]:
    """Resolve a box; its ARN follows from its name, so an absent one is authorised too."""
    record = call.store.get(BOXES, call.account_id, request["Name"])
    resource = Resource(
        f"arn:aws:boxes:{call.region}:{call.account_id}:box/{request['Name']}", call.account_id, "Test::Box", policy=DENY_LOCKED
    )
    return Target(resource, record, None if record else NoSuchBox("no such box"))


DENY_LOCKED = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"boxes:*","Resource":"arn:aws:boxes:*:*:box/locked"}]}'
)
BOX = Service("boxes", event_source="boxes.amazonaws.com")


@BOX.operation("PutBox", action="boxes:PutBox", resource=ANY_RESOURCE, hidden=("Content",), recorded=("Name",))
def put_box(call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    """Store a box."""
    old = call.store.get(BOXES, call.account_id, request["Name"])
    box = Box(account_id=call.account_id, name=request["Name"], content=request["Content"])
    (call.store.insert if old is None else call.store.replace)(BOXES, box)
    if request.get("Fail"):
        raise Broken
    return {"Name": box.name, "Secret": "not recorded"}


@BOX.operation("GetBox", action="boxes:GetBox", resource=box_in_request)
def get_box(_call: Call, box: Box, _request: Mapping[str, Any]) -> dict[str, Any]:
    """Read a box."""
    return {"Content": box.content}


@BOX.operation("CopyBox", action="boxes:CopyBox", resource=ANY_RESOURCE, read_only=False)
def copy_box(call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a box through nested calls; a nested failure is survived."""
    content = call.invoke("boxes", "GetBox", {"Name": request["From"]})["Content"]
    try:
        call.invoke("boxes", "PutBox", {"Name": request["To"], "Content": content, "Fail": request.get("Fail")})
    except Broken:
        return {"Copied": False}
    return {"Copied": True}


@BOX.operation("Forgetful", action="boxes:Forgetful", resource=AUTHORISED_BY_HANDLER)
def forgetful(_call: Call, _request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer without authorising anything: a programming error."""
    return {"Leaked": "everything"}


@BOX.operation("Open", action=NO_AUTHORISATION_ACTION, resource=ANY_RESOURCE)
def open_to_all(_call: Call, _request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer everyone, said by name."""
    return {}


@BOX.operation("Slow", action="boxes:Slow", resource=ANY_RESOURCE)
def slow(call: Call, _request: Mapping[str, Any]) -> dict[str, Any]:
    """Do work that must not be done in the event loop."""
    call.ensure_may_block()
    return {}


@dataclass
class FakeTrail:
    """Keeps events in memory; can be out of order."""

    appended: list[JournalEntry] = field(default_factory=list)
    facts: list[EventFacts] = field(default_factory=list)
    broken: bool = False

    def entries(self, facts: Sequence[EventFacts]) -> list[JournalEntry]:
        """Keep the facts and make entries of them."""
        self.facts.extend(facts)
        return [JournalEntry(f.request_id, f.nested, f.recipient_account_id, 0, f.event_name.encode()) for f in facts]

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Keep the entries, or fail."""
        if self.broken:
            raise ServiceUnavailable
        self.appended.extend(entries)

    def search(self, query: AuditQuery, limit: int, before: Position | None) -> AuditPage:
        """Find nothing."""
        del query, limit, before
        return AuditPage([], None)


class FakeTokens:
    """No call here carries a token."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return the payload as hex."""
        return purpose + payload.hex()

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload of `seal`."""
        return bytes.fromhex(token.removeprefix(purpose)) if token.startswith(purpose) else None


@dataclass
class Bench:
    """An engine over a real SQLite database."""

    database: SqliteDatabase
    trail: FakeTrail
    observed: list[Observation] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        environment = Environment(ServerClocks(), random_bytes, FakeTokens(), self.observed.append, self.trail)
        self.engine = Engine({"boxes": BOX}, self.database, self.trail, environment)

    def call(self, operation: str, request: Mapping[str, Any] | None = None, *, inline: bool = False) -> Outcome:
        """Run one call as root and wait for its commit."""
        unit = self.engine.begin(inline=inline)
        origin = Origin(f"request-{next(self.numbers)}", "192.0.2.1", "a client")
        outcome = self.engine.run(unit, Incoming("boxes", operation, request or {}, ROOT, "eu-west-1", 1000.0, origin))
        if outcome.commit is not None:
            outcome.commit.result()
        return outcome

    def names(self) -> list[str]:
        """Return the names of the recorded events."""
        return [facts.event_name for facts in self.trail.facts]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A fresh engine."""
    ring = new_ring()
    database = SqliteDatabase(tmp_path / "test.db", (BOXES, *IDENTITY_TABLES), RecordSealer(ring), WriterChain(ring, "test"))
    database.open()
    yield Bench(database, FakeTrail())
    database.close()


def test_a_call_that_writes_is_committed_and_its_event_is_not_appended_elsewhere(bench: Bench) -> None:
    """The event goes with the writes."""
    outcome = bench.call("PutBox", {"Name": "a", "Content": "secret"})
    assert outcome.commit is not None
    assert outcome.response == {"Name": "a", "Secret": "not recorded"}
    assert bench.trail.appended == []
    assert bench.trail.facts[0].response == {"Name": "a"}
    assert bench.trail.facts[0].hidden == {"Content"}
    assert bench.call("GetBox", {"Name": "a"}).response == {"Content": "secret"}


def test_a_call_that_reads_appends_its_event_before_it_answers(bench: Bench) -> None:
    """One event, and the authorised resource is in it."""
    bench.call("PutBox", {"Name": "a", "Content": "x"})
    bench.call("GetBox", {"Name": "a"})
    assert [entry.body for entry in bench.trail.appended] == [b"GetBox"]
    assert bench.trail.facts[1].resources == (("Test::Box", f"arn:aws:boxes:eu-west-1:{ACCOUNT}:box/a", ACCOUNT),)


def test_no_event_no_answer(bench: Bench) -> None:
    """A trail that can't be written fails the call."""
    bench.trail.broken = True
    with pytest.raises(ServiceUnavailable):
        bench.call("Open")


def test_an_absent_record_is_authorised_before_it_is_missed(bench: Bench) -> None:
    """Whoever is denied does not learn that the box is absent."""
    assert isinstance(bench.call("GetBox", {"Name": "none"}).error, NoSuchBox)
    denied = bench.call("GetBox", {"Name": "locked"}).error
    assert isinstance(denied, AccessDenied)
    assert str(denied.message).endswith("box/locked with an explicit deny in a resource-based policy")
    assert [facts.error_code for facts in bench.trail.facts] == ["NoSuchBox", "AccessDeniedException"]


def test_a_failed_call_writes_nothing_but_its_event(bench: Bench) -> None:
    """What it had buffered is dropped."""
    assert isinstance(bench.call("PutBox", {"Name": "a", "Content": "x", "Fail": True}).error, Broken)
    assert [entry.body for entry in bench.trail.appended] == [b"PutBox"]
    assert isinstance(bench.call("GetBox", {"Name": "a"}).error, NoSuchBox)


def test_nested_calls_share_the_unit_of_work_and_leave_events_of_their_own(bench: Bench) -> None:
    """The outer event comes first; nested ones name the service that called."""
    bench.call("PutBox", {"Name": "a", "Content": "x"})
    assert bench.call("CopyBox", {"From": "a", "To": "b"}).response == {"Copied": True}
    assert bench.names() == ["PutBox", "CopyBox", "GetBox", "PutBox"]
    assert [facts.nested for facts in bench.trail.facts[1:]] == [0, 1, 2]
    assert {facts.request_id for facts in bench.trail.facts[1:]} == {"request-1"}
    assert bench.trail.facts[2].source_ip == "boxes.amazonaws.com"
    assert bench.call("GetBox", {"Name": "b"}).response == {"Content": "x"}


def test_a_failed_nested_call_loses_its_writes_and_never_its_event(bench: Bench) -> None:
    """The outer call may go on without it."""
    bench.call("PutBox", {"Name": "a", "Content": "x"})
    assert bench.call("CopyBox", {"From": "a", "To": "b", "Fail": True}).response == {"Copied": False}
    assert bench.trail.facts[3].error_code == "Broken"
    assert isinstance(bench.call("GetBox", {"Name": "b"}).error, NoSuchBox)


def test_an_answer_without_any_authorisation_is_never_sent(bench: Bench) -> None:
    """It is a programming error, which the edge answers as InternalFailure."""
    with pytest.raises(NotAuthorisedError):
        bench.call("Forgetful")


def test_slow_work_leaves_the_event_loop(bench: Bench) -> None:
    """An inline run ends with MustBlock and leaves no event; the run in the pool leaves one."""
    with pytest.raises(MustBlock):
        bench.call("Slow", inline=True)
    assert bench.names() == []
    bench.call("Slow")
    assert bench.names() == ["Slow"]


def _put(number: int) -> Incoming:
    request = {"Name": "a", "Content": str(number)}
    return Incoming("boxes", "PutBox", request, ROOT, "eu-west-1", 1000.0, Origin(f"writer-{number}", "", ""))


def test_the_second_of_two_writers_conflicts_and_its_rerun_sees_the_first(bench: Bench) -> None:
    """A handler is run again on fresh records."""
    units = [bench.engine.begin(inline=False) for _ in range(2)]
    outcomes = [bench.engine.run(unit, _put(number)) for number, unit in enumerate(units)]
    first, second = (outcome.commit for outcome in outcomes)
    assert first is not None
    assert second is not None
    first.result()
    with pytest.raises(Conflict):
        second.result()
    bench.call("PutBox", {"Name": "a", "Content": "again"})
    assert bench.call("GetBox", {"Name": "a"}).response == {"Content": "again"}


def test_a_refused_request_leaves_an_event_without_its_parameters(bench: Bench) -> None:
    """What an unverified request says is not recorded as if it were true."""
    bench.engine.record(bench.engine.refusal(Refusal("boxes", "GetBox", "eu-west-1", None, 1000.0, ORIGIN, Broken("why"))))
    facts = bench.trail.facts[0]
    assert (facts.event_source, facts.error_code, facts.request) == ("boxes.amazonaws.com", "Broken", None)


def test_the_use_of_an_access_key_is_observed(bench: Bench) -> None:
    """For GetAccessKeyLastUsed."""
    bench.call("Open")
    assert [(seen.kind, seen.key, seen.detail) for seen in bench.observed] == [("access-key", ("AKIAROOT",), "boxes eu-west-1")]


def refused(bench: Bench, principal: Principal | None, count: int) -> None:
    """Have requests refused before they become calls."""
    for number in range(count):
        origin = Origin(f"refused-{number}", "192.0.2.1", "a client")
        bench.engine.record(bench.engine.refusal(Refusal("boxes", "GetBox", "eu-west-1", principal, 1000.0, origin, AccessDenied("no"))))


def test_a_flood_of_unauthenticated_requests_is_summarised(bench: Bench) -> None:
    """Beyond the rate there is one event with the count, and it waits until it can be written."""
    bench.engine.refusal_meter = RefusalMeter(0.1)
    refused(bench, None, 100)
    assert len(bench.trail.appended) == 5
    bench.trail.broken = True
    bench.engine.summarise_refusals(2000.0)
    bench.trail.broken = False
    bench.engine.summarise_refusals(2000.0)
    bench.engine.summarise_refusals(9000.0)
    assert len(bench.trail.appended) == 6
    assert bench.trail.facts[-1].event_name == EVENT_NAME
    assert bench.trail.facts[-1].additional["count"] == 95
    assert bench.trail.facts[-1].recipient_account_id == ""
    assert bench.engine.refusal_meter.summarised == 95


def test_failed_unsigned_calls_belong_to_the_flood(bench: Bench) -> None:
    """A call that needs no signature is no way around the rate, and one that succeeds is always recorded."""
    bench.engine.refusal_meter = RefusalMeter(0.1)
    for operation in ["GetBox"] * 50 + ["Open"] * 50:
        origin = Origin(f"request-{next(bench.numbers)}", "192.0.2.1", "a client")
        unit = bench.engine.begin(inline=False)
        bench.engine.run(unit, Incoming("boxes", operation, {"Name": "locked"}, ANONYMOUS, "eu-west-1", 1000.0, origin))
    assert bench.names().count("Open") == 50
    assert [entry.body for entry in bench.trail.appended].count(b"GetBox") == 5


def test_every_refusal_of_an_authenticated_principal_is_recorded(bench: Bench) -> None:
    """Whatever the rate of others."""
    bench.engine.refusal_meter = RefusalMeter(0.001)
    refused(bench, ROOT, 50)
    assert [bench.call("GetBox", {"Name": "locked"}).error is not None for _ in range(50)] == [True] * 50
    assert len(bench.trail.appended) == 100

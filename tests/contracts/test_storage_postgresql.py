"""What only PostgreSQL can do to us: lost answers, restarts, and nodes that are cut off from the feed."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from tests.support.postgresql import PostgresqlServer
from tests.support.proxy import Proxy
from tests.support.stores import THINGS, AnyDatabase, Backend, Chain, PostgresqlMedium, bump, journal_entry, put, thing, value_of

from strongroom.core.control import MustBlock
from strongroom.core.errors import OperatorError, ServiceUnavailable
from strongroom.crypto.records import RecordSealer
from strongroom.storage.postgresql import transactions
from strongroom.storage.postgresql.database import PostgresqlDatabase
from strongroom.storage.postgresql.keys import PostgresqlKeyStore
from strongroom.storage.verify import verify


@pytest.fixture
def direct(postgresql_url: str) -> Iterator[Backend]:
    """Give an empty store."""
    made = Backend(PostgresqlMedium(postgresql_url))
    yield made
    made.close()


@pytest.fixture
def proxy(postgresql_server: PostgresqlServer) -> Iterator[Proxy]:
    """Give a proxy before the server."""
    made = Proxy(postgresql_server.directory / ".s.PGSQL.5432")
    yield made
    made.close()


@pytest.fixture
def proxied(direct: Backend, proxy: Proxy) -> Iterator[Backend]:
    """Give the same store, reached through the proxy."""
    database = psycopg.conninfo.conninfo_to_dict(direct.medium.url)["dbname"]  # type: ignore[attr-defined]
    made = Backend(PostgresqlMedium(f"postgresql://strongroom@127.0.0.1:{proxy.port}/{database}?sslmode=disable&gssencmode=disable"))
    yield made
    made.close()


def within(seconds: float, check: Callable[[], Any]) -> None:
    """Return once `check` holds and raises nothing."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if check():
                return
        except ServiceUnavailable:
            pass
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


@pytest.mark.parametrize("lost", ["answer", "commit"])
@pytest.mark.parametrize("journalled", [True, False])
def test_a_commit_whose_answer_is_lost_is_applied_once(proxied: Backend, proxy: Proxy, lost: str, *, journalled: bool) -> None:
    """Whether or not the server took it: it is looked up before anything runs again, and the unit's future says so."""
    database = proxied.open(chain=Chain("w"))
    put(database, thing("x", value=1))
    for number in range(3):
        unit = database.begin(inline=False)
        bump(unit, "x")
        unit.insert(THINGS, thing(f"new-{number}"))
        if journalled:
            unit.attach([journal_entry(f"r{number}")])
        setattr(proxy, f"lose_next_{lost}", True)
        database.commit(unit).result(10)
        assert value_of(database, "x") == 2 + number
    assert proxy.lost == 3
    assert len(database.audit().journal("w", 0, 10)) == (3 if journalled else 0)
    assert proxied.run("SELECT count(*) FROM system_feed") == [(7,)]
    assert verify(database).findings == []


def test_a_lost_answer_to_a_lease_is_applied_once(proxied: Backend, proxy: Proxy) -> None:
    """Tasks of the writer are as certain as units: the token grows by one."""
    leases = proxied.open().leases()
    first = leases.acquire("job", "one", 30)
    leases.release("job", "one")
    proxy.lose_next_answer = True
    second = leases.acquire("job", "one", 30)
    assert first is not None
    assert second == first + 2  # the release took one


def test_a_commit_that_can_t_be_looked_up_is_answered_as_unavailable(
    proxied: Backend, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is told that the server can't say; later commits work again."""
    monkeypatch.setattr(transactions, "LOOK_UP_SECONDS", 0.3)
    database = proxied.open()
    put(database, thing("x", value=1))
    unit = database.begin(inline=False)
    bump(unit, "x")
    proxy.refuse = proxy.lose_next_answer = True
    with pytest.raises(ServiceUnavailable):
        database.commit(unit).result(10)
    proxy.refuse = False
    within(5, lambda: value_of(database, "x") == 2)
    put(database, thing("x", value=5))
    assert value_of(database, "x") == 5
    assert verify(database).findings == []


def test_a_node_that_can_t_confirm_its_cache_stops_trusting_it(proxied: Backend, direct: Backend, proxy: Proxy) -> None:
    """Within a second it reads through; cut off altogether it answers nothing; reconnected, it knows what it missed."""
    database, other = proxied.open(), direct.open()
    put(database, thing("x", value=1))
    within(2, lambda: _inline(database, "x") == 1)
    proxy.refuse = True
    proxy.cut()
    put(other, thing("x", value=2))
    time.sleep(1.0)
    with pytest.raises(MustBlock):
        database.begin(inline=True).get(THINGS, "a", "x")
    with pytest.raises(ServiceUnavailable):
        database.begin(inline=False).get(THINGS, "a", "x")
    unit = database.begin(inline=False)
    unit.insert(THINGS, thing("new"))
    with pytest.raises(ServiceUnavailable):
        database.commit(unit).result(10)
    proxy.refuse = False
    within(5, lambda: _inline(database, "x") == 2)
    put(database, thing("y"))


def _inline(database: AnyDatabase, name: str) -> int | None:
    try:
        record = database.begin(inline=True).get(THINGS, "a", name)
    except MustBlock:
        value_of(database, name)
        return None
    return record.value if record else None


def test_the_server_may_be_restarted_without_a_human(direct: Backend, postgresql_server: PostgresqlServer) -> None:
    """Reads, commits and the feed come back by themselves."""
    database, other = direct.open(), direct.open()
    put(database, thing("x", value=1))
    within(2, lambda: value_of(other, "x") == 1)
    postgresql_server.stop()
    postgresql_server.start()
    put(database, thing("x", value=2))
    within(5, lambda: value_of(other, "x") == 2)
    within(5, lambda: _inline(other, "x") == 2)


def test_a_read_that_needs_the_database_never_runs_inline(direct: Backend) -> None:
    """What is cached is served; a miss and every search go to the thread pool."""
    database = direct.open()
    put(database, thing("x", value=1))
    within(2, lambda: _inline(database, "x") == 1)
    unit = database.begin(inline=True)
    with pytest.raises(MustBlock):
        unit.get(THINGS, "a", "y")
    with pytest.raises(MustBlock):
        unit.scan(THINGS, "a", limit=1)


def test_many_nodes_may_open_an_empty_database_at_once(direct: Backend) -> None:
    """The schema is made once, under the writer lock."""
    with ThreadPoolExecutor(6) as pool:
        databases = list(pool.map(lambda _: direct.open(), range(6)))
    put(databases[0], thing("x", value=1))
    assert [value_of(database, "x") for database in databases[:1]] == [1]


def test_a_commit_of_another_node_is_announced(direct: Backend) -> None:
    """Long before the poll would find it."""
    database, other = direct.open(), direct.open()
    put(database, thing("x", value=0))
    within(2, lambda: value_of(other, "x") == 0)
    waits = []
    for value in range(1, 6):
        put(database, thing("x", value=value))
        start = time.monotonic()
        within(2, lambda value=value: value_of(other, "x") == value)  # type: ignore[misc]
        waits.append(time.monotonic() - start)
    assert sorted(waits)[2] < 0.15


def test_commits_are_flushed_before_they_are_answered(direct: Backend) -> None:
    """Whatever the server's own default is."""
    database = direct.open()
    assert database.engine.writer.call(lambda session: session.rows("SHOW synchronous_commit")) == [("on",)]


def test_searches_use_their_index(direct: Backend) -> None:
    """In both directions, with nothing left to sort."""
    database = direct.open()
    put(database, *(thing(f"{number:04}", alias=f"{number % 7}", due=number) for number in range(400)))
    direct.run("ANALYZE things")
    select = 'SELECT name FROM things WHERE "account_id" = ? AND "account_id" IS NOT NULL AND "alias" = ?'
    with psycopg.connect(direct.medium.url) as connection:  # type: ignore[attr-defined]
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_bitmapscan = off")
        for order in ('"name"', '"name" DESC'):
            plan = connection.execute(f"EXPLAIN {select.replace('?', '%s')} ORDER BY {order} LIMIT 10", ("a", "3")).fetchall()
            text = "\n".join(line for (line,) in plan)
            assert "Index" in text
            assert "Sort" not in text


def test_a_server_s_own_isolation_default_does_not_matter(direct: Backend) -> None:
    """Under the lock, the writer must see what was committed while it waited."""
    ((name,),) = direct.run("SELECT current_database()")
    direct.run(f"ALTER DATABASE {name} SET default_transaction_isolation = serializable")
    one, two = direct.open(), direct.open()
    for value in range(5):
        put(one, thing(f"one-{value}"))
        put(two, thing(f"two-{value}"))
    assert one.begin(inline=False).count(THINGS, "a") == 10
    assert verify(one).findings == []


def test_a_database_that_is_out_of_reach_is_explained_at_start(direct: Backend) -> None:
    """The operator reads what libpq says."""
    database = PostgresqlDatabase("postgresql://127.0.0.1:1/nothing", (), RecordSealer(direct.ring))
    with pytest.raises(OperatorError, match="port 1 failed: Connection refused"):
        database.open()
    with pytest.raises(OperatorError, match="port 1 failed: Connection refused"):
        PostgresqlKeyStore("postgresql://127.0.0.1:1/nothing").domain_keys()


def test_a_database_in_another_encoding_is_refused(postgresql_server: PostgresqlServer, direct: Backend) -> None:
    """Names outside its alphabet could not be stored."""
    with psycopg.connect(postgresql_server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    database = PostgresqlDatabase(postgresql_server.url("latin"), (), RecordSealer(direct.ring))
    with pytest.raises(OperatorError, match="encoding is LATIN1"):
        database.open()

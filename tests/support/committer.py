"""A process that commits units as fast as it can and prints each one once it was acknowledged. The crash test kills it.

Usage: committer.py sqlite|postgresql PATH_OR_URL
"""

import sys
from pathlib import Path
from threading import Lock, Thread

from tests.support.stores import THINGS, AnyDatabase, Backend, Chain, PostgresqlMedium, SqliteMedium, journal_entry, thing

THREADS = 4


def commit_forever(database: AnyDatabase, writer: int, printing: Lock) -> None:
    """Each unit writes two records and an audit event."""
    number = 0
    while True:
        name = f"w{writer}-{number:06}"
        unit = database.begin(inline=False)
        unit.insert(THINGS, thing(name))
        unit.insert(THINGS, thing(name, account_id="b"))
        unit.attach([journal_entry(name)])
        database.commit(unit).result()
        with printing:
            print(name, flush=True)  # noqa: T201 - the acknowledgement
        number += 1


def main() -> None:
    """Run until killed."""
    engine, where = sys.argv[1:]
    backend = Backend(SqliteMedium(Path(where)) if engine == "sqlite" else PostgresqlMedium(where))
    database = backend.open(chain=Chain("crashing"))
    printing = Lock()
    for writer in range(THREADS):
        Thread(target=commit_forever, args=(database, writer, printing)).start()


if __name__ == "__main__":
    main()

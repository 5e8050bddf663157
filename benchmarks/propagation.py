"""How long a node goes on allowing what another has taken back: DisableKey and policies, with announcements and without.

Two nodes on one PostgreSQL through a proxy each, which can swallow announcements. Run from the repository's root. Needs PostgreSQL.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from botocore.exceptions import ClientError
from tests.support.clients import Clients
from tests.support.nodes import Installation, root_of
from tests.support.postgresql import PostgresqlServer
from tests.support.proxy import Proxy

SECONDS = 5.0
ALLOWED = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]})


def is_refused(call: Callable[[], object]) -> bool:
    """Return whether a call ends with an error."""
    try:
        call()
    except ClientError:
        return True
    return False


def wait(check: Callable[[], bool]) -> float:
    """Return the seconds until `check` holds. Raises TimeoutError."""
    started = time.perf_counter()
    while not check():
        if time.perf_counter() - started > SECONDS:
            raise TimeoutError
    return time.perf_counter() - started


def delays(take_back: Callable[[], object], give: Callable[[], object], use: Callable[[], object], rounds: int) -> list[float]:
    """Return for each round the seconds from the acknowledged change until the other node refuses."""
    found = []
    for number in range(rounds):
        give()
        wait(lambda: not is_refused(use))
        time.sleep(0.01 + number % 17 / 60)  # at any time within a period of polling
        take_back()
        found.append(wait(lambda: is_refused(use)))
    return sorted(found)


def told(name: str, found: list[float]) -> str:
    """Return a row of a table."""
    quantiles = [found[int(len(found) * share)] for share in (0.5, 0.9, 0.99)]
    return f"| {name} | {len(found)} | {' | '.join(f'{1000 * each:.1f}' for each in (*quantiles, found[-1]))} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    rounds: int = parser.parse_args().rounds
    server = PostgresqlServer()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        stack.callback(server.remove)
        server.start()
        stack.callback(server.stop)
        networks = [Proxy(server.directory / ".s.PGSQL.5432") for _ in range(2)]
        for network in networks:
            stack.callback(network.close)
        urls = [f"postgresql://strongroom@127.0.0.1:{each.port}/postgres?sslmode=disable&gssencmode=disable" for each in networks]
        made = Installation(Path(directory), urls, stack, workers=1)
        one, two = (root_of(made.join()) for _ in range(2))
        key_id = one.kms.create_key()["KeyMetadata"]["KeyId"]
        one.iam.create_user(UserName="reader")
        key = one.iam.create_access_key(UserName="reader")["AccessKey"]
        reader = Clients(made.nodes[1].url, key["AccessKeyId"], key["SecretAccessKey"])
        for client in (one, two, reader):
            stack.callback(client.close)
        changes = {
            "DisableKey": (
                lambda: one.kms.disable_key(KeyId=key_id),
                lambda: one.kms.enable_key(KeyId=key_id),
                lambda: two.kms.encrypt(KeyId=key_id, Plaintext=b"x"),
            ),
            "DeleteUserPolicy": (
                lambda: one.iam.delete_user_policy(UserName="reader", PolicyName="p"),
                lambda: one.iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=ALLOWED),
                reader.kms.list_keys,
            ),
        }
        print("| Change | rounds | p50 ms | p90 ms | p99 ms | worst ms |\n| --- | ---: | ---: | ---: | ---: | ---: |")
        for name, (take_back, give, use) in changes.items():
            print(told(name, delays(take_back, give, use, rounds)), flush=True)
        networks[1].deaf = True
        networks[1].cut()
        for name, (take_back, give, use) in changes.items():
            print(told(f"{name}, announcements lost", delays(take_back, give, use, rounds // 3)), flush=True)
        networks[1].deaf = False
        networks[1].cut()


if __name__ == "__main__":
    main()

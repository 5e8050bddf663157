"""Two hundred thousand secrets in one account: what reading and listing them costs then, beside a hundred.

Writes its table between the markers of docs/performance.md with --write. Secrets are made by CreateSecret itself, many in one commit.
"""

import json
import random
from pathlib import Path

from connection import Connection
from fullness import Cost, Request, arguments, compare, measure
from processes import Running
from workloads import REGION

from strongroom.app.compose import Node, prepare
from strongroom.calls.call import Origin
from strongroom.calls.execution import Execution
from strongroom.config import DEFAULT_ACCOUNT_ID, load
from strongroom.core.arn import root_arn
from strongroom.core.ids import uuid4
from strongroom.crypto.random import random_bytes
from strongroom.identity.principal import root_principal

SERVICE = "secretsmanager"
TOGETHER = 500  # secrets in one commit
PAGE_SECRETS = 100  # the most that ListSecrets shows at once
PAGES = 100
BATCH_READ = 20  # the most that BatchGetSecretValue reads


def name(number: int) -> str:
    """Return the name of a secret."""
    return f"team-{number % 97:02d}/service-{number % 1009:04d}/{number:06d}"


def fill(count: int, directory: Path) -> None:
    """Make `count` secrets in a new installation."""
    node = Node(prepare(load({"data_dir": directory}, environ={})), "fill")
    node.start(timed=False)
    principal = root_principal(DEFAULT_ACCOUNT_ID, root_arn(DEFAULT_ACCOUNT_ID))
    try:
        for start in range(0, count, TOGETHER):
            unit = node.engine.begin(inline=False)
            run = Execution(node.engine.services, node.environment, unit, Origin(uuid4(random_bytes), "127.0.0.1", "fill"), 1.0 + start)
            for number in range(start, min(start + TOGETHER, count)):
                made = {"Name": name(number), "ClientRequestToken": uuid4(random_bytes), "SecretString": f"secret number {number}"}
                run.begin(SERVICE, "CreateSecret", principal, REGION, made)
            node.database.commit(unit).result()
    finally:
        node.close()


def pages(server: Running) -> list[Request]:
    """Return a ListSecrets for each of the first pages."""
    connection = Connection(server, SERVICE)
    found: list[Request] = [("ListSecrets", {"MaxResults": PAGE_SECRETS})]
    while len(found) < PAGES:
        answer = json.loads(connection.call(*found[-1]))
        if "NextToken" not in answer:
            break
        found.append(("ListSecrets", {"MaxResults": PAGE_SECRETS, "NextToken": answer["NextToken"]}))
    connection.close()
    return found * (PAGES // len(found))


def costs(server: Running, count: int, requests: int) -> dict[str, Cost]:
    """Return what each kind of request costs with `count` secrets."""
    drawn = random.Random(7)  # noqa: S311 - the same secrets in every run
    new = drawn.sample(range(count), k=min(count, requests))
    some = drawn.choices(new, k=requests)
    read = "GetSecretValue"
    kinds: dict[str, list[Request]] = {
        f"{read}, one secret": [(read, {"SecretId": name(count // 2)})] * requests,
        f"{read}, random secrets": [(read, {"SecretId": name(number)}) for number in some],
        f"BatchGetSecretValue of {BATCH_READ}": [
            ("BatchGetSecretValue", {"SecretIdList": [name(number) for number in drawn.sample(new, k=BATCH_READ)]})
            for _ in range(requests // BATCH_READ)
        ],
        f"ListSecrets, a page of {PAGE_SECRETS}": pages(server),
        "ListSecrets, a filter that few meet": [
            ("ListSecrets", {"Filters": [{"Key": "name", "Values": [name(number)]}]}) for number in some[:PAGES]
        ],
    }
    first = measure(server, SERVICE, [(read, {"SecretId": name(number)}) for number in new], repeat=1)
    return {f"{read}, each secret for the first time": first} | {kind: measure(server, SERVICE, made) for kind, made in kinds.items()}


if __name__ == "__main__":
    compare("secrets", arguments(__doc__, many=200_000, requests=2000).parse_args(), fill, costs)

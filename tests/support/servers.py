"""Fixtures: a running dev server for the whole run, an account of its own for each test, and users in it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.support.clients import REGION, Clients, new_account
from tests.support.process import ServerProcess, start


@pytest.fixture(scope="session")
def server() -> Iterator[ServerProcess]:
    """A `strongroom dev` server that all wire tests share; each test has an account of its own."""
    running = start(["dev", "--listen", "127.0.0.1:0"])
    yield running
    running.stop()


@pytest.fixture
def clients(server: ServerProcess) -> Iterator[Clients]:
    """Clients of the root user of an account that no other test uses."""
    account = new_account()
    made = Clients(server.url, account, account_id=account)
    yield made
    made.close()


@pytest.fixture
def make_account(server: ServerProcess) -> Iterator[Callable[[], Clients]]:
    """Makes clients of the root users of further accounts."""
    with ExitStack() as stack:

        def make() -> Clients:
            account = new_account()
            made = Clients(server.url, account, account_id=account)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def make_user(server: ServerProcess) -> Iterator[Callable[..., Clients]]:
    """Makes an IAM user with an optional inline policy (statements) in an account, and returns clients with its access key."""
    with ExitStack() as stack:

        def make(root: Clients, name: str = "alice", *statements: dict[str, object], region: str = REGION) -> Clients:
            root.iam.create_user(UserName=name)
            if statements:
                document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
                root.iam.put_user_policy(UserName=name, PolicyName="given", PolicyDocument=document)
            key = root.iam.create_access_key(UserName=name)["AccessKey"]
            made = Clients(server.url, key["AccessKeyId"], key["SecretAccessKey"], region=region, account_id=root.account_id)
            stack.callback(made.close)
            return made

        yield make

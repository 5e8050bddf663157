"""What the wire tests of STS share."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from tests.support.clients import Clients


@pytest.fixture
def with_credentials() -> Iterator[Callable[[Clients, Mapping[str, Any]], Clients]]:
    """Makes clients with the Credentials of an STS answer."""
    with ExitStack() as stack:

        def make(base: Clients, credentials: Mapping[str, Any]) -> Clients:
            keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
            made = Clients(base.url, *keys, account_id=base.account_id)
            stack.callback(made.close)
            return made

        yield make

"""What the tests of IAM share."""

import pytest
from tests.unit.identity.bench import Bench


@pytest.fixture
def bench() -> Bench:
    """Return a server in memory with an empty account."""
    return Bench()

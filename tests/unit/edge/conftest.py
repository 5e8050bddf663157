"""Fixtures of the edge's tests."""

import time
from collections.abc import Iterator

import pytest
from tests.unit.edge.fakes import Edge, edge


@pytest.fixture
def door() -> Iterator[Edge]:
    """Yield an edge over fakes that offers every operation, at the real time."""
    with edge(time.time) as made:
        yield made

"""Pruning of versions."""

import pytest

from strongroom.secretsmanager.errors import LimitExceeded
from strongroom.secretsmanager.records import VersionEntry
from strongroom.secretsmanager.rules.limits import DAY, MOST_VERSIONS
from strongroom.secretsmanager.rules.versions import versions_to_prune

NOW = 1_000 * DAY


def full(age: float) -> dict[str, VersionEntry]:
    """Return a secret's hundred versions, the first the oldest, all older than `age`."""
    return {str(n): VersionEntry(created=NOW - age - MOST_VERSIONS + n) for n in range(MOST_VERSIONS)}


def test_nothing_is_pruned_while_there_is_room() -> None:
    """Ninety-nine versions leave room for one."""
    assert versions_to_prune(dict(list(full(2 * DAY).items())[1:]), {}, NOW) == []


def test_the_oldest_version_without_labels_goes() -> None:
    """Labelled ones stay however old they are."""
    assert versions_to_prune(full(2 * DAY), {"AWSCURRENT": "0", "AWSPREVIOUS": "1"}, NOW) == ["2"]


def test_a_secret_full_of_young_versions_takes_no_more() -> None:
    """Versions younger than a day are never pruned."""
    with pytest.raises(LimitExceeded):
        versions_to_prune(full(0), {}, NOW)

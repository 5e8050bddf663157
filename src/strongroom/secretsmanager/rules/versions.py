"""How many versions a secret keeps.

Source: Secrets Manager User Guide, "What's in a Secrets Manager secret?" (versions without labels are pruned, none younger than a day).
"""

from collections.abc import Mapping

from strongroom.secretsmanager.errors import LimitExceeded
from strongroom.secretsmanager.records import VersionEntry
from strongroom.secretsmanager.rules.limits import MOST_VERSIONS, PRUNING_AGE


def versions_to_prune(versions: Mapping[str, VersionEntry], stages: Mapping[str, str], now: float) -> list[str]:
    """Return the ids of versions that must go before one more is added, oldest first.

    Raises LimitExceeded if the secret is full of versions that are labelled or younger than a day.
    """
    surplus = len(versions) + 1 - MOST_VERSIONS
    if surplus <= 0:
        return []
    labelled = set(stages.values())
    prunable = [
        version_id
        for version_id, entry in sorted(versions.items(), key=lambda item: item[1].created)
        if version_id not in labelled and now - entry.created > PRUNING_AGE
    ]
    if len(prunable) < surplus:
        raise LimitExceeded(f"You can't create more than {MOST_VERSIONS} versions of a secret within 24 hours.")
    return prunable[:surplus]

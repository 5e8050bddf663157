"""Staging labels: which version each is on, and how the operations move them. Pure functions over label -> version id.

A label is on one version at most. Source: Secrets Manager User Guide, "What's in a Secrets Manager secret?"; moves as recorded from AWS.
"""

from collections.abc import Iterable, Mapping

from strongroom.secretsmanager.errors import InvalidParameter, LabelHeldElsewhere, LabelNotAttached, LimitExceeded
from strongroom.secretsmanager.rules.limits import MOST_LABELS

Stages = Mapping[str, str]
CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
PENDING = "AWSPENDING"


def labels_of(stages: Stages, version_id: str) -> list[str]:
    """Return the labels of a version, sorted."""
    return sorted(label for label, holder in stages.items() if holder == version_id)


def by_version(stages: Stages) -> dict[str, list[str]]:
    """Return version id -> its labels, sorted; versions without labels are left out."""
    return {version_id: labels_of(stages, version_id) for version_id in dict.fromkeys(stages.values())}


def with_new_value(stages: Stages, version_id: str, labels: Iterable[str]) -> dict[str, str]:
    """Return the labels after `version_id` got its value and `labels`.

    A new AWSCURRENT makes the old one AWSPREVIOUS and takes AWSPENDING from it. The first value is current
    whatever its labels. Raises LimitExceeded.
    """
    old = stages.get(CURRENT)
    wanted = set(labels)
    if old is None:
        wanted.add(CURRENT)
    moved = {**stages, **dict.fromkeys(wanted - {CURRENT}, version_id)}
    if CURRENT in wanted:
        moved = _with_current(moved, version_id)
        if old not in (None, version_id) and moved.get(PENDING) == old:
            del moved[PENDING]
    return _within_limit(moved)


def with_label_moved(stages: Stages, label: str, move_to: str | None, remove_from: str | None) -> dict[str, str]:
    """Return the labels after UpdateSecretVersionStage. AWSPENDING stays where it is when AWSCURRENT joins it.

    Raises InvalidParameter if neither version is given, if the label would leave a version that was not named, or if AWSCURRENT
    would be nowhere; LimitExceeded.
    """
    holder = stages.get(label)
    if move_to is None and remove_from is None:
        raise InvalidParameter("You must provide a value for MoveToVersionId or RemoveFromVersionId.")
    if move_to is not None and holder == move_to:
        return dict(stages)
    if holder is not None and remove_from is None:
        raise LabelHeldElsewhere(label, holder)
    if remove_from is not None and holder != remove_from:
        raise LabelNotAttached(label, remove_from) if holder is None else LabelHeldElsewhere(label, holder, named_another=True)
    if move_to is None:
        return _without(stages, label)
    return _within_limit(_with_current(stages, move_to) if label == CURRENT else {**stages, label: move_to})


def _with_current(stages: Stages, version_id: str) -> dict[str, str]:
    old = stages.get(CURRENT)
    moved = {**stages, CURRENT: version_id}
    if old is not None and old != version_id:
        moved[PREVIOUS] = old
    return moved


def _without(stages: Stages, label: str) -> dict[str, str]:
    if label == CURRENT:
        raise InvalidParameter("You can't remove the staging label AWSCURRENT: move it to another version with MoveToVersionId.")
    return {name: holder for name, holder in stages.items() if name != label}


def _within_limit(stages: dict[str, str]) -> dict[str, str]:
    if len(stages) > MOST_LABELS:
        raise LimitExceeded(f"You can't attach more than {MOST_LABELS} staging labels to the versions of a secret.")
    return stages

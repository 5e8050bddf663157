"""Labels of parameter versions: which are valid, and how they move. Pure.

Source: LabelParameterVersion API Reference.
"""

import re
from collections.abc import Mapping, Sequence

from strongroom.ssm.errors import ParameterVersionLabelLimitExceeded
from strongroom.ssm.rules.limits import LABEL_CHARACTERS, LABELS_PER_VERSION

_LABEL = re.compile(rf"(?!aws|ssm|[0-9])[a-z0-9_.-]{{1,{LABEL_CHARACTERS}}}", re.IGNORECASE | re.ASCII)


def is_label(text: str) -> bool:
    """Return whether `text` may be a label."""
    return _LABEL.fullmatch(text) is not None


def labels_of(labels: Mapping[str, int], version: int) -> list[str]:
    """Return the labels that are on `version`, sorted."""
    return sorted(label for label, labelled in labels.items() if labelled == version)


def attached(labels: Mapping[str, int], version: int, wanted: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Return the labels after `wanted` were put on (or moved to) `version`, and those of `wanted` that are no valid labels.

    Raises ParameterVersionLabelLimitExceeded if the version would have more than ten.
    """
    invalid = [label for label in dict.fromkeys(wanted) if not is_label(label)]
    after = {**labels, **{label: version for label in wanted if is_label(label)}}
    if len(labels_of(after, version)) > LABELS_PER_VERSION:
        raise ParameterVersionLabelLimitExceeded
    return after, invalid


def detached(labels: Mapping[str, int], version: int, wanted: Sequence[str]) -> tuple[dict[str, int], list[str], list[str]]:
    """Return the labels after `wanted` were taken off `version`, those removed, and those that were not on it."""
    removed = [label for label in dict.fromkeys(wanted) if labels.get(label) == version]
    invalid = [label for label in dict.fromkeys(wanted) if labels.get(label) != version]
    return {label: labelled for label, labelled in labels.items() if label not in removed}, removed, invalid

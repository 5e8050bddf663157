"""Staging labels: AWS's recorded moves, and a state machine against a plain model."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from strongroom.core.errors import ApiError
from strongroom.secretsmanager.errors import InvalidParameter, LimitExceeded
from strongroom.secretsmanager.rules.limits import MOST_LABELS
from strongroom.secretsmanager.rules.stages import by_version, labels_of, with_label_moved, with_new_value

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


@pytest.mark.parametrize(
    ("before", "version", "labels", "after"),
    [
        pytest.param({}, "1", [CURRENT], {CURRENT: "1"}, id="first"),
        pytest.param({}, "1", ["MINE"], {CURRENT: "1", "MINE": "1"}, id="first value is current whatever its labels"),
        pytest.param({CURRENT: "1"}, "2", [CURRENT], {CURRENT: "2", PREVIOUS: "1"}, id="second"),
        pytest.param({CURRENT: "2", PREVIOUS: "1"}, "3", [CURRENT], {CURRENT: "3", PREVIOUS: "2"}, id="third"),
        pytest.param(
            {CURRENT: "2", PENDING: "2", PREVIOUS: "1"}, "3", [CURRENT], {CURRENT: "3", PREVIOUS: "2"}, id="old current loses AWSPENDING"
        ),
        pytest.param({CURRENT: "1"}, "2", [PENDING], {CURRENT: "1", PENDING: "2"}, id="pending alone"),
        pytest.param(
            {CURRENT: "1", PENDING: "2"}, "3", [CURRENT], {CURRENT: "3", PREVIOUS: "1", PENDING: "2"}, id="pending elsewhere stays"
        ),
        pytest.param({CURRENT: "1", "MINE": "1"}, "2", [CURRENT], {CURRENT: "2", PREVIOUS: "1", "MINE": "1"}, id="custom labels stay"),
        pytest.param({CURRENT: "1", "MINE": "1"}, "2", ["MINE"], {CURRENT: "1", "MINE": "2"}, id="custom label moves"),
    ],
)
def test_a_new_value_moves_labels_as_aws_does(before: dict[str, str], version: str, labels: list[str], after: dict[str, str]) -> None:
    """PutSecretValue and UpdateSecret."""
    assert with_new_value(before, version, labels) == after


@pytest.mark.parametrize(
    ("before", "label", "move_to", "remove_from", "after"),
    [
        pytest.param(
            {CURRENT: "1", PENDING: "2"},
            CURRENT,
            "2",
            "1",
            {CURRENT: "2", PENDING: "2", PREVIOUS: "1"},
            id="AWSPENDING stays on the new current",
        ),
        pytest.param({CURRENT: "2", PREVIOUS: "1"}, CURRENT, "1", "2", {CURRENT: "1", PREVIOUS: "2"}, id="roll back"),
        pytest.param({CURRENT: "1"}, "MINE", "1", None, {CURRENT: "1", "MINE": "1"}, id="attach"),
        pytest.param({CURRENT: "1", "MINE": "1"}, "MINE", "2", "1", {CURRENT: "1", "MINE": "2"}, id="move"),
        pytest.param({CURRENT: "1", "MINE": "1"}, "MINE", None, "1", {CURRENT: "1"}, id="remove"),
        pytest.param({CURRENT: "1"}, CURRENT, "1", None, {CURRENT: "1"}, id="already there"),
    ],
)
def test_a_label_is_moved_as_aws_does(before: dict[str, str], label: str, move_to: str, remove_from: str, after: dict[str, str]) -> None:
    """UpdateSecretVersionStage."""
    assert with_label_moved(before, label, move_to, remove_from) == after


@pytest.mark.parametrize(
    ("label", "move_to", "remove_from", "text"),
    [
        (
            CURRENT,
            "2",
            None,
            (
                "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version 1, "
                "so you must explicitly reference that version in RemoveFromVersionId."
            ),
        ),
        (
            CURRENT,
            "2",
            "2",
            (
                "The parameter RemoveFromVersionId is invalid. Staging label AWSCURRENT is currently attached to version 1, "
                "so you must explicitly reference that version in RemoveFromVersionId."
            ),
        ),
        ("MINE", None, "1", "The parameter RemoveFromVersionId is invalid. Staging label MINE is not attached to version 1."),
        (CURRENT, None, "1", "You can't remove the staging label AWSCURRENT: move it to another version with MoveToVersionId."),
        ("MINE", None, None, "You must provide a value for MoveToVersionId or RemoveFromVersionId."),
    ],
)
def test_a_move_that_was_not_spelt_out_is_refused(label: str, move_to: str | None, remove_from: str | None, text: str) -> None:
    """A label only leaves the version that the caller names, and AWSCURRENT is never nowhere."""
    with pytest.raises(InvalidParameter) as refused:
        with_label_moved({CURRENT: "1", "OTHER": "2"}, label, move_to, remove_from)
    assert refused.value.message == text


def test_a_secret_has_twenty_labels_at_most() -> None:
    """The limit counts over all versions."""
    full = {CURRENT: "1", **{f"L{n}": "1" for n in range(MOST_LABELS - 1)}}
    with pytest.raises(LimitExceeded):
        with_label_moved(full, "ONE-MORE", "1", None)
    with pytest.raises(LimitExceeded):
        with_new_value(full, "2", [CURRENT])  # AWSPREVIOUS would be the 21st


def test_labels_are_shown_sorted_for_each_version() -> None:
    """Recordings show labels in order."""
    stages = {PENDING: "2", CURRENT: "2", PREVIOUS: "1"}
    assert labels_of(stages, "2") == [CURRENT, PENDING]
    assert by_version(stages) == {"2": [CURRENT, PENDING], "1": [PREVIOUS]}


class Labels(RuleBasedStateMachine):
    """Any order of puts and moves, against a model that keeps a set of labels for each version."""

    ids = st.sampled_from("abcd")
    names = st.sampled_from([CURRENT, PREVIOUS, PENDING, "X", "Y"])

    def __init__(self) -> None:
        super().__init__()
        self.stages: dict[str, str] = {}
        self.model: dict[str, set[str]] = {}

    def attach(self, label: str, version: str) -> None:
        """Put a label on one version, off all others."""
        for held in self.model.values():
            held.discard(label)
        self.model.setdefault(version, set()).add(label)

    def holder(self, label: str) -> str | None:
        """Return the model's holder of a label."""
        return next((version for version, held in self.model.items() if label in held), None)

    @rule(version=ids, labels=st.sets(names, min_size=1))
    def put(self, version: str, labels: set[str]) -> None:
        """Store a value under labels."""
        self.stages = with_new_value(self.stages, version, labels)
        old = self.holder(CURRENT)
        wanted = labels | ({CURRENT} if old is None else set())
        for label in wanted:
            self.attach(label, version)
        if CURRENT in wanted and old not in (None, version):
            assert old is not None
            self.attach(PREVIOUS, old)
            self.model[old].discard(PENDING)

    @rule(label=names, move_to=st.none() | ids, remove_from=st.none() | ids)
    def move(self, label: str, move_to: str | None, remove_from: str | None) -> None:
        """Move a label; what AWS refuses changes nothing."""
        holder = self.holder(label)
        try:
            self.stages = with_label_moved(self.stages, label, move_to, remove_from)
        except ApiError:
            assert move_to != holder or move_to is None
            return
        if move_to is None:
            assert holder == remove_from
            assert label != CURRENT
            self.model[str(holder)].discard(label)
        elif move_to != holder:
            assert holder == remove_from
            self.attach(label, move_to)
            if label == CURRENT and holder is not None:
                self.attach(PREVIOUS, holder)

    @invariant()
    def agree(self) -> None:
        """The rules and the model hold the same labels, and a current version stays current."""
        assert {label: version for version, held in self.model.items() for label in held} == self.stages


Labels.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
test_labels_agree_with_the_model = Labels.TestCase

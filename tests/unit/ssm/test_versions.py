"""Versions, labels and history against a model that does it the plain way."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.unit.ssm.samples import content, parameter

from strongroom.ssm.errors import ParameterMaxVersionLimitExceeded, ParameterVersionLabelLimitExceeded
from strongroom.ssm.rules import versions as versions_module
from strongroom.ssm.rules.labels import attached, detached, is_label, labels_of
from strongroom.ssm.rules.versions import has_version, overwritten, selected_version

KEPT = 5


@pytest.mark.parametrize(
    ("label", "valid"),
    [
        ("prod", True),
        ("Prod_1.2-x", True),
        ("_x", True),
        (".x", True),
        ("-x", True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("", False),
        ("1x", False),
        ("aws", False),
        ("AWSx", False),
        ("ssm-x", False),
        ("a b", False),
        ("é", False),
        ("x\n", False),
        ("\u017fsm", False),
    ],
)
def test_labels_have_their_rules(label: str, valid: bool) -> None:  # noqa: FBT001 - the table's column
    """Letters, digits and _.-, not beginning with a digit, aws or ssm, 100 characters at the most."""
    assert is_label(label) is valid


def test_a_version_holds_ten_labels() -> None:
    """The eleventh is refused, unless it is there already; labels elsewhere do not count."""
    ten = [f"l{number}" for number in range(10)]
    labels, _ = attached({"other": 2}, 1, ten)
    assert attached(labels, 1, ["l3"])[0] == labels
    with pytest.raises(ParameterVersionLabelLimitExceeded) as raised:
        attached(labels, 1, ["l10"])
    assert raised.value.message == (
        "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
    )


def test_the_version_after_a_hundred_drops_the_oldest() -> None:
    """A hundred are kept."""
    record, dropped = overwritten(parameter(current=content(99)), content(100))
    assert (record.oldest, dropped) == (1, None)
    record, dropped = overwritten(record, content(101))
    assert (record.oldest, dropped) == (2, 1)


def test_a_labelled_oldest_version_blocks_the_next() -> None:
    """The text names the parameter and the version."""
    with pytest.raises(ParameterMaxVersionLimitExceeded) as raised:
        overwritten(parameter("/a/b", content(100), labels={"keep": 1}), content(101))
    assert raised.value.message == (
        "You attempted to create a new version of /a/b by calling the PutParameter API with the overwrite flag. Version 1, the oldest"
        " version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and"
        " try again."
    )


class History(RuleBasedStateMachine):
    """A parameter, and a list of its versions with their labels."""

    def __init__(self) -> None:
        super().__init__()
        self.record = parameter()
        self.model: dict[int, set[str]] = {1: set()}

    @rule()
    def overwrite(self) -> None:
        """Write the next version; a label on the oldest of a full history blocks it."""
        version = self.record.current.version + 1
        oldest = min(self.model)
        if len(self.model) == KEPT and self.model[oldest]:
            with pytest.raises(ParameterMaxVersionLimitExceeded):
                overwritten(self.record, content(version))
            return
        self.record, dropped = overwritten(self.record, content(version))
        self.model[version] = set()
        if len(self.model) > KEPT:
            del self.model[oldest]
            assert dropped == oldest
        else:
            assert dropped is None

    @rule(data=st.data(), wanted=st.lists(st.sampled_from(["a", "b", "c", "1x", "awsx"]), min_size=1, max_size=4))
    def label(self, data: st.DataObject, wanted: list[str]) -> None:
        """Put labels on any version."""
        version = data.draw(st.sampled_from(sorted(self.model)))
        labels, invalid = attached(self.record.labels, version, wanted)
        self.record = parameter(current=self.record.current, oldest=self.record.oldest, labels=labels)
        assert set(invalid) == {label for label in wanted if label in {"1x", "awsx"}}
        valid = set(wanted) - set(invalid)
        for held in self.model.values():
            held.difference_update(valid)
        self.model[version] |= valid

    @rule(data=st.data(), wanted=st.lists(st.sampled_from(["a", "b", "zz"]), min_size=1, max_size=3))
    def unlabel(self, data: st.DataObject, wanted: list[str]) -> None:
        """Take labels off any version."""
        version = data.draw(st.sampled_from(sorted(self.model)))
        labels, removed, invalid = detached(self.record.labels, version, wanted)
        self.record = parameter(current=self.record.current, oldest=self.record.oldest, labels=labels)
        assert set(removed) == set(wanted) & self.model[version]
        assert set(invalid) == set(wanted) - self.model[version]
        self.model[version] -= set(wanted)

    @invariant()
    def versions_and_labels_agree(self) -> None:
        """Every kept version has the model's labels, and each selector finds what the model finds."""
        kept = [version for version in range(self.record.current.version + 2) if has_version(self.record, version)]
        assert kept == sorted(self.model)
        for version, held in self.model.items():
            assert labels_of(self.record.labels, version) == sorted(held)
            assert selected_version(self.record, str(version)) == version
        for label in ("a", "b", "c"):
            assert selected_version(self.record, label) == next((v for v, held in self.model.items() if label in held), None)
        assert selected_version(self.record, str(self.record.current.version + 1)) is None


def test_history_behaves_as_the_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any order of overwrites, labels and unlabels; with five versions kept, runs reach the limit."""
    monkeypatch.setattr(versions_module, "VERSIONS_KEPT", KEPT)
    run = settings(max_examples=60, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(History, settings=run)

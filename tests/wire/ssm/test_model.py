"""Parameter Store against a plain model, in any order of calls."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.support.clients import Clients, new_account
from tests.support.process import ServerProcess
from tests.wire.ssm.helpers import code_of, names_in

NAMES = st.sampled_from(["/a", "/a/b", "/a/b/c", "/a/d", "/b/c", "e"])
VALUES = st.text(alphabet="xyz \u2603", min_size=1, max_size=5)
KINDS = st.sampled_from(["String", "StringList", "SecureString"])


def normalised(name: str) -> str:
    """Return the name with a leading slash."""
    return name if name.startswith("/") else "/" + name


class Parameters(RuleBasedStateMachine):
    """name -> (type, values of all versions, label -> version)."""

    server: ServerProcess

    def __init__(self) -> None:
        super().__init__()
        account = new_account()
        self.clients = Clients(self.server.url, account, account_id=account)
        self.ssm = self.clients.ssm
        self.model: dict[str, tuple[str, list[str], dict[str, int]]] = {}

    def teardown(self) -> None:
        """Close the connections."""
        self.clients.close()

    @rule(name=NAMES, value=VALUES, kind=KINDS)
    def create(self, name: str, value: str, kind: Any) -> None:
        """Create, or hear that it exists."""
        if name in self.model:
            assert code_of(self.ssm.put_parameter, Name=name, Value=value, Type=kind) == "ParameterAlreadyExists"
        else:
            assert self.ssm.put_parameter(Name=name, Value=value, Type=kind)["Version"] == 1
            self.model[name] = (kind, [value], {})

    @rule(name=NAMES, value=VALUES)
    def overwrite(self, name: str, value: str) -> None:
        """Write the next version, or hear that a type is needed."""
        if name not in self.model:
            assert code_of(self.ssm.put_parameter, Name=name, Value=value, Overwrite=True) == "ValidationException"
            return
        values = self.model[name][1]
        values.append(value)
        assert self.ssm.put_parameter(Name=name, Value=value, Overwrite=True)["Version"] == len(values)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        """Delete, or hear that it is not there."""
        if self.model.pop(name, None) is None:
            assert code_of(self.ssm.delete_parameter, Name=name) == "ParameterNotFound"
        else:
            self.ssm.delete_parameter(Name=name)

    @rule(name=NAMES, label=st.sampled_from(["live", "old"]), version=st.integers(1, 4))
    def label(self, name: str, label: str, version: int) -> None:
        """Put a label on a version, or hear what is missing."""
        if name not in self.model:
            assert code_of(self.ssm.label_parameter_version, Name=name, Labels=[label]) == "ParameterNotFound"
        elif version > len(self.model[name][1]):
            found = code_of(self.ssm.label_parameter_version, Name=name, Labels=[label], ParameterVersion=version)
            assert found == "ParameterVersionNotFound"
        else:
            self.ssm.label_parameter_version(Name=name, Labels=[label], ParameterVersion=version)
            self.model[name][2][label] = version

    @rule(name=NAMES, label=st.sampled_from(["live", "old"]), version=st.integers(1, 4))
    def unlabel(self, name: str, label: str, version: int) -> None:
        """Take a label off a version, or hear that it is not there."""
        if name not in self.model:
            assert code_of(self.ssm.unlabel_parameter_version, Name=name, Labels=[label], ParameterVersion=version) == "ParameterNotFound"
            return
        _, values, labels = self.model[name]
        if version > len(values):
            found = code_of(self.ssm.unlabel_parameter_version, Name=name, Labels=[label], ParameterVersion=version)
            assert found == "ParameterVersionNotFound"
            return
        answer = self.ssm.unlabel_parameter_version(Name=name, Labels=[label], ParameterVersion=version)
        there = labels.get(label) == version
        assert (answer["RemovedLabels"], answer["InvalidLabels"]) == (([label], []) if there else ([], [label]))
        if there:
            del labels[label]

    @rule(names=st.lists(NAMES, min_size=1, max_size=4, unique=True))
    def delete_many(self, names: list[str]) -> None:
        """Delete several, and hear which of them were not there."""
        answer = self.ssm.delete_parameters(Names=names)
        assert answer["DeletedParameters"] == [name for name in names if name in self.model]
        assert answer["InvalidParameters"] == [name for name in names if name not in self.model]
        for name in names:
            self.model.pop(name, None)

    @rule(names=st.lists(NAMES, min_size=1, max_size=4, unique=True), selector=st.sampled_from(["", ":1", ":2", ":old"]))
    def read_many(self, names: list[str], selector: str) -> None:
        """Read several at a version or label, and hear which of them there are not."""
        answer = self.ssm.get_parameters(Names=[name + selector for name in names], WithDecryption=True)
        expected = {name: self._selected(name, selector) for name in names}
        assert {found["Name"]: found["Value"] for found in answer["Parameters"]} == {n: v for n, v in expected.items() if v is not None}
        assert answer["InvalidParameters"] == [name + selector for name in names if expected[name] is None]

    @rule()
    def describe(self) -> None:
        """Describe everything: names, types and current versions."""
        answer = self.ssm.describe_parameters()
        seen = {found["Name"]: (found["Type"], found["Version"]) for found in answer["Parameters"]}
        assert seen == {name: (kind, len(values)) for name, (kind, values, _) in self.model.items()}

    @rule(label=st.sampled_from(["live", "old"]))
    def list_labelled(self, label: str) -> None:
        """List everything that has a label, at the labelled version."""
        wanted: Any = [{"Key": "Label", "Values": [label]}]
        answer = self.ssm.get_parameters_by_path(Path="/", Recursive=True, WithDecryption=True, ParameterFilters=wanted)
        seen = {found["Name"]: found["Value"] for found in answer["Parameters"]}
        assert seen == {name: values[labels[label] - 1] for name, (_, values, labels) in self.model.items() if label in labels}

    def _selected(self, name: str, selector: str) -> str | None:
        """Return the value that a name with a selector means in the model, or None."""
        if name not in self.model:
            return None
        _, values, labels = self.model[name]
        version = len(values) if not selector else labels.get("old", 0) if selector == ":old" else int(selector[1:])
        return values[version - 1] if 0 < version <= len(values) else None

    @rule(name=NAMES, selector=st.sampled_from(["", ":1", ":3", ":live"]))
    def read(self, name: str, selector: str) -> None:
        """Read the current or a selected version."""
        if name not in self.model:
            assert code_of(self.ssm.get_parameter, Name=name + selector) == "ParameterNotFound"
            return
        _, values, labels = self.model[name]
        version = len(values) if not selector else labels.get("live", 0) if selector == ":live" else int(selector[1:])
        if not 0 < version <= len(values):
            assert code_of(self.ssm.get_parameter, Name=name + selector) == "ParameterVersionNotFound"
            return
        parameter = self.ssm.get_parameter(Name=name + selector, WithDecryption=True)["Parameter"]
        assert (parameter["Name"], parameter["Value"], parameter["Version"]) == (name, values[version - 1], version)

    @rule(path=st.sampled_from(["/", "/a", "/a/b", "/b"]), recursive=st.booleans())
    def list_path(self, path: str, *, recursive: bool) -> None:
        """List a level or a subtree."""
        parent = path.rstrip("/") + "/"
        below = {name: normalised(name) for name in self.model if normalised(name).startswith(parent)}
        expected = [name for name, full in below.items() if recursive or "/" not in full[len(parent) :]]
        answer = self.ssm.get_parameters_by_path(Path=path, Recursive=recursive, WithDecryption=True)
        assert names_in(answer) == sorted(expected, key=normalised)
        assert {found["Name"]: found["Value"] for found in answer["Parameters"]} == {name: self.model[name][1][-1] for name in expected}

    @rule(name=NAMES)
    def history(self, name: str) -> None:
        """Read all versions with their labels."""
        if name not in self.model:
            assert code_of(self.ssm.get_parameter_history, Name=name) == "ParameterNotFound"
            return
        _, values, labels = self.model[name]
        found = self.ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
        assert [version["Value"] for version in found] == values
        assert {label: version["Version"] for version in found for label in version["Labels"]} == labels


def test_any_order_of_calls_agrees_with_the_model(server: ServerProcess) -> None:
    """Thirty runs of up to forty calls each."""
    Parameters.server = server
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Parameters, settings=settings(max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=checks)
    )

"""Public parameters over the wire, from a server with some of them published."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.support.process import start, strongroom
from tests.wire.ssm.helpers import code_of, failure, names_in

PUBLISHED = {
    "us-east-1": [
        {"Name": "/aws/service/list/ami", "Value": "/aws/service/ami"},
        {"Name": "/aws/service/ami/linux", "Value": "ami-12345678", "DataType": "aws:ec2:image"},
        {"Name": "/aws/service/ami/deep/linux", "Value": "ami-87654321", "DataType": "aws:ec2:image"},
    ]
}


def published(data: Path, document: dict[str, Any]) -> str:
    """Publish a document as the operator does, and return what the command says."""
    file = data.parent / "public.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return strongroom("params", "publish", str(file), "--data-dir", str(data)).stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of these tests' server."""
    return tmp_path_factory.mktemp("public") / "data"


@pytest.fixture(scope="module")
def root(data: Path) -> Iterator[Clients]:
    """The root user of a server with public parameters in us-east-1."""
    keys = {"STRONGROOM_ROOT_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "STRONGROOM_ROOT_SECRET_ACCESS_KEY": "root-secret"}
    strongroom("init", "--data-dir", str(data), env=keys)
    assert published(data, PUBLISHED) == "3 public parameters changed\n"
    running = start(["serve", "--data-dir", str(data), "--listen", "127.0.0.1:0", "--workers", "1"])
    clients = Clients(running.url, "AKIAROOTROOTROOTROOT", "root-secret", region="us-east-1")
    yield clients
    clients.close()
    running.stop()


def test_public_parameters_are_read_like_others(root: Clients) -> None:
    """Their ARN has no account; they can be read by name, by path, and by ARN."""
    parameter = root.ssm.get_parameter(Name="/aws/service/ami/linux:1")["Parameter"]
    assert (parameter["Value"], parameter["Selector"], parameter["DataType"]) == ("ami-12345678", ":1", "aws:ec2:image")
    assert parameter["ARN"] == "arn:aws:ssm:us-east-1::parameter/aws/service/ami/linux"
    assert root.ssm.get_parameter(Name=parameter["ARN"])["Parameter"]["Value"] == "ami-12345678"
    found = root.ssm.get_parameters(Names=["/aws/service/ami/linux", "/aws/service/none"])
    assert (names_in(found), found["InvalidParameters"]) == (["/aws/service/ami/linux"], ["/aws/service/none"])
    assert names_in(root.ssm.get_parameters_by_path(Path="/aws/service/ami")) == ["/aws/service/ami/linux"]
    assert names_in(root.ssm.get_parameters_by_path(Path="/aws/service", Recursive=True)) == [
        "/aws/service/ami/deep/linux",
        "/aws/service/ami/linux",
        "/aws/service/list/ami",
    ]
    assert code_of(root.ssm.get_parameter, Name="/aws/service/ami/linux:9") == "ParameterVersionNotFound"


def test_public_parameters_are_described_only_in_their_namespace(root: Clients) -> None:
    """A Path filter is needed, and can't mix the namespaces."""
    described = root.ssm.describe_parameters
    asked: Any = {"Key": "Path", "Option": "Recursive", "Values": ["/aws/service/ami"]}
    assert names_in(described(ParameterFilters=[asked])) == ["/aws/service/ami/deep/linux", "/aws/service/ami/linux"]
    assert names_in(described()) == []
    assert names_in(described(ParameterFilters=[{"Key": "Name", "Values": ["/aws/service/ami/linux"]}])) == []
    assert code_of(described, ParameterFilters=[{"Key": "Path", "Values": ["/aws/service/ami", "/mine"]}]) == "ValidationException"


def test_public_parameters_are_the_operators_alone(root: Clients) -> None:
    """Nobody writes, deletes, labels or tags them, and other Regions do not have them."""
    name = "/aws/service/ami/linux"
    assert failure(root.ssm.put_parameter, Name=name, Value="v", Type="String") == (
        "AccessDeniedException",
        "No access to reserved parameter name: aws/service/ami/linux.",
    )
    assert code_of(root.ssm.delete_parameter, Name=name) == "ParameterNotFound"
    assert code_of(root.ssm.label_parameter_version, Name=name, Labels=["x"]) == "ParameterNotFound"
    elsewhere = root.in_region("eu-west-1")
    assert code_of(elsewhere.ssm.get_parameter, Name=name) == "ParameterNotFound"
    elsewhere.close()


def test_the_operator_publishes_beside_the_running_server(root: Clients, data: Path) -> None:
    """A changed value is the next version for the next request; a bad file changes nothing and names the fault."""
    assert published(data, {"us-east-1": [{"Name": "/aws/service/new", "Value": "1"}]}) == "1 public parameters changed\n"
    assert root.ssm.get_parameter(Name="/aws/service/new")["Parameter"]["Value"] == "1"
    document = {"us-east-1": [{"Name": "/aws/service/new", "Value": "2"}, PUBLISHED["us-east-1"][0]]}
    assert published(data, document) == "1 public parameters changed\n"
    parameter = root.ssm.get_parameter(Name="/aws/service/new")["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == ("2", 2)
    bad = data.parent / "bad.json"
    bad.write_text('{"us-east-1": [{"Name": "/mine/x", "Value": "1"}]}', encoding="utf-8")
    ended = strongroom("params", "publish", str(bad), "--data-dir", str(data), check=False)
    assert (ended.returncode, ended.stderr) == (1, f"strongroom: {bad}: /mine/x is not under /aws/service/\n")

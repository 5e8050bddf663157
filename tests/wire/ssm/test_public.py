"""Public parameters over the wire, from a server with some of them published."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.support.process import start
from tests.wire.ssm.helpers import code_of, failure, names_in

from strongroom.app.backends import open_database, open_ring
from strongroom.app.initialise import initialise
from strongroom.app.layout import DataDirectory
from strongroom.config import load
from strongroom.ssm.public_parameters import publish, read_document

PUBLISHED = {
    "us-east-1": [
        {"Name": "/aws/service/list/ami", "Value": "/aws/service/ami"},
        {"Name": "/aws/service/ami/linux", "Value": "ami-12345678", "DataType": "aws:ec2:image"},
        {"Name": "/aws/service/ami/deep/linux", "Value": "ami-87654321", "DataType": "aws:ec2:image"},
    ]
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """The root user of a server with public parameters in us-east-1."""
    data = tmp_path_factory.mktemp("public") / "data"
    given = {"data_dir": data, "root_access_key_id": "AKIAROOTROOTROOTROOT", "root_secret_access_key": "root-secret"}
    settings = load(given, environ={})
    initialise(settings)
    layout = DataDirectory(data)
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    unit = database.begin(inline=False)
    assert publish(unit, read_document(json.dumps(PUBLISHED).encode()), 1000.0) == 3
    database.commit(unit).result()
    database.close()
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

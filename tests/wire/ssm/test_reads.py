"""Reading over the wire: by name, selector, path, filter and history."""

from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.ssm.helpers import code_of, failure, names_in

BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be"
    ' prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period),'
    " - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol"
    ' "/". Valid example: /get/parameters2-/by1./path0_.'
)
BAD_REFERENCE = "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>"


def put(clients: Clients, *names: str) -> None:
    """Create String parameters whose values are their names."""
    for name in names:
        clients.ssm.put_parameter(Name=name, Value=name, Type="String")


def test_a_selector_chooses_a_version_or_a_label(clients: Clients) -> None:
    """The answer repeats it, and the name stands without it."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/x", Value="one", Type="String")
    ssm.put_parameter(Name="/x", Value="two", Overwrite=True)
    ssm.label_parameter_version(Name="/x", ParameterVersion=1, Labels=["old"])
    arn = f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter/x"
    for asked, value, selector in [("/x", "two", None), ("x:1", "one", ":1"), ("/x:old", "one", ":old"), (arn + ":2", "two", ":2")]:
        parameter = ssm.get_parameter(Name=asked)["Parameter"]
        assert (parameter["Value"], parameter.get("Selector"), parameter["Name"]) == (value, selector, "/x")
    assert failure(ssm.get_parameter, Name="/x:9") == (
        "ParameterVersionNotFound",
        "Systems Manager could not find version 9 of /x. Verify the version and try again.",
    )
    assert code_of(ssm.get_parameter, Name="/x:none") == "ParameterVersionNotFound"
    assert failure(ssm.get_parameter, Name="/x:1:2") == ("ValidationException", BAD_REFERENCE)
    assert failure(ssm.get_parameter, Name="/y") == ("ParameterNotFound", "")


def test_get_parameters_sorts_what_it_finds_and_names_what_it_does_not(clients: Clients) -> None:
    """Unknown names and selectors come back as they were asked, duplicates once."""
    put(clients, "/b", "/a")
    answer = clients.ssm.get_parameters(Names=["/b", "/a", "/b", "/none", "/a:9", "/a:1"])
    assert names_in(answer) == ["/a", "/a", "/b"]
    assert answer["InvalidParameters"] == ["/none", "/a:9"]


def test_a_path_lists_one_level_or_the_whole_subtree(clients: Clients) -> None:
    """Never the parameter that equals the path, nor a neighbour with the same beginning."""
    put(clients, "/a", "/a/b", "/a/b/c", "/a/b/d", "/a-b/c", "/ab", "root")
    by_path = clients.ssm.get_parameters_by_path
    assert names_in(by_path(Path="/")) == ["/a", "/ab", "root"]
    for path in ("/a", "/a/"):
        assert names_in(by_path(Path=path)) == ["/a/b"]
        assert names_in(by_path(Path=path, Recursive=True)) == ["/a/b", "/a/b/c", "/a/b/d"]
    assert names_in(by_path(Path="/a/b")) == ["/a/b/c", "/a/b/d"]
    assert names_in(by_path(Path="/none", Recursive=True)) == []
    assert len(by_path(Path="/", Recursive=True)["Parameters"]) == 7


def test_a_path_is_read_page_by_page(clients: Clients) -> None:
    """Ten at a time by default; the pages hold everything once, in the order of names."""
    names = [f"/p/{number:02d}" for number in range(23)]
    put(clients, *names, "/p/00/deep")
    for recursive in (False, True):
        found, token, pages = [], None, 0
        while True:
            more: Any = {"NextToken": token} if token else {}
            answer = clients.ssm.get_parameters_by_path(Path="/p", Recursive=recursive, **more)
            found += names_in(answer)
            pages += 1
            token = answer.get("NextToken")
            if not token:
                break
        assert found == sorted([*names, "/p/00/deep"] if recursive else names)
        assert pages == 3


def test_a_token_serves_only_the_call_that_it_was_made_for(clients: Clients) -> None:
    """A made-up token, and one of another operation, is InvalidNextToken."""
    put(clients, "/p/a", "/p/b")
    ssm = clients.ssm
    token = ssm.get_parameters_by_path(Path="/p", MaxResults=1)["NextToken"]
    assert code_of(ssm.get_parameters_by_path, Path="/p", NextToken="made-up") == "InvalidNextToken"
    assert code_of(ssm.describe_parameters, NextToken=token) == "InvalidNextToken"
    assert code_of(ssm.get_parameter_history, Name="/p/a", NextToken=token) == "InvalidNextToken"


@pytest.mark.parametrize("path", ["x", "//", "/a//b", "/aws/x", "/SSM", "/a b"])
def test_a_bad_path_is_refused_in_awss_words(clients: Clients, path: str) -> None:
    """One text tells the rule."""
    assert failure(clients.ssm.get_parameters_by_path, Path=path) == ("ValidationException", BAD_PATH)


def test_paths_are_filtered_by_type_key_and_label(clients: Clients) -> None:
    """A Label filter returns the version that carries the label."""
    ssm = clients.ssm
    put(clients, "/p/a", "/p/b")
    ssm.put_parameter(Name="/p/s", Value="x", Type="SecureString")
    ssm.put_parameter(Name="/p/a", Value="second", Overwrite=True)
    ssm.label_parameter_version(Name="/p/a", ParameterVersion=1, Labels=["live"])

    def filtered(key: str, *values: str, option: str = "Equals") -> list[str]:
        return names_in(ssm.get_parameters_by_path(Path="/p", ParameterFilters=[{"Key": key, "Option": option, "Values": values}]))

    assert filtered("Type", "SecureString") == ["/p/s"]
    assert filtered("Type", "String", option="BeginsWith") == ["/p/a", "/p/b"]
    assert filtered("KeyId", "alias/aws/ssm") == ["/p/s"]
    labelled = ssm.get_parameters_by_path(Path="/p", ParameterFilters=[{"Key": "Label", "Values": ["live"]}])["Parameters"]
    assert [(parameter["Name"], parameter["Version"], parameter["Value"]) for parameter in labelled] == [("/p/a", 1, "/p/a")]


def test_parameters_are_described_without_their_values(clients: Clients) -> None:
    """Filters by name, path, type, tier, data type, key and tag; deprecated filters too."""
    ssm = clients.ssm
    put(clients, "/a/b", "/a/b/c", "plain")
    ssm.put_parameter(Name="/n", Value="7", Type="String", DataType="integer", Tier="Advanced", Tags=[{"Key": "k", "Value": "v"}])

    def described(*filters: tuple[str, str, list[str]]) -> list[str]:
        asked = [{"Key": key, "Option": option, "Values": values} for key, option, values in filters]
        answer = ssm.describe_parameters(ParameterFilters=asked)  # type: ignore[arg-type]
        assert all("Value" not in parameter for parameter in answer["Parameters"])
        return names_in(answer)

    assert described(("Name", "Equals", ["/plain", "/a/b", "none"])) == ["/a/b", "plain"]
    assert described(("Name", "BeginsWith", ["/a/b"])) == ["/a/b", "/a/b/c"]
    assert described(("Name", "BeginsWith", ["pl"])) == ["plain"]
    assert described(("Name", "Contains", ["b/c", "lai"])) == ["/a/b/c", "plain"]
    assert described(("Path", "OneLevel", ["/a"])) == ["/a/b"]
    assert described(("Path", "Recursive", ["/a"])) == ["/a/b", "/a/b/c"]
    assert described(("Path", "OneLevel", ["/a", "/a/b"])) == ["/a/b", "/a/b/c"]
    assert described(("Tier", "Equals", ["Advanced"])) == ["/n"]
    assert described(("DataType", "Equals", ["integer"])) == ["/n"]
    assert described(("Type", "Equals", ["String"]), ("tag:k", "Equals", ["v"])) == ["/n"]
    assert names_in(ssm.describe_parameters(ParameterFilters=[{"Key": "tag:k"}])) == ["/n"]
    assert names_in(ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["/a"]}])) == ["/a/b", "/a/b/c"]
    assert names_in(ssm.describe_parameters(Shared=True)) == []
    assert names_in(ssm.describe_parameters(MaxResults=1)) == ["/a/b"]


def test_bad_filters_get_awss_words(clients: Clients) -> None:
    """The unit tests hold the whole table; these show that it reaches the wire."""
    ssm = clients.ssm
    name = {"Key": "Name", "Values": ["x"]}
    assert failure(ssm.describe_parameters, Filters=[name], ParameterFilters=[name]) == (
        "ValidationException",
        "You can use either Filters or ParameterFilters in a single request.",
    )
    assert failure(ssm.describe_parameters, ParameterFilters=[{"Key": "x", "Values": ["x"]}]) == (
        "ValidationException",
        (
            '1 validation error detected: Value "x" at "parameterFilters.1.member.key" failed to satisfy constraint: Member must satisfy'
            " regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier"
        ),
    )
    assert failure(ssm.describe_parameters, ParameterFilters=[{"Key": "Label", "Values": ["x"]}]) == (
        "InvalidFilterKey",
        "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].",
    )
    assert failure(ssm.get_parameters_by_path, Path="/", ParameterFilters=[name]) == (
        "InvalidFilterKey",
        "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].",
    )
    assert failure(ssm.describe_parameters, ParameterFilters=[name, name])[0] == "InvalidFilterKey"
    assert failure(ssm.describe_parameters, ParameterFilters=[{"Key": "Name"}]) == (
        "InvalidFilterValue",
        "The following filter values are missing : null for filter key Name.",
    )
    assert failure(ssm.describe_parameters, ParameterFilters=[{**name, "Option": "x"}])[0] == "InvalidFilterOption"


def test_the_history_is_oldest_first_with_labels(clients: Clients) -> None:
    """Each version keeps its own description; pages go on where they ended."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/x", Value="one", Type="String", Description="first")
    ssm.put_parameter(Name="/x", Value="two", Overwrite=True, Description="second")
    ssm.put_parameter(Name="/x", Value="three", Overwrite=True)
    ssm.label_parameter_version(Name="/x", ParameterVersion=2, Labels=["b", "a"])
    page = ssm.get_parameter_history(Name="/x", MaxResults=2)
    rest = ssm.get_parameter_history(Name="/x", MaxResults=2, NextToken=page["NextToken"])
    seen = [(v["Version"], v["Value"], v["Description"], v["Labels"]) for v in (*page["Parameters"], *rest["Parameters"])]
    assert seen == [(1, "one", "first", []), (2, "two", "second", ["a", "b"]), (3, "three", "second", [])]
    assert failure(ssm.get_parameter_history, Name="/y") == ("ParameterNotFound", "")


def test_deleting_many_names_what_was_not_there(clients: Clients) -> None:
    """Both spellings of one parameter count as deleted."""
    put(clients, "/a", "b")
    answer = clients.ssm.delete_parameters(Names=["/a", "b", "/b", "/none"])
    assert (answer["DeletedParameters"], answer["InvalidParameters"]) == (["/a", "b", "/b"], ["/none"])
    assert failure(clients.ssm.delete_parameter, Name="/a") == ("ParameterNotFound", "")
    assert names_in(clients.ssm.describe_parameters()) == []

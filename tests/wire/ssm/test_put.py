"""PutParameter over the wire: what it writes, and every row of its error table."""

from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.ssm.helpers import code_of, failure

SUB_PATHS = (
    " If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters,"
    " numbers and the following 3 symbols .-_"
)
ROOT = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).' + SUB_PATHS
PATH = 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive).' + SUB_PATHS
STANDARD_LIMIT = (
    "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the"
    " parameter to use the advanced-parameter tier. For more information, see"
    " https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)
DOWNGRADE = (
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the"
    " standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware"
    " that a standard parameter has a value limit of 4096 characters."
)
GOOD: dict[str, Any] = {"Name": "/x", "Value": "v", "Type": "String"}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"Name": "aws"}, "ValidationException", ROOT),
        ({"Name": "/ssm/x"}, "ValidationException", PATH),
        ({"Name": "/awssec/lab01/vpc_id"}, "AccessDeniedException", "No access to reserved parameter name: awssec/lab01/vpc_id."),
        ({"Name": "a/b"}, "ValidationException", "Parameter name must be a fully qualified name."),
        ({"Name": "a b"}, "ValidationException", ROOT),
        ({"Name": "/a/b c"}, "ValidationException", PATH),
        ({"Name": "/" + "n" * 1000}, "ValidationException", None),
        ({"Name": "/" + "/".join("a" * 16)}, "HierarchyLevelLimitExceededException", None),
        ({"Type": None}, "ValidationException", "A parameter type is required when you create a parameter."),
        ({"Value": "v" * 4097}, "ValidationException", STANDARD_LIMIT),
        (
            {"Value": "v" * 8193, "Tier": "Advanced"},
            "ValidationException",
            "Advanced tier parameters support a maximum parameter value of 8192 characters.",
        ),
        (
            {"Value": ""},
            "ValidationException",
            (
                "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or"
                " equal to 1."
            ),
        ),
        (
            {"Value": "{{ssm:y}}"},
            "ValidationException",
            'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
        ),
        ({"AllowedPattern": "("}, "InvalidAllowedPatternException", None),
        ({"AllowedPattern": "(v|vv)+$", "Value": "v" * 60 + "x"}, "InvalidAllowedPatternException", None),
        (
            {"AllowedPattern": r"\d+"},
            "ParameterPatternMismatchException",
            r"Parameter value, cannot be validated against allowedPattern: \d+",
        ),
        ({"KeyId": "alias/k"}, "ValidationException", None),
        ({"Type": "SecureString", "KeyId": "alias/missing"}, "InvalidKeyId", None),
        (
            {"DataType": "x"},
            "ValidationException",
            "The following data type is not supported: x (Data type names are all lowercase.)",
        ),
        ({"DataType": "integer"}, "ValidationException", "The parameter value is not valid for the data type integer."),
        ({"DataType": "json", "Value": "{}"}, "ValidationException", None),
        ({"Policies": '[{"Type":"x"}]', "Tier": "Advanced"}, "InvalidPolicyTypeException", None),
        ({"Policies": "x", "Tier": "Advanced"}, "InvalidPolicyAttributeException", None),
        (
            {"Policies": '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"1","Unit":"Days"}}]'},
            "ValidationException",
            None,
        ),
        ({"Tags": [{"Key": "aws:x", "Value": "v"}]}, "ValidationException", None),
        ({"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]}, "TooManyTagsError", None),
    ],
)
def test_a_request_that_breaks_a_rule_gets_awss_answer(clients: Clients, changes: dict[str, Any], code: str, message: str | None) -> None:
    """Code, and the text where AWS's is known; nothing is written."""
    request = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    found = failure(clients.ssm.put_parameter, **request)
    assert found == (code, found[1] if message is None else message)
    assert clients.ssm.describe_parameters()["Parameters"] == []


def test_a_name_is_shown_as_it_was_created_and_works_in_both_spellings(clients: Clients) -> None:
    """`x` and `/x` are one parameter with one ARN."""
    ssm = clients.ssm
    ssm.put_parameter(Name=" x ", Value="v", Type="String")
    for spelling in ("x", "/x", f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter/x"):
        parameter = ssm.get_parameter(Name=spelling)["Parameter"]
        assert parameter["Name"] == "x"
        assert parameter["ARN"] == f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter/x"
    assert code_of(ssm.put_parameter, Name="/x", Value="w", Type="String") == "ParameterAlreadyExists"
    ssm.delete_parameter(Name="/x")
    assert failure(ssm.get_parameter, Name="x") == ("ParameterNotFound", "")


def test_a_parameter_is_overwritten_only_on_request(clients: Clients) -> None:
    """Each overwrite is a new version, even with the same value, and keeps what the request leaves out."""
    ssm = clients.ssm
    first = ssm.put_parameter(Name="/x", Value="v", Type="String", Description="d", AllowedPattern="[vw]", Overwrite=True)
    assert (first["Version"], first["Tier"]) == (1, "Standard")
    assert failure(ssm.put_parameter, Name="/x", Value="w", Type="String") == (
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    )
    assert ssm.put_parameter(Name="/x", Value="v", Overwrite=True)["Version"] == 2
    assert code_of(ssm.put_parameter, Name="/x", Value="z", Overwrite=True) == "ParameterPatternMismatchException"
    for kind in ("SecureString", "StringList"):
        assert code_of(ssm.put_parameter, Name="/x", Value="v", Type=kind, Overwrite=True) == "HierarchyTypeMismatchException"
    described = ssm.describe_parameters()["Parameters"][0]
    assert (described["Description"], described["AllowedPattern"], described["Version"]) == ("d", "[vw]", 2)
    assert described["LastModifiedUser"] == f"arn:aws:iam::{clients.account_id}:root"


def test_tags_do_not_go_with_overwrite(clients: Clients) -> None:
    """The text is AWS's; a new parameter takes its tags."""
    ssm = clients.ssm
    tags: Any = [{"Key": "env", "Value": "prod"}]
    assert failure(ssm.put_parameter, **GOOD, Tags=tags, Overwrite=True) == (
        "ValidationException",
        (
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To"
            " update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
        ),
    )
    ssm.put_parameter(**GOOD, Tags=tags)
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="x")["TagList"] == tags


def test_a_recreated_parameter_starts_again(clients: Clients) -> None:
    """Version 1, no history, no labels, no tags."""
    ssm = clients.ssm
    ssm.put_parameter(**GOOD, Tags=[{"Key": "k", "Value": "v"}])
    ssm.put_parameter(**GOOD, Overwrite=True)
    ssm.label_parameter_version(Name="/x", Labels=["l"])
    ssm.delete_parameter(Name="/x")
    assert ssm.put_parameter(**GOOD)["Version"] == 1
    history = ssm.get_parameter_history(Name="/x")["Parameters"]
    assert [(version["Version"], version["Labels"]) for version in history] == [(1, [])]
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/x")["TagList"] == []


def test_the_tier_follows_request_default_and_need(clients: Clients) -> None:
    """Standard by default; Intelligent-Tiering takes what is needed; advanced stays advanced."""
    ssm = clients.ssm
    setting = "/ssm/parameter-store/default-parameter-tier"
    assert ssm.put_parameter(**GOOD)["Tier"] == "Standard"
    assert ssm.put_parameter(Name="/big", Value="v" * 4097, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert ssm.put_parameter(Name="/json", Value="{}", Type="String", DataType="json", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert ssm.put_parameter(Name="/small", Value="v", Type="String", Tier="Intelligent-Tiering")["Tier"] == "Standard"
    ssm.update_service_setting(SettingId=setting, SettingValue="Advanced")
    assert ssm.put_parameter(Name="/default", Value="v", Type="String")["Tier"] == "Advanced"
    assert ssm.put_parameter(Name="/x", Value="v", Tier="Standard", Overwrite=True)["Tier"] == "Standard"
    assert ssm.put_parameter(Name="/x", Value="v", Tier="Advanced", Overwrite=True)["Tier"] == "Advanced"
    ssm.reset_service_setting(SettingId=setting)
    assert ssm.put_parameter(Name="/x", Value="v", Overwrite=True)["Tier"] == "Advanced"
    assert failure(ssm.put_parameter, Name="/x", Value="v", Tier="Standard", Overwrite=True) == ("ValidationException", DOWNGRADE)


def test_the_next_version_after_a_hundred_pushes_the_oldest_out_unless_it_is_labelled(clients: Clients) -> None:
    """The history holds a hundred versions."""
    ssm = clients.ssm
    ssm.put_parameter(**GOOD)
    for _ in range(99):
        ssm.put_parameter(**GOOD, Overwrite=True)
    assert ssm.put_parameter(**GOOD, Overwrite=True)["Version"] == 101
    assert code_of(ssm.get_parameter, Name="/x:1") == "ParameterVersionNotFound"
    assert ssm.get_parameter(Name="/x:2")["Parameter"]["Version"] == 2
    ssm.label_parameter_version(Name="/x", ParameterVersion=2, Labels=["keep"])
    assert failure(ssm.put_parameter, **GOOD, Overwrite=True) == (
        "ParameterMaxVersionLimitExceeded",
        (
            "You attempted to create a new version of /x by calling the PutParameter API with the overwrite flag. Version 2, the oldest"
            " version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and"
            " try again."
        ),
    )
    first = ssm.get_parameter_history(Name="/x")
    second = ssm.get_parameter_history(Name="/x", NextToken=first["NextToken"])
    versions = [version["Version"] for version in (*first["Parameters"], *second["Parameters"])]
    assert versions == list(range(2, 102))
    assert "NextToken" not in second
    ssm.unlabel_parameter_version(Name="/x", ParameterVersion=2, Labels=["keep"])
    assert ssm.put_parameter(**GOOD, Overwrite=True)["Version"] == 102


def test_constraints_of_the_model_are_reported_in_its_words(clients: Clients) -> None:
    """The value of a parameter is never repeated."""
    ssm = clients.ssm
    assert failure(ssm.get_parameters, Names=[f"n{number}" for number in range(11)])[1].endswith(
        "at 'names' failed to satisfy constraint: Member must have length less than or equal to 10"
    )
    assert code_of(ssm.put_parameter, Name="x", Value="v", Type="Other") == "ValidationException"
    assert code_of(ssm.put_parameter, Name="x", Type="String") == "ValidationException"

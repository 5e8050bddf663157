"""Labels, tags, service settings and parameter policies over the wire."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from tests.support.clients import Clients
from tests.support.process import ServerProcess
from tests.wire.ssm.helpers import as_json, code_of, expiration, failure, names_in

TIER = "/ssm/parameter-store/default-parameter-tier"


def test_a_label_is_on_one_version_only(clients: Clients) -> None:
    """Labelling moves it; invalid labels are returned, and the valid ones applied."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/x", Value="one", Type="String")
    ssm.put_parameter(Name="/x", Value="two", Overwrite=True)
    answer = ssm.label_parameter_version(Name="/x", Labels=["live", "1bad", "awsbad", "a b", "x" * 101])
    assert (answer["InvalidLabels"], answer["ParameterVersion"]) == (["1bad", "awsbad", "a b", "x" * 101], 2)
    ssm.label_parameter_version(Name="/x", ParameterVersion=1, Labels=["live"])
    history = ssm.get_parameter_history(Name="/x")["Parameters"]
    assert [version["Labels"] for version in history] == [["live"], []]
    off = ssm.unlabel_parameter_version(Name="x", ParameterVersion=1, Labels=["live", "none"])
    assert (off["RemovedLabels"], off["InvalidLabels"]) == (["live"], ["none"])


def test_label_errors(clients: Clients) -> None:
    """Unknown parameter and version, and the eleventh label."""
    ssm = clients.ssm
    assert failure(ssm.label_parameter_version, Name="/x", Labels=["a"]) == ("ParameterNotFound", "")
    ssm.put_parameter(Name="/x", Value="one", Type="String")
    missing = "Systems Manager could not find version 5 of /x. Verify the version and try again."
    assert failure(ssm.label_parameter_version, Name="/x", ParameterVersion=5, Labels=["a"]) == ("ParameterVersionNotFound", missing)
    assert failure(ssm.unlabel_parameter_version, Name="/x", ParameterVersion=5, Labels=["a"]) == ("ParameterVersionNotFound", missing)
    ssm.label_parameter_version(Name="/x", Labels=[f"l{number}" for number in range(10)])
    assert failure(ssm.label_parameter_version, Name="/x", Labels=["l10"])[0] == "ParameterVersionLabelLimitExceeded"


def test_tags_belong_to_either_spelling(clients: Clients) -> None:
    """Add, list and remove; unknown things are told apart."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/x", Value="v", Type="String")
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="x", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId="/x", TagKeys=["a", "none"])
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="x")["TagList"] == [{"Key": "b", "Value": "2"}]
    assert code_of(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/none") == "InvalidResourceId"
    assert code_of(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="a b") == "InvalidResourceId"
    assert code_of(ssm.list_tags_for_resource, ResourceType="Document", ResourceId="x") == "InvalidResourceType"
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    assert code_of(ssm.add_tags_to_resource, ResourceType="Parameter", ResourceId="x", Tags=many) == "TooManyTagsError"


def test_settings_are_shown_changed_and_reset(clients: Clients) -> None:
    """By id or ARN; an unknown one is not found, and a value outside the list is refused."""
    ssm = clients.ssm
    arn = f"arn:aws:ssm:eu-west-1:{clients.account_id}:servicesetting{TIER}"
    setting = ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]
    assert (setting["SettingValue"], setting["Status"], setting["LastModifiedUser"]) == ("Standard", "Default", "System")
    ssm.update_service_setting(SettingId=arn, SettingValue="Intelligent-Tiering")
    ssm.update_service_setting(SettingId=TIER, SettingValue="Advanced")
    changed = ssm.get_service_setting(SettingId=arn)["ServiceSetting"]
    assert (changed["SettingId"], changed["SettingValue"], changed["Status"], changed["ARN"]) == (TIER, "Advanced", "Customized", arn)
    assert ssm.reset_service_setting(SettingId=TIER)["ServiceSetting"]["Status"] == "Default"
    assert ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["SettingValue"] == "Standard"
    assert code_of(ssm.get_service_setting, SettingId="/ssm/none") == "ServiceSettingNotFound"
    assert code_of(ssm.update_service_setting, SettingId=TIER, SettingValue="Gold") == "ValidationException"


def advance(server: ServerProcess, seconds: float) -> None:
    """Hurry the schedule clock, and have due work done."""
    with urlopen(Request(f"{server.url}/_dev/advance", data=str(seconds).encode(), method="POST")) as answer:  # noqa: S310 - loopback
        assert answer.status == 200


def test_policies_notify_and_expire(server: ServerProcess, clients: Clients) -> None:
    """A reminder is marked as sent, once; an expiration deletes the parameter with its history."""
    ssm = clients.ssm
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    reminder = {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "1", "Unit": "Hours"}}
    ssm.put_parameter(Name="/keep", Value="v", Type="String", Tier="Advanced", Policies=as_json(reminder))
    ssm.put_parameter(Name="/gone", Value="v", Type="String", Policies=as_json(expiration(soon)), Tier="Intelligent-Tiering")
    ssm.put_parameter(Name="/gone", Value="w", Overwrite=True)
    (policy,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["/keep"]}])["Parameters"][0]["Policies"]
    assert (policy["PolicyType"], policy["PolicyStatus"]) == ("NoChangeNotification", "Pending")
    assert json.loads(policy["PolicyText"]) == reminder
    advance(server, 3 * 86_400)
    assert names_in(ssm.describe_parameters()) == ["/keep"]
    assert ssm.describe_parameters()["Parameters"][0]["Policies"][0]["PolicyStatus"] == "Finished"
    assert failure(ssm.get_parameter, Name="/gone:1") == ("ParameterNotFound", "")
    assert ssm.put_parameter(Name="/gone", Value="again", Type="String")["Version"] == 1


def test_policies_that_exclude_each_other_are_refused(clients: Clients) -> None:
    """Two expirations, a notification without one, and more than ten."""
    ssm = clients.ssm
    good: Any = {"Name": "/x", "Value": "v", "Type": "String", "Tier": "Advanced"}
    later = expiration("2099-01-01T00:00:00.000Z")
    notify = {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "1", "Unit": "Days"}}
    assert code_of(ssm.put_parameter, **good, Policies=as_json(later, later)) == "IncompatiblePolicyException"
    assert code_of(ssm.put_parameter, **good, Policies=as_json(notify)) == "IncompatiblePolicyException"
    assert code_of(ssm.put_parameter, **good, Policies=as_json(later, *[notify] * 10)) == "PoliciesLimitExceededException"
    assert code_of(ssm.put_parameter, **good, Policies=as_json(expiration("2001-01-01T00:00:00Z"))) == "InvalidPolicyAttributeException"
    ssm.put_parameter(**good, Policies=as_json(later, notify))
    assert len(ssm.get_parameter_history(Name="/x")["Parameters"][0]["Policies"]) == 2
    ssm.put_parameter(Name="/x", Value="v", Overwrite=True, Policies="[{}]")
    assert ssm.describe_parameters()["Parameters"][0]["Policies"] == []

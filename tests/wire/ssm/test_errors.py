"""Every error of Parameter Store over the wire: its code and its text, one row each."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.clients import REGION, Clients, new_account
from tests.support.process import ServerProcess
from tests.wire.ssm.helpers import failure

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

VALIDATION = "ValidationException"
ROOT_NAME = (
    'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided'
    " by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
)
PATH_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided'
    " by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
)
LEVELS = (
    "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names in the"
    " Amazon Web Services Systems Manager User Guide."
)
STANDARD_VALUE = (
    "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the"
    " parameter to use the advanced-parameter tier. For more information, see"
    " https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)
DOWNGRADE = (
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the"
    " standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware"
    " that a standard parameter has a value limit of 4096 characters."
)
TAGS_WITH_OVERWRITE = (
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update"
    " tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
)
TYPE_MISMATCH = (
    "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String"
    " type to a SecureString type. You must create a new, unique parameter."
)
BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be"
    ' prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period),'
    " - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol"
    ' "/". Valid example: /get/parameters2-/by1./path0_.'
)
BAD_SELECTOR = "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>"
NO_VERSION = "Systems Manager could not find version {} of {}. Verify the version and try again."
POLICY_TYPES = (
    "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and"
    " NoChangeNotification."
)
MAX_POLICIES = "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10."
RESERVED_PATH = (
    'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify'
    " within a global namespace."
)
STALE_HASH = (
    "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an obsolete policy version"
    " or when multiple requests to update a policy are sent."
)
BAD_SPAN = (
    "The attribute Before of the policy ExpirationNotification must be a whole number greater than zero, and its Unit must be Days or"
    " Hours."
)
EMPTY = "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1."
BAD_ACTION = (
    "The policy may allow only the actions ssm:GetParameter, ssm:GetParameters, ssm:GetParameterHistory and ssm:DescribeParameters."
)
TEN_LABELS = "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
TIER_SETTING = "/ssm/parameter-store/default-parameter-tier"
EXPIRES = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2100-01-01T00:00:00Z"}}
BEFORE = {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "1", "Unit": "Days"}}

Call = Callable[["SSMClient"], Any]


def put(name: str = "/new", value: str = "v", **more: Any) -> dict[str, Any]:
    """Return a PutParameter of a new String."""
    return {"Name": name, "Value": value, "Type": "String", **more}


def policies(*documents: Any) -> dict[str, Any]:
    """Return a PutParameter with parameter policies."""
    return put(Tier="Advanced", Policies=json.dumps(documents))


def filtered(key: str, option: str | None = None, *values: str) -> dict[str, Any]:
    """Return one parameter filter."""
    found: dict[str, Any] = {"Key": key, "Values": list(values)} if values else {"Key": key}
    return {"ParameterFilters": [{**found, "Option": option} if option else found]}


def shared(name: str, action: str = "ssm:GetParameter") -> dict[str, Any]:
    """Return the ARN of a parameter, and a policy that shares it."""
    arn = f"arn:aws:ssm:{REGION}:ACCOUNT:parameter{name}"
    statement = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": action, "Resource": arn}
    return {"ResourceArn": arn, "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    ("put_parameter", put("awsx"), VALIDATION, ROOT_NAME),
    ("put_parameter", put("SSMx"), VALIDATION, ROOT_NAME),
    ("put_parameter", put("/awssec/lab01/vpc_id"), "AccessDeniedException", "No access to reserved parameter name: awssec/lab01/vpc_id."),
    ("put_parameter", put("/ssm/x"), VALIDATION, PATH_NAME),
    ("put_parameter", put("a/b"), VALIDATION, "Parameter name must be a fully qualified name."),
    ("put_parameter", put("a b"), VALIDATION, ROOT_NAME),
    ("put_parameter", put("/a b/c"), VALIDATION, PATH_NAME),
    ("put_parameter", put("/l" * 16), "HierarchyLevelLimitExceededException", LEVELS),
    ("put_parameter", {"Name": "/new", "Value": "v"}, VALIDATION, "A parameter type is required when you create a parameter."),
    (
        "put_parameter",
        put("/x"),
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    ),
    ("put_parameter", put("/x", Overwrite=True, Type="SecureString"), "HierarchyTypeMismatchException", TYPE_MISMATCH),
    ("put_parameter", put("/x", Overwrite=True, Type="StringList"), "HierarchyTypeMismatchException", TYPE_MISMATCH),
    ("put_parameter", put("/x", Overwrite=True, Tags=[{"Key": "k", "Value": "v"}]), VALIDATION, TAGS_WITH_OVERWRITE),
    ("put_parameter", put(value="v" * 4097), VALIDATION, STANDARD_VALUE),
    (
        "put_parameter",
        put(value="v" * 8193, Tier="Advanced"),
        VALIDATION,
        "Advanced tier parameters support a maximum parameter value of 8192 characters.",
    ),
    (
        "put_parameter",
        put(value=""),
        VALIDATION,
        EMPTY,
    ),
    (
        "put_parameter",
        put(value="a {{ssm:b}}"),
        VALIDATION,
        'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
    ),
    (
        "put_parameter",
        put(AllowedPattern="[0-9]+"),
        "ParameterPatternMismatchException",
        "Parameter value, cannot be validated against allowedPattern: [0-9]+",
    ),
    ("put_parameter", put(KeyId="alias/x"), VALIDATION, "KeyId is required for SecureString type parameter only."),
    (
        "put_parameter",
        put(Type="SecureString", KeyId="alias/none"),
        "InvalidKeyId",
        f"Alias arn:aws:kms:{REGION}:ACCOUNT:alias/none is not found.",
    ),
    ("put_parameter", put("/advanced", Overwrite=True, Tier="Standard"), VALIDATION, DOWNGRADE),
    (
        "put_parameter",
        put(DataType="x"),
        VALIDATION,
        "The following data type is not supported: x (Data type names are all lowercase.)",
    ),
    ("put_parameter", policies({"Type": "Other", "Attributes": {}}), "InvalidPolicyTypeException", POLICY_TYPES),
    (
        "put_parameter",
        policies({**EXPIRES, "Attributes": {"Timestamp": "soon"}}),
        "InvalidPolicyAttributeException",
        "The Timestamp of the Expiration policy must be a date and time in the future, in ISO 8601 format with an offset.",
    ),
    (
        "put_parameter",
        policies(EXPIRES, {**BEFORE, "Attributes": {"Before": "0", "Unit": "Days"}}),
        "InvalidPolicyAttributeException",
        BAD_SPAN,
    ),
    ("put_parameter", policies(EXPIRES, EXPIRES), "IncompatiblePolicyException", "A parameter can have only one Expiration policy."),
    ("put_parameter", policies(BEFORE), "IncompatiblePolicyException", "An ExpirationNotification policy needs an Expiration policy."),
    ("put_parameter", policies(EXPIRES, *[BEFORE] * 10), "PoliciesLimitExceededException", MAX_POLICIES),
    (
        "put_parameter",
        put(Policies=json.dumps([EXPIRES])),
        VALIDATION,
        "Parameter policies are only supported for parameters that use the advanced-parameter tier.",
    ),
    ("get_parameter", {"Name": "/none"}, "ParameterNotFound", ""),
    ("get_parameter", {"Name": "/x:9"}, "ParameterVersionNotFound", NO_VERSION.format(9, "/x")),
    ("get_parameter", {"Name": "/x:none"}, "ParameterVersionNotFound", NO_VERSION.format("none", "/x")),
    ("get_parameter", {"Name": "/x:1:2"}, VALIDATION, BAD_SELECTOR),
    (
        "get_parameter",
        {"Name": "/aws/reference/secretsmanager/none", "WithDecryption": True},
        "ParameterNotFound",
        "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret /aws/reference/secretsmanager/none not found.",
    ),
    (
        "get_parameter",
        {"Name": "/aws/reference/secretsmanager/none"},
        VALIDATION,
        "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    ),
    ("get_parameters_by_path", {"Path": "x"}, VALIDATION, BAD_PATH),
    ("get_parameters_by_path", {"Path": "/x", "NextToken": "made-up"}, "InvalidNextToken", "The specified token isn't valid."),
    (
        "get_parameters_by_path",
        {"Path": "/x", **filtered("Name", None, "x")},
        "InvalidFilterKey",
        "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].",
    ),
    ("get_parameter_history", {"Name": "/none"}, "ParameterNotFound", ""),
    (
        "describe_parameters",
        filtered("Label", None, "x"),
        "InvalidFilterKey",
        "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].",
    ),
    (
        "describe_parameters",
        filtered("KeyId", "x", "x"),
        "InvalidFilterOption",
        "The following filter option is not valid: x. Valid options include: [BeginsWith, Equals].",
    ),
    (
        "describe_parameters",
        filtered("Type", None, "x"),
        "InvalidFilterOption",
        "The following filter value is not valid: x. Valid values include: [String, StringList, SecureString].",
    ),
    ("describe_parameters", filtered("Name"), "InvalidFilterValue", "The following filter values are missing : null for filter key Name."),
    (
        "describe_parameters",
        {"ParameterFilters": [{"Key": "Name", "Values": ["x"]}] * 2},
        "InvalidFilterKey",
        "The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.",
    ),
    ("describe_parameters", filtered("Path", None, "/aws/x"), VALIDATION, RESERVED_PATH),
    ("delete_parameter", {"Name": "/none"}, "ParameterNotFound", ""),
    ("label_parameter_version", {"Name": "/none", "Labels": ["l"]}, "ParameterNotFound", ""),
    (
        "label_parameter_version",
        {"Name": "/x", "Labels": ["l"], "ParameterVersion": 5},
        "ParameterVersionNotFound",
        NO_VERSION.format(5, "/x"),
    ),
    (
        "label_parameter_version",
        {"Name": "/advanced", "Labels": [f"l{number}" for number in range(5)] + ["m"]},
        "ParameterVersionLabelLimitExceeded",
        TEN_LABELS,
    ),
    (
        "unlabel_parameter_version",
        {"Name": "/x", "Labels": ["l"], "ParameterVersion": 5},
        "ParameterVersionNotFound",
        NO_VERSION.format(5, "/x"),
    ),
    ("list_tags_for_resource", {"ResourceType": "Document", "ResourceId": "/x"}, "InvalidResourceType", ""),
    ("list_tags_for_resource", {"ResourceType": "Parameter", "ResourceId": "/none"}, "InvalidResourceId", ""),
    (
        "add_tags_to_resource",
        {"ResourceType": "Parameter", "ResourceId": "/x", "Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]},
        "TooManyTagsError",
        "",
    ),
    (
        "add_tags_to_resource",
        {"ResourceType": "Parameter", "ResourceId": "/x", "Tags": [{"Key": "aws:x", "Value": "v"}]},
        VALIDATION,
        "Tag keys that begin with aws: are reserved for AWS use.",
    ),
    (
        "get_service_setting",
        {"SettingId": "/ssm/other"},
        "ServiceSettingNotFound",
        "The specified service setting /ssm/other was not found.",
    ),
    (
        "update_service_setting",
        {"SettingId": TIER_SETTING, "SettingValue": "x"},
        VALIDATION,
        "The following service setting value is not valid: x. Valid values include: [Standard, Advanced, Intelligent-Tiering].",
    ),
    (
        "put_resource_policy",
        shared("/none"),
        "ResourceNotFoundException",
        "The specified parameter to be shared could not be found.",
    ),
    (
        "put_resource_policy",
        shared("/x"),
        "ResourcePolicyInvalidParameterException",
        "To share a parameter, it must be in the advanced parameter tier.",
    ),
    (
        "put_resource_policy",
        {**shared("/advanced"), "PolicyId": "none", "PolicyHash": "none"},
        "ResourcePolicyNotFoundException",
        "No policies with the specified policy ID and hash could be found.",
    ),
    (
        "put_resource_policy",
        shared("/shared"),
        "ResourcePolicyLimitExceededException",
        "The resource policy exceeds the limit of 1 for PoliciesPerResource.",
    ),
    (
        "put_resource_policy",
        shared("/advanced", "ssm:PutParameter"),
        "MalformedResourcePolicyDocumentException",
        BAD_ACTION,
    ),
    ("put_resource_policy", {**shared("/shared"), "PolicyId": "ID", "PolicyHash": "stale"}, "ResourcePolicyConflictException", STALE_HASH),
    (
        "put_resource_policy",
        {**shared("/advanced"), "Policy": " " * 1024 + "{}"},
        "ResourcePolicyLimitExceededException",
        "The resource policy exceeds the limit of 1024 for PolicySize.",
    ),
]


@pytest.fixture(scope="module")
def prepared(server: ServerProcess) -> Iterator[tuple[Clients, str]]:
    """An account with a standard, a labelled advanced and a shared parameter, and the id of the policy that shares it."""
    account = new_account()
    clients = Clients(server.url, account, account_id=account)
    clients.ssm.put_parameter(Name="/x", Value="v", Type="String")
    for name in ("/advanced", "/shared"):
        clients.ssm.put_parameter(Name=name, Value="v", Type="String", Tier="Advanced")
    clients.ssm.label_parameter_version(Name="/advanced", Labels=[f"l{number}" for number in range(10)])
    given = json.loads(json.dumps(shared("/shared")).replace("ACCOUNT", account))
    yield clients, clients.ssm.put_resource_policy(**given)["PolicyId"]
    clients.close()


@pytest.mark.parametrize(("operation", "request_", "code", "text"), ROWS, ids=[f"{row[2]}-{index}" for index, row in enumerate(ROWS)])
def test_an_error_has_its_code_and_text(
    prepared: tuple[Clients, str], operation: str, request_: dict[str, Any], code: str, text: str
) -> None:
    """Nothing that is refused changes anything, so all rows share one account."""
    clients, policy_id = prepared
    written = json.dumps(request_).replace("ACCOUNT", clients.account_id).replace('"PolicyId": "ID"', f'"PolicyId": "{policy_id}"')
    expected = (code, text.replace("ACCOUNT", clients.account_id))
    assert failure(getattr(clients.ssm, operation), **json.loads(written)) == expected


def test_a_pattern_that_is_none_is_refused(prepared: tuple[Clients, str]) -> None:
    """The text names what is wrong with it."""
    code, text = failure(prepared[0].ssm.put_parameter, **put(AllowedPattern="["))
    assert code == "InvalidAllowedPatternException"
    assert text


def test_a_name_can_be_1011_characters_with_its_arn(prepared: tuple[Clients, str]) -> None:
    """The next character is one too many."""
    clients = prepared[0]
    room = 1011 - len(f"arn:aws:ssm:{REGION}:{clients.account_id}:parameter/")
    assert failure(clients.ssm.put_parameter, **put("n" * (room + 1)))[0] == VALIDATION
    clients.ssm.put_parameter(**put("n" * room))

"""The Lambda API through boto3."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients
from tests.support.functions import TRUST, allow_rotation, make_function, make_role, package

ECHO = "def handler(event, context):\n    return {'event': event, 'name': context.function_name, 'arn': context.invoked_function_arn}\n"
RAISES = "def handler(event, context):\n    raise ValueError('bad ' + event['what'])\n"
ENVIRONMENT = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
COUNTS = "import os\nruns = 0\ndef handler(event, context):\n    global runs\n    runs += 1\n    return [runs, os.getuid()]\n"
TEMPLATE = "SecretsManagerRotationTemplate"


def refused(method: Callable[..., Any], **parameters: Any) -> tuple[str, str, int]:
    """Return code, text and HTTP status of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        method(**parameters)
    response = raised.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def answer_of(clients: Clients, payload: Any = None, name: str = "f") -> Any:
    """Invoke a function that must end well."""
    invoked = clients.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    assert "FunctionError" not in invoked
    return json.loads(invoked["Payload"].read())


def test_a_function_lives(clients: Clients) -> None:
    """Created, read, listed, changed, deleted."""
    functions = clients.client("lambda")
    arn = make_function(clients, ECHO, Description="says it back", Tags={"a": "b"}, Environment={"Variables": {"XX": "y"}})
    assert arn == f"arn:aws:lambda:eu-west-1:{clients.account_id}:function:f"
    shown = functions.get_function(FunctionName=arn)
    assert (shown["Configuration"]["State"], shown["Configuration"]["Version"], shown["Tags"]) == ("Active", "$LATEST", {"a": "b"})
    assert functions.get_function_configuration(FunctionName="f:$LATEST")["Environment"] == {"Variables": {"XX": "y"}}
    assert answer_of(clients, {"n": 1}) == {"event": {"n": 1}, "name": "f", "arn": arn}
    before = shown["Configuration"]["RevisionId"]
    changed = functions.update_function_code(FunctionName="f", ZipFile=package(code_of_function=COUNTS))
    assert changed["CodeSha256"] != shown["Configuration"]["CodeSha256"]
    assert answer_of(clients)[0] == 1
    assert refused(functions.update_function_configuration, FunctionName="f", RevisionId=before)[::2] == (
        "PreconditionFailedException",
        412,
    )
    assert functions.update_function_configuration(FunctionName="f", Timeout=7, MemorySize=256)["Timeout"] == 7
    functions.delete_function(FunctionName="f")
    code, text, status = refused(functions.get_function, FunctionName="f")
    assert (code, text, status) == ("ResourceNotFoundException", f"Function not found: {arn}", 404)


def test_packages_may_be_larger_than_other_requests(clients: Clients) -> None:
    """Drivers take room; other requests of that size are turned away."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("code_of_function.py", "import os\ndef handler(event, context):\n    return os.path.getsize('driver.so')\n")
        archive.writestr("driver.so", os.urandom(3_000_000))
    make_function(clients, ECHO)
    functions = clients.client("lambda")
    functions.update_function_code(FunctionName="f", ZipFile=data.getvalue())
    assert answer_of(clients) == 3_000_000
    assert refused(functions.update_function_configuration, FunctionName="f", Description="x" * 2_000_000)[2] == 413
    assert json.loads(functions.invoke(FunctionName="f", Payload=json.dumps("x" * 2_000_000).encode())["Payload"].read()) == 3_000_000


def test_functions_are_listed_by_name_with_the_templates(clients: Clients) -> None:
    """Page by page."""
    functions = clients.client("lambda")
    role = make_role(clients)
    for name in ("zeta", "alpha", "Tau"):
        make_function(clients, ECHO, role, name)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 3})
    names = [each["FunctionName"] for page in pages for each in page["Functions"]]
    assert names == sorted(names)
    assert {"zeta", "alpha", "Tau", TEMPLATE, "SecretsManagerRDSMySQLRotationMultiUser"} <= set(names)
    assert refused(functions.list_functions, Marker="made up")[0] == "InvalidParameterValueException"


def test_warm_processes_are_used_again_until_the_function_changes(clients: Clients) -> None:
    """Each under a user of its own."""
    make_function(clients, COUNTS)
    first, second = answer_of(clients), answer_of(clients)
    assert (first[0], second[0], first[1]) == (1, 2, second[1])
    clients.client("lambda").update_function_configuration(FunctionName="f", Description="new")
    assert answer_of(clients)[0] == 1


def test_an_exception_is_told_as_lambda_tells_it(clients: Clients) -> None:
    """Kind, message and trace; the log has it too."""
    make_function(clients, RAISES)
    invoked = clients.client("lambda").invoke(FunctionName="f", Payload=b'{"what": "luck"}')
    told = json.loads(invoked["Payload"].read())
    assert invoked["FunctionError"] == "Unhandled"
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "bad luck")
    assert "in handler" in told["stackTrace"][0]


def test_a_module_that_does_not_import_is_told_so(clients: Clients) -> None:
    """As Runtime.ImportModuleError."""
    make_function(clients, "import nothing_of_this_name\n")
    told = json.loads(clients.client("lambda").invoke(FunctionName="f")["Payload"].read())
    assert told["errorType"] == "Runtime.ImportModuleError"
    assert told["errorMessage"] == "Unable to import module 'code_of_function': No module named 'nothing_of_this_name'"


def test_the_environment_is_the_function_s_own(clients: Clients) -> None:
    """Credentials of its role, endpoints of this server, nothing of the server's own."""
    variables = {"MINE": "x", "SECRETS_MANAGER_ENDPOINT": "https://secretsmanager.eu-west-1.amazonaws.com"}
    make_function(clients, ENVIRONMENT, Environment={"Variables": variables})
    found = answer_of(clients)
    assert (found["MINE"], found["AWS_ENDPOINT_URL"], found["SECRETS_MANAGER_ENDPOINT"]) == ("x", clients.url, clients.url)
    assert found["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not [name for name in found if name.startswith(("STRONGROOM", "PYTHON"))]
    own = Clients(clients.url, found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"])
    assert own.sts.get_caller_identity()["Arn"].endswith(":assumed-role/function/f")
    assert refused(own.secretsmanager.list_secrets)[0] == "AccessDeniedException"
    own.close()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Runtime": "nodejs20.x"}, "InvalidParameterValueException"),
        ({"Handler": "nothing"}, "InvalidParameterValueException"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException"),
        ({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}, "InvalidParameterValueException"),
        ({"Role": "arn:aws:iam::111122223333:role/nobody"}, "InvalidParameterValueException"),
        ({"FunctionName": "a b"}, "ValidationException"),
        ({"FunctionName": TEMPLATE}, "ResourceConflictException"),
        ({"Timeout": 901}, "InvalidParameterValueException"),
        ({"MemorySize": 1}, "ValidationException"),
    ],
)
def test_what_can_t_be_a_function_is_refused(clients: Clients, more: dict[str, Any], code: str) -> None:
    """Before anything is stored."""
    good = {"FunctionName": "f", "Runtime": "python3.11", "Handler": "m.handler", "Code": {"ZipFile": package(m=ECHO)}}
    functions = clients.client("lambda")
    role = make_role(clients)
    assert refused(functions.create_function, **{**good, "Role": role, **more})[0] == code
    assert refused(functions.get_function, FunctionName="f")[0] == "ResourceNotFoundException"


def test_a_role_must_trust_lambda_and_may_be_passed_only_by_who_may(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """iam:PassRole for the caller, sts:AssumeRole for Lambda."""
    wrong = clients.iam.create_role(RoleName="wrong", AssumeRolePolicyDocument=TRUST.replace("lambda.", "ec2."))["Role"]["Arn"]
    functions = clients.client("lambda")
    good = {"FunctionName": "f", "Runtime": "python3.11", "Handler": "m.handler", "Code": {"ZipFile": package(m=ECHO)}}
    code, text, _ = refused(functions.create_function, Role=wrong, **good)
    assert (code, text) == ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
    user = make_user(clients, "maker", {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"})
    code, text, status = refused(user.client("lambda").create_function, Role=make_role(clients), **good)
    assert (code, status) == ("AccessDeniedException", 403)
    assert "iam:PassRole" in text


def test_permissions_make_the_policy(clients: Clients, make_account: Callable[[], Clients]) -> None:
    """Statement by statement; another account needs one, and has its own side to allow too."""
    functions = clients.client("lambda")
    arn = make_function(clients, ECHO)
    assert refused(functions.get_policy, FunctionName="f")[0] == "ResourceNotFoundException"
    other = make_account()
    assert refused(other.client("lambda").invoke, FunctionName=arn)[::2] == ("AccessDeniedException", 403)
    given = functions.add_permission(FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=other.account_id)
    assert json.loads(given["Statement"])["Principal"] == {"AWS": f"arn:aws:iam::{other.account_id}:root"}
    assert other.client("lambda").invoke(FunctionName=arn, Payload=b"1")["StatusCode"] == 200
    assert json.loads(functions.get_policy(FunctionName="f")["Policy"])["Statement"][0]["Sid"] == "s"
    again = {"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    assert refused(functions.add_permission, **again)[::2] == ("ResourceConflictException", 409)
    functions.remove_permission(FunctionName="f", StatementId="s")
    assert refused(functions.remove_permission, FunctionName="f", StatementId="s")[0] == "ResourceNotFoundException"


def test_tags_are_kept(clients: Clients) -> None:
    """Added, changed, removed."""
    functions = clients.client("lambda")
    arn = make_function(clients, ECHO)
    functions.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    functions.untag_resource(Resource=arn, TagKeys=["a"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"b": "2"}


def test_the_kinds_of_invocation(clients: Clients) -> None:
    """A dry run runs nothing, an event is not taken, and a payload must be JSON."""
    make_function(clients, RAISES)
    functions = clients.client("lambda")
    dry = functions.invoke(FunctionName="f", InvocationType="DryRun")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")
    assert refused(functions.invoke, FunctionName="f", InvocationType="Event")[0] == "ModeNotSupportedException"
    assert refused(functions.invoke, FunctionName="f", Payload=b"{")[0] == "InvalidRequestContentException"
    assert refused(functions.invoke, FunctionName="f", Qualifier="prod")[0] == "ResourceNotFoundException"


def test_templates_are_secrets_manager_s_to_invoke(clients: Clients) -> None:
    """Nobody else invokes or changes them, root included: they would reach any secret."""
    functions = clients.client("lambda")
    assert functions.get_function(FunctionName=TEMPLATE)["Configuration"]["Runtime"].startswith("python")
    event = json.dumps({"Step": "createSecret", "SecretId": "arn:x", "ClientRequestToken": "t" * 36}).encode()
    code, text, _ = refused(functions.invoke, FunctionName=TEMPLATE, Payload=event)
    assert (code, "only Secrets Manager invokes it" in text) == ("AccessDeniedException", True)
    assert refused(functions.delete_function, FunctionName=TEMPLATE)[0] == "InvalidParameterValueException"


def test_rotation_needs_a_function_that_secrets_manager_may_invoke(clients: Clients) -> None:
    """And a caller who may invoke it too."""
    arn = make_function(clients, ECHO)
    clients.secretsmanager.create_secret(Name="n", SecretString="x")
    rotation: dict[str, Any] = {"SecretId": "n", "RotationLambdaARN": arn, "RotateImmediately": False}
    assert refused(clients.secretsmanager.rotate_secret, **rotation)[0] == "AccessDeniedException"
    allow_rotation(clients, arn)
    clients.secretsmanager.rotate_secret(**rotation)
    assert clients.secretsmanager.describe_secret(SecretId="n")["RotationEnabled"] is True


def test_code_and_variables_stay_out_of_the_trail(clients: Clients) -> None:
    """The events of functions name them and nothing that is in them."""
    make_function(clients, ECHO, Environment={"Variables": {"XX": "very private"}})
    answer_of(clients, "payload of the call")
    events = clients.cloudtrail.lookup_events(MaxResults=50)["Events"]
    texts = [event["CloudTrailEvent"] for event in events]
    assert {"CreateFunction", "Invoke"} <= {event["EventName"] for event in events}
    assert not [text for text in texts if "very private" in text or "payload of the call" in text]

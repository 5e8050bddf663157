"""GetRandomPassword."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE
from strongroom.secretsmanager.rules.limits import PASSWORD_LENGTH
from strongroom.secretsmanager.rules.passwords import PasswordRules, character_types, random_password
from strongroom.secretsmanager.service import operation

if TYPE_CHECKING:
    from types_boto3_secretsmanager.type_defs import GetRandomPasswordRequestTypeDef


@operation("GetRandomPassword", action="secretsmanager:GetRandomPassword", resource=ANY_RESOURCE)
def get_random_password(call: Call, request: "GetRandomPasswordRequestTypeDef") -> dict[str, Any]:
    """Return a random password; nothing is stored.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
    """
    types = character_types(
        lowercase=not request.get("ExcludeLowercase", False),
        uppercase=not request.get("ExcludeUppercase", False),
        numbers=not request.get("ExcludeNumbers", False),
        punctuation=not request.get("ExcludePunctuation", False),
        space=request.get("IncludeSpace", False),
        excluded=request.get("ExcludeCharacters", ""),
    )
    rules = PasswordRules(types, request.get("PasswordLength", PASSWORD_LENGTH), request.get("RequireEachIncludedType", True))
    return {"RandomPassword": random_password(rules, call.random_bytes)}

"""Who calls, and whose a key is: GetCallerIdentity, GetAccessKeyInfo and DecodeAuthorizationMessage."""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.denials import decoded_message
from strongroom.calls.operation import ANY_RESOURCE, NO_AUTHORISATION_ACTION, Response
from strongroom.core.errors import ValidationFailed
from strongroom.identity.ids import account_of_access_key_id
from strongroom.identity.tables import ACCESS_KEYS
from strongroom.sts.errors import InvalidAuthorizationMessage
from strongroom.sts.service import STS

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import DecodeAuthorizationMessageRequestTypeDef, GetAccessKeyInfoRequestTypeDef


@STS.operation("GetCallerIdentity", action=NO_AUTHORISATION_ACTION, resource=ANY_RESOURCE)
def get_caller_identity(call: Call, _: object) -> Response:
    """Return who the credentials stand for; no permission is needed, and none can be taken away.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    return {"UserId": call.principal.user_id, "Account": call.account_id, "Arn": call.principal.arn}


@STS.operation("GetAccessKeyInfo", action="sts:GetAccessKeyInfo", resource=ANY_RESOURCE)
def get_access_key_info(call: Call, request: "GetAccessKeyInfoRequestTypeDef") -> Response:
    """Return the account of an access key id, whether or not the key exists.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    key = call.store.get(ACCESS_KEYS, request["AccessKeyId"])
    account_id = key.account_id if key else account_of_access_key_id(request["AccessKeyId"])
    if account_id is None:
        raise ValidationFailed(f"{request['AccessKeyId']} is not a valid access key ID")
    return {"Account": account_id}


@STS.operation("DecodeAuthorizationMessage", action="sts:DecodeAuthorizationMessage", resource=ANY_RESOURCE)
def decode_authorization_message(call: Call, request: "DecodeAuthorizationMessageRequestTypeDef") -> Response:
    """Return the JSON text of a denial, from the additionalEventData of the denied call's event in the caller's account.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
    """
    message = decoded_message(call.environment.tokens, call.account_id, request["EncodedMessage"])
    if message is None:
        raise InvalidAuthorizationMessage
    return {"DecodedMessage": message}

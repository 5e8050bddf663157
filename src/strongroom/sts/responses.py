"""Parts of STS's answers."""

from typing import TYPE_CHECKING

from strongroom.identity.sessions import SessionCredentials

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import CredentialsTypeDef

RECORDED_CREDENTIALS = ("Credentials.AccessKeyId", "Credentials.SessionToken", "Credentials.Expiration")


def credentials(made: SessionCredentials) -> "CredentialsTypeDef":
    """Return the Credentials member."""
    return {
        "AccessKeyId": made.access_key_id,
        "SecretAccessKey": made.secret_access_key.reveal().decode(),
        "SessionToken": made.session_token,
        "Expiration": made.expires_at,  # type: ignore[typeddict-item] # the stubs say datetime; handlers answer epoch seconds
    }

"""The container credentials endpoint, for any process that has the authorisation token.

Source: SDKs and Tools Reference Guide, "Container credential provider".
"""

import asyncio
import hmac

from strongroom.core.secret import SecretBytes
from strongroom.machines.credentials import container_form
from strongroom.machines.http import METHOD_NOT_ALLOWED, NOT_FOUND, UNAUTHORISED, Answer, Request, document
from strongroom.machines.renewal import RenewingCredentials

PATH = "/v1/credentials"


class ContainerService:
    """Gives one role's credentials to those who bring the token."""

    def __init__(self, credentials: RenewingCredentials, token: SecretBytes) -> None:
        self._credentials = credentials
        self._token = token

    async def answer(self, request: Request) -> Answer:
        """Return the answer to a request that the guards let through. Raises the ApiError of AssumeRole."""
        if not hmac.compare_digest(self._token.reveal(), request.headers.get(b"authorization", b"")):
            return document({"code": "Unauthorized", "message": "the authorization token is missing or wrong"}, UNAUTHORISED)
        if request.path != PATH:
            return Answer(NOT_FOUND)
        if request.method != "GET":
            return Answer(METHOD_NOT_ALLOWED)
        return document(container_form(await asyncio.to_thread(self._credentials.current)))

"""OpenID Connect providers."""

import re
from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Request, Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn
from strongroom.core.errors import ValidationFailed
from strongroom.iam import views
from strongroom.iam.conditions import creating
from strongroom.iam.errors import EntityAlreadyExists, InvalidInput, LimitExceeded
from strongroom.iam.kinds import OIDC_PROVIDER
from strongroom.iam.limits import CLIENT_IDS_PER_PROVIDER, PROVIDERS_PER_ACCOUNT, THUMBPRINTS_PER_PROVIDER
from strongroom.iam.rules.tags import requested_tags
from strongroom.iam.service import IAM
from strongroom.identity.records import OidcProviderRecord, name_key
from strongroom.identity.tables import OIDC_PROVIDERS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        AddClientIDToOpenIDConnectProviderRequestTypeDef,
        CreateOpenIDConnectProviderRequestTypeDef,
        RemoveClientIDFromOpenIDConnectProviderRequestTypeDef,
        UpdateOpenIDConnectProviderThumbprintRequestTypeDef,
    )

_SCHEME = "https://"
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")


def _name_of(url: str) -> str:
    """Return a provider's name: its URL without the scheme. Raises ValidationFailed."""
    name = url.removeprefix(_SCHEME).rstrip("/")
    if not url.startswith(_SCHEME) or not name or any(c in name for c in "?# "):
        raise ValidationFailed("Invalid Open ID Connect Provider URL")
    return name


def _to_create(call: Call, request: Request) -> Target[None]:
    arn = format_arn("iam", "", call.account_id, f"oidc-provider/{_name_of(request['Url'])}")
    return Target(Resource(arn, call.account_id, OIDC_PROVIDER.type))


def _check_thumbprints(thumbprints: tuple[str, ...]) -> tuple[str, ...]:
    if len(thumbprints) > THUMBPRINTS_PER_PROVIDER:
        raise InvalidInput(f"Thumbprint list must contain fewer than {THUMBPRINTS_PER_PROVIDER} entries.")
    if not all(map(_THUMBPRINT.fullmatch, thumbprints)):
        raise InvalidInput("Thumbprint must be a 40-character hexadecimal string.")
    return thumbprints


def _check_client_ids(client_ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(client_ids) > CLIENT_IDS_PER_PROVIDER:
        raise LimitExceeded.of("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS_PER_PROVIDER)
    return client_ids


@IAM.operation(
    "CreateOpenIDConnectProvider",
    action="iam:CreateOpenIDConnectProvider",
    resource=_to_create,
    conditions=creating,
    recorded=("OpenIDConnectProviderArn",),
)
def create_open_id_connect_provider(call: Call, _: None, request: "CreateOpenIDConnectProviderRequestTypeDef") -> Response:
    """Register a provider of web identities.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    """
    name = _name_of(request["Url"])
    tags = requested_tags(request.get("Tags", ()))
    if tags:
        call.authorise("iam:TagOpenIDConnectProvider", _to_create(call, request).resource, creating(call, request))
    if call.store.get(OIDC_PROVIDERS, call.account_id, name_key(name)) is not None:
        raise EntityAlreadyExists(f"Provider with url {request['Url']} already exists.")
    if call.store.count(OIDC_PROVIDERS, call.account_id) >= PROVIDERS_PER_ACCOUNT:
        raise LimitExceeded.of("OpenIdConnectProvidersPerAccount", PROVIDERS_PER_ACCOUNT)
    provider = OidcProviderRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path="/",
        created_at=float(int(call.now)),
        client_ids=_check_client_ids(tuple(dict.fromkeys(request.get("ClientIDList", ())))),
        thumbprints=_check_thumbprints(tuple(request.get("ThumbprintList", ()))),
        tags=tags,
    )
    call.store.insert(OIDC_PROVIDERS, provider)
    return {"OpenIDConnectProviderArn": provider.arn, "Tags": views.tag_list(tags) or None}


@IAM.operation("GetOpenIDConnectProvider", action="iam:GetOpenIDConnectProvider", resource=OIDC_PROVIDER.in_request)
def get_open_id_connect_provider(_: Call, provider: OidcProviderRecord, __: object) -> Response:
    """Return a provider.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
    """
    return {
        "Url": provider.name,
        "ClientIDList": list(provider.client_ids),
        "ThumbprintList": list(provider.thumbprints),
        "CreateDate": provider.created_at,
        "Tags": views.tag_list(provider.tags),
    }


@IAM.operation("ListOpenIDConnectProviders", action="iam:ListOpenIDConnectProviders", resource=ANY_RESOURCE)
def list_open_id_connect_providers(call: Call, _: object) -> Response:
    """List the account's providers.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
    """
    providers = call.store.scan(OIDC_PROVIDERS, call.account_id, limit=PROVIDERS_PER_ACCOUNT)
    return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for provider in providers]}


def _provider_if_any(call: Call, request: Request) -> Target[OidcProviderRecord]:
    """Resolve the provider; deleting one that is not there succeeds."""
    target = OIDC_PROVIDER.in_request(call, request)
    return Target(target.resource, target.record)


@IAM.operation("DeleteOpenIDConnectProvider", action="iam:DeleteOpenIDConnectProvider", resource=_provider_if_any)
def delete_open_id_connect_provider(call: Call, provider: OidcProviderRecord | None, _: object) -> Response:
    """Delete a provider; one that is not there is deleted already.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
    """
    if provider is not None:
        call.store.delete(OIDC_PROVIDERS, provider.account_id, provider.name_key)
    return {}


@IAM.operation("AddClientIDToOpenIDConnectProvider", action="iam:AddClientIDToOpenIDConnectProvider", resource=OIDC_PROVIDER.in_request)
def add_client_id(call: Call, provider: OidcProviderRecord, request: "AddClientIDToOpenIDConnectProviderRequestTypeDef") -> Response:
    """Add an audience; one that is there already stays.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
    """
    client_ids = _check_client_ids(tuple(dict.fromkeys((*provider.client_ids, request["ClientID"]))))
    call.store.replace(OIDC_PROVIDERS, msgspec.structs.replace(provider, client_ids=client_ids))
    return {}


@IAM.operation(
    "RemoveClientIDFromOpenIDConnectProvider", action="iam:RemoveClientIDFromOpenIDConnectProvider", resource=OIDC_PROVIDER.in_request
)
def remove_client_id(
    call: Call, provider: OidcProviderRecord, request: "RemoveClientIDFromOpenIDConnectProviderRequestTypeDef"
) -> Response:
    """Remove an audience; one that is not there is removed already.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
    """
    client_ids = tuple(client_id for client_id in provider.client_ids if client_id != request["ClientID"])
    call.store.replace(OIDC_PROVIDERS, msgspec.structs.replace(provider, client_ids=client_ids))
    return {}


@IAM.operation(
    "UpdateOpenIDConnectProviderThumbprint", action="iam:UpdateOpenIDConnectProviderThumbprint", resource=OIDC_PROVIDER.in_request
)
def update_thumbprints(
    call: Call, provider: OidcProviderRecord, request: "UpdateOpenIDConnectProviderThumbprintRequestTypeDef"
) -> Response:
    """Replace the list of thumbprints.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
    """
    thumbprints = _check_thumbprints(tuple(request["ThumbprintList"]))
    call.store.replace(OIDC_PROVIDERS, msgspec.structs.replace(provider, thumbprints=thumbprints))
    return {}

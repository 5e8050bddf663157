"""Custom key stores: external key stores behind a proxy. CloudHSM clusters don't exist here.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html and its neighbours.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.calls.pagination import cut_page, page_position
from strongroom.core.errors import ValidationFailed
from strongroom.core.secret import SecretBytes
from strongroom.crypto.key_stores import ProxyFailure, ProxyProblem
from strongroom.kms.errors import InvalidMarker
from strongroom.kms.key_store_errors import CloudHsmClusterNotFound, KeyStoreHasKeys, KeyStoreNotFound, XksVpcEndpointServiceNotFound
from strongroom.kms.key_stores import address_of, ask_proxy, change_key_store, key_store, key_stores, proxy_call, put_key_stores
from strongroom.kms.records import ConnectionState, CustomKeyStore
from strongroom.kms.rules.key_stores import (
    connected,
    disconnected,
    ensure_disconnected,
    ensure_room_for_store,
    ensure_unique,
    store_error,
)
from strongroom.kms.rules.limits import LONG_PAGE, LONG_PAGE_DEFAULT, page_limit
from strongroom.kms.service import operation

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import (
        ConnectCustomKeyStoreRequestTypeDef,
        CreateCustomKeyStoreRequestTypeDef,
        DeleteCustomKeyStoreRequestTypeDef,
        DescribeCustomKeyStoresRequestTypeDef,
        DisconnectCustomKeyStoreRequestTypeDef,
        UpdateCustomKeyStoreRequestTypeDef,
    )

ID_BYTES = 9
ID_DIGITS = 17
PUBLIC = "PUBLIC_ENDPOINT"
EXTERNAL = "EXTERNAL_KEY_STORE"
_REQUIRED = ("XksProxyUriEndpoint", "XksProxyUriPath", "XksProxyAuthenticationCredential", "XksProxyConnectivity")
_NEEDS_DISCONNECTED = frozenset({"XksProxyUriEndpoint", "XksProxyConnectivity", "KeyStorePassword", "CloudHsmClusterId"})
_SECRETS = ("KeyStorePassword", "XksProxyAuthenticationCredential")


def _ensure_external(request: Mapping[str, Any]) -> None:
    """Return if the request is about a proxy on a public endpoint, the only kind of store there is here."""
    if "CloudHsmClusterId" in request or "KeyStorePassword" in request:
        raise CloudHsmClusterNotFound("There is no CloudHSM cluster with this ID.")
    if request.get("XksProxyConnectivity", PUBLIC) != PUBLIC or "XksProxyVpcEndpointServiceName" in request:
        raise XksVpcEndpointServiceNotFound("There is no VPC endpoint service with this name.")


def _ensure_reachable(call: Call, store: CustomKeyStore) -> None:
    address = address_of(store, call.region)
    ask_proxy(call, lambda stores: stores.check_health(address, proxy_call(call)), store_error)


def _with_changes(store: CustomKeyStore, request: Mapping[str, Any]) -> CustomKeyStore:
    """Return `store` with every proxy setting that the request has."""
    credential = request.get("XksProxyAuthenticationCredential")
    if credential is not None:
        secret = SecretBytes(credential["RawSecretAccessKey"].encode())
        store = replace(store, access_key_id=credential["AccessKeyId"], secret_access_key=secret)
    return replace(store, endpoint=request.get("XksProxyUriEndpoint", store.endpoint), path=request.get("XksProxyUriPath", store.path))


@operation(
    "CreateCustomKeyStore",
    action="kms:CreateCustomKeyStore",
    resource=ANY_RESOURCE,
    hidden=_SECRETS,
    recorded=("CustomKeyStoreId",),
)
def create_custom_key_store(call: Call, request: "CreateCustomKeyStoreRequestTypeDef") -> Response:
    """Create an external key store, disconnected. Its proxy must answer."""
    if request.get("CustomKeyStoreType", "AWS_CLOUDHSM") != EXTERNAL:
        raise CloudHsmClusterNotFound("There is no CloudHSM cluster with this ID.")
    _ensure_external(request)
    for member in _REQUIRED:
        if member not in request:
            raise ValidationFailed(f"{member} is required for an external key store.")
    stores = key_stores(call.store, call.account_id, call.region)
    ensure_room_for_store(stores)
    empty = CustomKeyStore(
        store_id=f"cks-{call.random_bytes(ID_BYTES).hex()[:ID_DIGITS]}",
        name=request["CustomKeyStoreName"],
        created_at=call.now,
        endpoint="",
        path="",
        access_key_id="",
        secret_access_key=SecretBytes(b""),
    )
    made = _with_changes(empty, request)
    ensure_unique(stores, made)
    _ensure_reachable(call, made)
    put_key_stores(call.store, call.account_id, call.region, (*stores, made))
    return {"CustomKeyStoreId": made.store_id}


def _entry(store: CustomKeyStore) -> dict[str, Any]:
    return {
        "CustomKeyStoreId": store.store_id,
        "CustomKeyStoreName": store.name,
        "ConnectionState": store.state.value,
        "ConnectionErrorCode": store.error_code,
        "CreationDate": store.created_at,
        "CustomKeyStoreType": EXTERNAL,
        "XksProxyConfiguration": {
            "Connectivity": PUBLIC,
            "AccessKeyId": store.access_key_id,
            "UriEndpoint": store.endpoint,
            "UriPath": store.path,
        },
    }


@operation("DescribeCustomKeyStores", action="kms:DescribeCustomKeyStores", resource=ANY_RESOURCE)
def describe_custom_key_stores(call: Call, request: "DescribeCustomKeyStoresRequestTypeDef") -> Response:
    """List the custom key stores, or the one of an id or a name. Secrets are never shown."""
    limit = page_limit(request, LONG_PAGE, LONG_PAGE_DEFAULT)
    start = page_position(call, request.get("Marker"), InvalidMarker)
    wanted_id, wanted_name = request.get("CustomKeyStoreId"), request.get("CustomKeyStoreName")
    if wanted_id is not None and wanted_name is not None:
        raise ValidationFailed("Specify either CustomKeyStoreId or CustomKeyStoreName, not both.")
    found = sorted(key_stores(call.store, call.account_id, call.region), key=lambda store: store.store_id)
    found = [store for store in found if wanted_id in (None, store.store_id) and wanted_name in (None, store.name)]
    if not found and (wanted_id is not None or wanted_name is not None):
        raise KeyStoreNotFound("There is no custom key store with this ID or name.")
    beyond = [store for store in found if start is None or store.store_id > str(start[0])]
    page, marker = cut_page(call, beyond, limit, lambda store: (store.store_id,))
    return {"CustomKeyStores": [_entry(store) for store in page], "NextMarker": marker, "Truncated": marker is not None}


@operation("UpdateCustomKeyStore", action="kms:UpdateCustomKeyStore", resource=ANY_RESOURCE, hidden=_SECRETS)
def update_custom_key_store(call: Call, request: "UpdateCustomKeyStoreRequestTypeDef") -> None:
    """Change a store. Its endpoint only while it is disconnected; name, path and credential at any time."""
    store = key_store(call.store, call.account_id, call.region, request["CustomKeyStoreId"])
    _ensure_external(request)
    if set(request) & _NEEDS_DISCONNECTED:
        ensure_disconnected(store)
    changed = _with_changes(replace(store, name=request.get("NewCustomKeyStoreName", store.name)), request)
    ensure_unique(key_stores(call.store, call.account_id, call.region), changed)
    if set(request) - {"CustomKeyStoreId", "NewCustomKeyStoreName"}:
        _ensure_reachable(call, changed)
    change_key_store(call.store, call.account_id, call.region, changed)


@operation("DeleteCustomKeyStore", action="kms:DeleteCustomKeyStore", resource=ANY_RESOURCE)
def delete_custom_key_store(call: Call, request: "DeleteCustomKeyStoreRequestTypeDef") -> None:
    """Forget a store that is disconnected and empty. Its external keys stay where they are."""
    store = key_store(call.store, call.account_id, call.region, request["CustomKeyStoreId"])
    if store.key_count:
        raise KeyStoreHasKeys(f"Custom key store {store.store_id} contains KMS keys.")
    ensure_disconnected(store)
    stores = key_stores(call.store, call.account_id, call.region)
    put_key_stores(call.store, call.account_id, call.region, tuple(one for one in stores if one.store_id != store.store_id))


def _problem(call: Call, store: CustomKeyStore) -> ProxyProblem | None:
    """Return what keeps the store's proxy from answering, or None."""
    call.ensure_may_block()
    stores = call.environment.key_stores
    if stores is None:
        return ProxyProblem.NOT_ALLOWED
    try:
        stores.check_health(address_of(store, call.region), proxy_call(call))
    except ProxyFailure as failure:
        return failure.problem
    return None


@operation("ConnectCustomKeyStore", action="kms:ConnectCustomKeyStore", resource=ANY_RESOURCE)
def connect_custom_key_store(call: Call, request: "ConnectCustomKeyStoreRequestTypeDef") -> None:
    """Connect a store. Whether that worked, and why not, DescribeCustomKeyStores tells."""
    store = key_store(call.store, call.account_id, call.region, request["CustomKeyStoreId"])
    problem = None if store.state is ConnectionState.FAILED else _problem(call, store)
    change_key_store(call.store, call.account_id, call.region, connected(store, problem))


@operation("DisconnectCustomKeyStore", action="kms:DisconnectCustomKeyStore", resource=ANY_RESOURCE)
def disconnect_custom_key_store(call: Call, request: "DisconnectCustomKeyStoreRequestTypeDef") -> None:
    """Disconnect a store: its keys are unavailable from now on."""
    store = key_store(call.store, call.account_id, call.region, request["CustomKeyStoreId"])
    change_key_store(call.store, call.account_id, call.region, disconnected(store))

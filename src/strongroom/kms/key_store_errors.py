"""What KMS answers about custom key stores.

Source: KMS API Reference, CreateCustomKeyStore, ConnectCustomKeyStore and their neighbours.
"""

from strongroom.core.errors import ApiError


class KeyStoreNotFound(ApiError):
    """No custom key store of this id or name in the account and Region."""

    code = "CustomKeyStoreNotFoundException"


class KeyStoreInvalidState(ApiError):
    """The store's connection forbids the operation, or its proxy can't serve it."""

    code = "CustomKeyStoreInvalidStateException"


class KeyStoreNameInUse(ApiError):
    """Names of custom key stores are unique in an account and Region."""

    code = "CustomKeyStoreNameInUseException"


class KeyStoreHasKeys(ApiError):
    """A store is deleted only when it holds no KMS keys, not even keys that wait for their deletion."""

    code = "CustomKeyStoreHasCMKsException"


class CloudHsmClusterNotFound(ApiError):
    """There are no CloudHSM clusters here."""

    code = "CloudHsmClusterNotFoundException"


class XksKeyAlreadyInUse(ApiError):
    """Another KMS key of the store has this external key."""

    code = "XksKeyAlreadyInUseException"


class XksKeyNotFound(ApiError):
    """The proxy does not know the external key."""

    code = "XksKeyNotFoundException"


class XksKeyInvalidConfiguration(ApiError):
    """The external key is no enabled AES-256 key that encrypts and decrypts."""

    code = "XksKeyInvalidConfigurationException"


class XksProxyInvalidResponse(ApiError):
    """The proxy's answer can't be interpreted."""

    code = "XksProxyInvalidResponseException"


class XksProxyInvalidConfiguration(ApiError):
    """The proxy is not configured as a store needs it."""

    code = "XksProxyInvalidConfigurationException"


class XksProxyIncorrectCredential(ApiError):
    """The proxy does not accept the store's credential."""

    code = "XksProxyIncorrectAuthenticationCredentialException"


class XksProxyUriUnreachable(ApiError):
    """The proxy can't be reached, or the operator of this server does not allow it."""

    code = "XksProxyUriUnreachableException"


class XksProxyUriInUse(ApiError):
    """Another store of the Region has this endpoint and path."""

    code = "XksProxyUriInUseException"


class XksVpcEndpointServiceNotFound(ApiError):
    """There are no VPC endpoint services here."""

    code = "XksProxyVpcEndpointServiceNotFoundException"

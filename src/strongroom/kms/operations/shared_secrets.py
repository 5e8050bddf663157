"""Public keys, key agreement and encapsulation.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html, API_DeriveSharedSecret.html and the neighbours
Encapsulate and Decapsulate.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.core.errors import ValidationFailed
from strongroom.crypto.keys import agreement, encapsulation
from strongroom.crypto.messages import InvalidCiphertext as CryptoInvalidCiphertext
from strongroom.kms.cipher import ensure_no_recipient, ensure_wanted
from strongroom.kms.conditions import algorithm_conditions, alias_conditions
from strongroom.kms.errors import InvalidCiphertext, UnsupportedOperation
from strongroom.kms.materials import current_material
from strongroom.kms.records import KeyRecord, KeyUsage
from strongroom.kms.resolve import key_named_in_request
from strongroom.kms.rules.specs import ALGORITHMS_MEMBER, Family, ensure_algorithm, ensure_usage, spec_named
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import DeriveSharedSecretRequestTypeDef, GetPublicKeyRequestTypeDef


@operation("GetPublicKey", action="kms:GetPublicKey", resource=key_named_in_request, conditions=alias_conditions)
def get_public_key(call: Call, key: KeyRecord, _: "GetPublicKeyRequestTypeDef") -> Response:
    """Return the public key of a pair, and what it is good for."""
    ensure_allowed(call, "GetPublicKey", key)
    spec = spec_named(key.spec)
    if spec.family is not Family.ASYMMETRIC:
        raise UnsupportedOperation
    return {
        "KeyId": key.arn,
        "PublicKey": current_material(call.store, key).public_key,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "KeyUsage": key.usage.value,
        ALGORITHMS_MEMBER[key.usage]: list(spec.algorithms[key.usage]),
    }


@operation(
    "DeriveSharedSecret", action="kms:DeriveSharedSecret", resource=key_named_in_request, conditions=algorithm_conditions, read_only=True
)
def derive_shared_secret(call: Call, key: KeyRecord, request: "DeriveSharedSecretRequestTypeDef") -> Response:
    """Return the raw shared secret with the owner of a public key on the same curve."""
    ensure_no_recipient(request)
    algorithm = request["KeyAgreementAlgorithm"]
    ensure_allowed(call, "DeriveSharedSecret", key)
    ensure_usage(key, KeyUsage.KEY_AGREEMENT, "DeriveSharedSecret")
    ensure_algorithm(key, algorithm)
    ensure_wanted(request)
    try:
        secret = agreement.derive_shared_secret(current_material(call.store, key).secret, cast("bytes", request["PublicKey"]))
    except agreement.UnusablePublicKey:
        raise ValidationFailed from None
    note_use(call, key, "DeriveSharedSecret")
    return {"KeyId": key.arn, "SharedSecret": secret.reveal(), "KeyAgreementAlgorithm": algorithm, "KeyOrigin": key.origin.value}


def _ensure_encapsulates(call: Call, name: str, key: KeyRecord, request: Mapping[str, Any]) -> None:
    ensure_allowed(call, name, key)
    ensure_usage(key, KeyUsage.ENCAPSULATE_DECAPSULATE, name)
    ensure_algorithm(key, request["EncapsulationAlgorithm"])
    ensure_wanted(request)


@operation("Encapsulate", action="kms:Encapsulate", resource=key_named_in_request, conditions=alias_conditions, read_only=True)
def encapsulate(call: Call, key: KeyRecord, request: Mapping[str, Any]) -> Response:
    """Return a fresh shared secret in clear and encapsulated for the key."""
    _ensure_encapsulates(call, "Encapsulate", key, request)
    made = encapsulation.encapsulate(current_material(call.store, key).public_key)
    note_use(call, key, "Encapsulate")
    return {
        "KeyId": key.arn,
        "SharedSecret": made.shared_secret.reveal(),
        "SharedSecretCiphertextBlob": made.ciphertext,
        "EncapsulationAlgorithm": request["EncapsulationAlgorithm"],
    }


@operation("Decapsulate", action="kms:Decapsulate", resource=key_named_in_request, conditions=alias_conditions, read_only=True)
def decapsulate(call: Call, key: KeyRecord, request: Mapping[str, Any]) -> Response:
    """Return the shared secret that a ciphertext carries."""
    _ensure_encapsulates(call, "Decapsulate", key, request)
    secret = current_material(call.store, key).secret
    try:
        shared = encapsulation.decapsulate(key.spec, secret, request["SharedSecretCiphertextBlob"])
    except CryptoInvalidCiphertext:
        raise InvalidCiphertext from None
    note_use(call, key, "Decapsulate")
    return {"KeyId": key.arn, "SharedSecret": shared.reveal(), "EncapsulationAlgorithm": request["EncapsulationAlgorithm"]}

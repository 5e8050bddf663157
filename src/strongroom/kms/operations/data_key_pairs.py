"""Data key pairs: key pairs for use outside KMS, the private key encrypted under a KMS key.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html and its neighbour.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.crypto.keys.pairs import PAIR_SPECS
from strongroom.kms.cipher import encrypt_symmetric, ensure_no_recipient, ensure_wanted
from strongroom.kms.conditions import encryption_conditions
from strongroom.kms.errors import UnsupportedOperation, WrongOrigin
from strongroom.kms.materials import new_secret
from strongroom.kms.records import KeyRecord, KeyUsage
from strongroom.kms.resolve import key_named_in_request
from strongroom.kms.rules.specs import ensure_in_region, ensure_usage
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.usage import note_use

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import GenerateDataKeyPairRequestTypeDef, GenerateDataKeyPairWithoutPlaintextRequestTypeDef


def _generate(call: Call, name: str, key: KeyRecord, request: Mapping[str, Any]) -> Response:
    spec = request["KeyPairSpec"]
    ensure_allowed(call, name, key)
    ensure_usage(key, KeyUsage.ENCRYPT_DECRYPT, name, symmetric=True)
    if key.custom_key_store_id is not None:
        raise WrongOrigin(key.arn, key.origin)
    ensure_in_region("KeyPairSpec", spec)
    if spec not in PAIR_SPECS:
        raise UnsupportedOperation(f"KeyPairSpec {spec} is not supported.")
    ensure_wanted(request)
    pair = new_secret(call, spec)
    encrypted = encrypt_symmetric(call, key, pair.private_key.reveal(), request.get("EncryptionContext"))
    note_use(call, key, name)
    return {
        "PrivateKeyCiphertextBlob": encrypted.blob,
        "PrivateKeyPlaintext": pair.private_key.reveal(),
        "PublicKey": pair.public_key,
        "KeyId": key.arn,
        "KeyPairSpec": spec,
        "KeyMaterialId": encrypted.material_id,
    }


@operation(
    "GenerateDataKeyPair",
    action="kms:GenerateDataKeyPair",
    resource=key_named_in_request,
    conditions=encryption_conditions,
    read_only=True,
)
def generate_data_key_pair(call: Call, key: KeyRecord, request: "GenerateDataKeyPairRequestTypeDef") -> Response:
    """Return a key pair, its private key in clear (PKCS#8) and encrypted."""
    ensure_no_recipient(request)
    return _generate(call, "GenerateDataKeyPair", key, request)


@operation(
    "GenerateDataKeyPairWithoutPlaintext",
    action="kms:GenerateDataKeyPairWithoutPlaintext",
    resource=key_named_in_request,
    conditions=encryption_conditions,
    read_only=True,
)
def generate_data_key_pair_without_plaintext(
    call: Call, key: KeyRecord, request: "GenerateDataKeyPairWithoutPlaintextRequestTypeDef"
) -> Response:
    """Return a key pair, its private key encrypted only."""
    answer = _generate(call, "GenerateDataKeyPairWithoutPlaintext", key, request)
    del answer["PrivateKeyPlaintext"]
    return answer

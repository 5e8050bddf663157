"""Keys with given ids and material, for throw-away servers of tests: KMS itself lets nobody choose them."""

import msgspec

from strongroom.core.errors import ValidationFailed
from strongroom.core.ids import RandomBytes
from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.pairs import PAIR_SPECS, KeyPair, WrongKeyMaterial, generate_pair, imported_pair
from strongroom.kms.errors import AlreadyExists, InvalidKeyId, UnsupportedOperation
from strongroom.kms.key_policies import default_key_policy
from strongroom.kms.keys import insert_key
from strongroom.kms.materials import SECRET_BYTES, material_record
from strongroom.kms.records import Generation, KeyRecord, KeyState
from strongroom.kms.rules.identifiers import MULTI_REGION_PREFIX, is_key_id
from strongroom.kms.rules.materials import imported_material_id
from strongroom.kms.rules.specs import chosen_spec_and_usage
from strongroom.kms.tables import KEYS, MATERIALS
from strongroom.storage.ports import Store


class GivenKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be made.

    Attributes:
        key_id: a UUID, or mrk- and 32 hexadecimal digits for a multi-Region primary key.
        spec, usage: as CreateKey takes them.
        material: the raw bytes of an AES or HMAC key, or the PKCS#8 private key (DER) of an RSA or elliptic-curve key;
            None for random material.
    """

    account_id: str
    region: str
    key_id: str
    spec: str
    usage: str | None = None
    description: str = ""
    material: SecretBytes | None = None


def insert_given_key(store: Store, given: GivenKey, now: float, random_bytes: RandomBytes) -> KeyRecord:
    """Buffer the key, with the default policy. The same id and material give the same ciphertexts, whenever they were made.

    Raises InvalidKeyId, AlreadyExists, ValidationFailed, UnsupportedOperation.
    """
    if not is_key_id(given.key_id):
        raise InvalidKeyId(given.key_id)
    spec, usage = chosen_spec_and_usage(given.spec, None, given.usage)
    if spec.name not in SECRET_BYTES and spec.name not in PAIR_SPECS:
        raise UnsupportedOperation(f"KeySpec {spec.name} is not supported.")
    if store.get(KEYS, given.account_id, given.region, given.key_id) is not None:
        raise AlreadyExists(f"A key with the id {given.key_id} already exists")
    pair = _pair(spec.name, given.material, random_bytes)
    material_id = imported_material_id(given.key_id, pair.private_key.reveal())
    multi_region = given.key_id.startswith(MULTI_REGION_PREFIX)
    key = KeyRecord(
        account_id=given.account_id,
        region=given.region,
        key_id=given.key_id,
        created_at=now,
        spec=spec.name,
        usage=usage,
        state=KeyState.ENABLED,
        policy=default_key_policy(given.account_id),
        description=given.description,
        generations=(Generation(material_id=material_id),),
        multi_region=multi_region,
        primary_region=given.region if multi_region else None,
    )
    stored = insert_key(store, key)
    store.insert(MATERIALS, material_record(stored, material_id, pair.private_key, pair.public_key))
    return stored


def _pair(spec: str, material: SecretBytes | None, random_bytes: RandomBytes) -> KeyPair:
    if material is None:
        return KeyPair(SecretBytes(random_bytes(SECRET_BYTES[spec])), b"") if spec in SECRET_BYTES else generate_pair(spec)
    if spec not in SECRET_BYTES:
        try:
            return imported_pair(spec, material.reveal())
        except WrongKeyMaterial:
            raise ValidationFailed(f"the material is no PKCS#8 private key of an RSA or elliptic-curve key of KeySpec {spec}") from None
    if len(material) != SECRET_BYTES[spec]:
        raise ValidationFailed(f"the material of KeySpec {spec} has {SECRET_BYTES[spec]} bytes, not {len(material)}")
    return KeyPair(material, b"")

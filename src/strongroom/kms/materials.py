"""Key material: making it, storing it, and finding the generation that a ciphertext names."""

from strongroom.core.ids import RandomBytes
from strongroom.core.secret import SecretBytes
from strongroom.kms.errors import KeyUnavailable
from strongroom.kms.keys import change_related_keys, related_keys
from strongroom.kms.records import MATERIAL_PREFIX_DIGITS, KeyRecord, MaterialRecord, RotationType
from strongroom.kms.rules.rotation import rotated
from strongroom.kms.tables import MATERIALS
from strongroom.storage.ports import Store

AES_BYTES = 32
SECRET_BYTES = {"SYMMETRIC_DEFAULT": AES_BYTES, "HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
MATERIAL_ID_BYTES = 32


def new_material_id(random_bytes: RandomBytes) -> str:
    """Return a fresh material id: 64 hexadecimal digits."""
    return random_bytes(MATERIAL_ID_BYTES).hex()


def material_record(key: KeyRecord, material_id: str, secret: SecretBytes, public_key: bytes | None = None) -> MaterialRecord:
    """Return the record that holds `secret` as one generation of `key`."""
    return MaterialRecord(
        account_id=key.account_id,
        region=key.region,
        key_id=key.key_id,
        prefix=material_id[:MATERIAL_PREFIX_DIGITS],
        material_id=material_id,
        secret=secret,
        public_key=public_key,
    )


def material_named(store: Store, key: KeyRecord, prefix: str) -> MaterialRecord | None:
    """Return the material whose id begins with `prefix` (32 digits), or None."""
    return store.get(MATERIALS, key.account_id, key.region, key.key_id, prefix)


def current_material(store: Store, key: KeyRecord) -> MaterialRecord:
    """Return the material that encrypts and signs now. Raises KeyUnavailable if a usable key has none, which never should be."""
    current = key.current
    found = material_named(store, key, current.material_id[:MATERIAL_PREFIX_DIGITS]) if current else None
    if found is None:
        raise KeyUnavailable(f"The key material of {key.arn} is not available.")
    return found


def copy_materials(store: Store, key: KeyRecord, replica: KeyRecord) -> None:
    """Store every material of `key` for a new related key, which is what lets it open the same ciphertexts."""
    for one in key.generations:
        found = material_named(store, key, one.material_id[:MATERIAL_PREFIX_DIGITS])
        if found is None:
            raise KeyUnavailable(f"The key material of {key.arn} is not available.")
        store.insert(MATERIALS, material_record(replica, found.material_id, found.secret, found.public_key))


def rotate_to_new_material(store: Store, key: KeyRecord, now: float, kind: RotationType, random_bytes: RandomBytes) -> KeyRecord:
    """Give `key` and its related keys fresh AES material and return `key` as stored; older material stays for decryption."""
    material_id = new_material_id(random_bytes)
    secret = SecretBytes(random_bytes(AES_BYTES))
    for one in (key, *related_keys(store, key)):
        store.insert(MATERIALS, material_record(one, material_id, secret))
    return change_related_keys(store, key, generations=rotated(key, material_id, now, kind))

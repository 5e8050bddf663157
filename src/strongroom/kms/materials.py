"""Key material: making it, storing it, and finding the generation that a ciphertext names."""

from strongroom.calls.call import Call
from strongroom.core.ids import RandomBytes
from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.pairs import SLOW_SPECS, KeyPair, generate_pair
from strongroom.kms.errors import KeyUnavailable
from strongroom.kms.keys import change_key, related_keys
from strongroom.kms.records import MATERIAL_PREFIX_DIGITS, KeyRecord, MaterialRecord, RotationType
from strongroom.kms.rules.rotation import rotated, rotation_from
from strongroom.kms.tables import MATERIALS
from strongroom.storage.ports import Store

AES_BYTES = 32
SECRET_BYTES = {"SYMMETRIC_DEFAULT": AES_BYTES, "HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
MATERIAL_ID_BYTES = 32
# A signature takes 0.6 to 1.5 ms. One of RSA_2048 (0.27 ms) or ML_DSA_44 (0.42 ms) takes about as long as handing it to a thread does,
# which is a second run of the call besides: with RSA_2048 in a thread a Sign took 590 us of CPU in place of some 360.
SLOW_SIGNERS = frozenset({"RSA_3072", "RSA_4096", "ML_DSA_65", "ML_DSA_87"})


def new_secret(call: Call, spec: str) -> KeyPair:
    """Return fresh material of a key spec; AES and HMAC keys have no public key. Ends an inline run where that takes long."""
    if spec in SECRET_BYTES:
        return KeyPair(SecretBytes(call.random_bytes(SECRET_BYTES[spec])), b"")
    if spec in SLOW_SPECS:
        call.ensure_may_block()
    return generate_pair(spec)


def ensure_may_sign(call: Call, key: KeyRecord) -> None:
    """Return if a signature may be made now. Ends an inline run where that takes longer than handing it to a thread is worth."""
    if key.spec in SLOW_SIGNERS:
        call.ensure_may_block()


def new_material_id(random_bytes: RandomBytes) -> str:
    """Return a fresh material id: 64 hexadecimal digits."""
    return random_bytes(MATERIAL_ID_BYTES).hex()


def material_record(key: KeyRecord, material_id: str, secret: SecretBytes, public_key: bytes = b"") -> MaterialRecord:
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


def rotate_to_new_material(store: Store, key: KeyRecord, now: float, kind: RotationType, random_bytes: RandomBytes) -> None:
    """Give `key` and its related keys fresh AES material; older material stays for decryption."""
    material_id = new_material_id(random_bytes)
    secret = SecretBytes(random_bytes(AES_BYTES))
    for one in (key, *related_keys(store, key)):
        store.insert(MATERIALS, material_record(one, material_id, secret))
    rotate_to(store, key, material_id, now, kind)


def rotate_to(store: Store, key: KeyRecord, material_id: str, now: float, kind: RotationType) -> None:
    """Make a material that is stored already the current one of `key` and its related keys, and count or schedule the rotation."""
    on_demand = key.on_demand_rotations + (kind is RotationType.ON_DEMAND)
    rotation = key.rotation
    if rotation is not None and kind is RotationType.AUTOMATIC:
        rotation = rotation_from(now, rotation.period_days)
    for one in (key, *related_keys(store, key)):
        generations = rotated(one, material_id, now, kind)
        change_key(store, one, generations=generations, rotation=rotation, on_demand_rotations=on_demand)

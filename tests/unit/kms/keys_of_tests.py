"""Key records that the tests of rules start from."""

from msgspec.structs import replace

from strongroom.kms.records import Generation, KeyRecord, KeyState, KeyUsage, Origin

ACCOUNT = "111122223333"
REGION = "eu-west-1"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
NOW = 1_700_000_000.0

SYMMETRIC = KeyRecord(
    account_id=ACCOUNT,
    region=REGION,
    key_id=KEY_ID,
    created_at=NOW,
    spec="SYMMETRIC_DEFAULT",
    usage=KeyUsage.ENCRYPT_DECRYPT,
    state=KeyState.ENABLED,
    policy="{}",
    generations=(Generation(material_id="a" * 64),),
)
IMPORTED = replace(SYMMETRIC, origin=Origin.EXTERNAL)


def of_spec(spec: str, usage: KeyUsage) -> KeyRecord:
    """Return an enabled key of `spec`."""
    return replace(SYMMETRIC, spec=spec, usage=usage)

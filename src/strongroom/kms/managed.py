"""AWS managed keys: made when a service first uses them, or DescribeKey first names them; nobody administers them.

Source: KMS Developer Guide, "AWS managed keys".
"""

import json
from collections.abc import Mapping

from strongroom.calls.call import Call
from strongroom.core.arn import root_arn
from strongroom.core.ids import uuid4
from strongroom.core.secret import SecretBytes
from strongroom.kms.keys import insert_key
from strongroom.kms.materials import AES_BYTES, material_record, new_material_id
from strongroom.kms.records import AliasRecord, Generation, KeyManager, KeyRecord, KeyState, KeyUsage
from strongroom.kms.rules.aliases import RESERVED_PREFIX
from strongroom.kms.rules.limits import DEFAULT_ROTATION_DAYS
from strongroom.kms.rules.rotation import rotation_from
from strongroom.kms.rules.specs import SYMMETRIC_DEFAULT
from strongroom.kms.tables import ALIASES, MATERIALS

SERVICES: Mapping[str, str] = {
    "secretsmanager": "AWS Secrets Manager",
    "ssm": "AWS Systems Manager Parameter Store",
}
DESCRIPTIONS: Mapping[str, str] = {
    "secretsmanager": "Default key that protects my Secrets Manager data when no other key is defined",
    "ssm": "Default key that protects my SSM parameters when no other key is defined",
}
PREDEFINED_ALIASES = tuple(RESERVED_PREFIX + service for service in sorted(SERVICES))


def managed_key_policy(service: str, account_id: str, region: str) -> str:
    """Return the fixed policy: use through the service alone, by whoever may use the service; metadata for the account."""
    sid = f"Allow access through {SERVICES[service]} for all principals in the account that are authorized to use {SERVICES[service]}"
    condition = {"StringEquals": {"kms:CallerAccount": account_id, "kms:ViaService": f"{service}.{region}.amazonaws.com"}}
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    look = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    document = {
        "Version": "2012-10-17",
        "Id": f"auto-{service}-1",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": use, "Resource": "*", "Condition": condition},
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": root_arn(account_id)},
                "Action": look,
                "Resource": "*",
            },
        ],
    }
    return json.dumps(document, indent=2, separators=(",", " : "))


def key_made_on_first_use(call: Call, account_id: str, alias_name: str) -> KeyRecord | None:
    """Make the key behind a predefined alias if this call may: the service's own (for its caller), or a DescribeKey. Else None."""
    service = alias_name.removeprefix(RESERVED_PREFIX)
    if account_id != call.account_id or alias_name not in PREDEFINED_ALIASES:
        return None
    if call.operation.name != "DescribeKey" and call.via[-1:] != (service,):
        return None
    return _make(call, service, alias_name)


def _make(call: Call, service: str, alias_name: str) -> KeyRecord:
    material_id = new_material_id(call.random_bytes)
    key = insert_key(
        call.store,
        KeyRecord(
            account_id=call.account_id,
            region=call.region,
            key_id=uuid4(call.random_bytes),
            created_at=call.now,
            spec=SYMMETRIC_DEFAULT,
            usage=KeyUsage.ENCRYPT_DECRYPT,
            state=KeyState.ENABLED,
            policy=managed_key_policy(service, call.account_id, call.region),
            manager=KeyManager.AWS,
            description=DESCRIPTIONS[service],
            aliases=(alias_name,),
            generations=(Generation(material_id=material_id),),
            rotation=rotation_from(call.now, DEFAULT_ROTATION_DAYS),
        ),
    )
    call.store.insert(MATERIALS, material_record(key, material_id, SecretBytes(call.random_bytes(AES_BYTES))))
    alias = AliasRecord(
        account_id=call.account_id,
        region=call.region,
        name=alias_name,
        target_key_id=key.key_id,
        created_at=call.now,
        updated_at=call.now,
    )
    call.store.insert(ALIASES, alias)
    return key

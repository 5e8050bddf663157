"""A hundred thousand KMS keys in one account: what using and listing them costs then, beside a hundred.

Writes its table between the markers of docs/performance.md with --write. Keys are loaded through storage, in batches.
"""

import base64
import hashlib
import json
import random
from pathlib import Path

from connection import Connection
from fullness import Cost, Request, arguments, compare, measure
from processes import Running
from workloads import REGION

from strongroom.app.backends import open_database, open_ring
from strongroom.app.layout import DataDirectory
from strongroom.config import DEFAULT_ACCOUNT_ID, load
from strongroom.core.secret import SecretBytes
from strongroom.crypto.messages import BlobHeader, encrypt_message
from strongroom.crypto.random import random_bytes
from strongroom.kms.rules.context import context_aad
from strongroom.kms.rules.materials import imported_material_id
from strongroom.kms.seeding import GivenKey, insert_given_key

BATCH = 1000
PAGE_KEYS = 100  # keys in a page of ListKeys unless the request says otherwise


def key_id(number: int) -> str:
    """Return the id of a key; ids are spread as random ones are."""
    digits = hashlib.sha256(str(number).encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"


def material(number: int) -> bytes:
    """Return the AES key of a key."""
    return hashlib.sha256(f"material {number}".encode()).digest()


def ciphertext(number: int) -> str:
    """Return what Encrypt would, as base64."""
    secret, name = SecretBytes(material(number)), key_id(number)
    header = BlobHeader(DEFAULT_ACCOUNT_ID, name, imported_material_id(name, secret.reveal()))
    blob = encrypt_message(
        secret, header, b"a secret of 32 bytes, like a key", context_aad(None), nonce=random_bytes(16), iv=random_bytes(12)
    )
    return base64.b64encode(blob).decode()


def fill(count: int, directory: Path) -> None:
    """Write `count` keys into a new installation."""
    settings = load({"data_dir": directory}, environ={})
    layout = DataDirectory(directory)
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    unit = database.begin(inline=False)
    for number in range(1, count + 1):
        given = GivenKey(
            account_id=DEFAULT_ACCOUNT_ID,
            region=REGION,
            key_id=key_id(number),
            spec="SYMMETRIC_DEFAULT",
            description=f"key number {number}",
            material=SecretBytes(material(number)),
        )
        insert_given_key(unit, given, float(number), random_bytes)
        if number % BATCH == 0 or number == count:
            database.commit(unit).result()
            unit = database.begin(inline=False)
    database.close()


def pages(server: Running, limit: int) -> list[Request]:
    """Return a ListKeys for each page of up to 200 in a row."""
    connection = Connection(server, "kms")
    found: list[Request] = [("ListKeys", {"Limit": limit})]
    while len(found) < 200:
        answer = json.loads(connection.call(*found[-1]))
        if not answer["Truncated"]:
            break
        found.append(("ListKeys", {"Limit": limit, "Marker": answer["NextMarker"]}))
    connection.close()
    return found


def costs(server: Running, count: int, requests: int) -> dict[str, Cost]:
    """Return what each kind of request costs with `count` keys."""
    drawn = random.Random(7)  # noqa: S311 - the same keys in every run
    everything = drawn.sample(range(1, count + 1), k=min(count, 2 * requests))
    new, other = everything[: len(everything) // 2], everything[len(everything) // 2 :]
    one, some = count // 2, drawn.choices(other, k=requests)
    blob = ciphertext(one)
    found = {
        "DescribeKey, each key for the first time": measure(
            server, "kms", [("DescribeKey", {"KeyId": key_id(number)}) for number in new], repeat=1
        ),
        "Decrypt, each key for the first time": measure(
            server, "kms", [("Decrypt", {"CiphertextBlob": ciphertext(number)}) for number in other], repeat=1
        ),
    }
    kinds: dict[str, list[Request]] = {
        "DescribeKey, one key": [("DescribeKey", {"KeyId": key_id(one)})] * requests,
        "DescribeKey, random keys": [("DescribeKey", {"KeyId": key_id(number)}) for number in some],
        "Decrypt, one key": [("Decrypt", {"CiphertextBlob": blob})] * requests,
        "Decrypt, random keys": [("Decrypt", {"CiphertextBlob": ciphertext(number)}) for number in some],
    }
    found |= {kind: measure(server, "kms", made) for kind, made in kinds.items()}
    for limit in (PAGE_KEYS, 1000):
        made = pages(server, limit)
        found[f"ListKeys, a page of {limit:,}"] = measure(server, "kms", made * max(1, 200 // len(made)))
    return found


if __name__ == "__main__":
    compare("keys", arguments(__doc__, many=100_000, requests=3000).parse_args(), fill, costs)

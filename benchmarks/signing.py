"""What KMS adds to the arithmetic: CPU of a request beside that of the bare primitive, both measured in this run.

Writes its table between the markers of docs/performance.md with --write.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from load import load
from page import write
from processes import Running, strongroom
from workloads import Workload, client, freeze

MESSAGE = b"a message of 32 bytes, like keys"
INLINE_LIMIT = 80  # microseconds of CPU that a request may cost beyond its primitive
THREAD_LIMIT = 200  # the same where the work is handed to a thread
PRIMITIVE_SECONDS = 0.5
EC_HASH = ec.ECDSA(hashes.SHA256())
Arguments = dict[str, Any]
Call = tuple[str, Arguments, Callable[[], object], int]


@dataclass(frozen=True)
class Row:
    """One call: microseconds of CPU of the request and of its primitive, and the most that the difference may be."""

    name: str
    request: float
    primitive: float
    per_second: float
    p99_ms: float
    limit: int

    @property
    def overhead(self) -> float:
        """Return what the server adds."""
        return self.request - self.primitive


def cost(primitive: Callable[[], object]) -> float:
    """Return the microseconds of CPU of one call of `primitive`."""
    primitive()
    count, started, until = 0, time.process_time(), time.process_time() + PRIMITIVE_SECONDS
    while time.process_time() < until:
        primitive()
        count += 1
    return (time.process_time() - started) / count * 1e6


def _signing(server: Running, spec: str, algorithm: str, key: Any, parameters: tuple[Any, ...], limit: int) -> list[tuple[str, Call]]:
    """Return Sign and Verify of a spec; `key` is a private key of the same kind for the primitive."""
    kms = client(server, "kms")
    named = {"KeyId": kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"], "SigningAlgorithm": algorithm}
    signature = kms.sign(**named, Message=MESSAGE)["Signature"]
    own = key.sign(MESSAGE, *parameters)
    public = key.public_key()
    return [
        (f"Sign {spec}", ("sign", {**named, "Message": MESSAGE}, lambda: key.sign(MESSAGE, *parameters), limit)),
        (
            f"Verify {spec}",
            (
                "verify",
                {**named, "Message": MESSAGE, "Signature": signature},
                lambda: public.verify(own, MESSAGE, *parameters),
                INLINE_LIMIT,
            ),
        ),
    ]


def _hmac() -> bytes:
    made = hmac.HMAC(b"k" * 32, hashes.SHA256())
    made.update(MESSAGE)
    return made.finalize()


def _pair(generate: Callable[[], Any]) -> None:
    key = generate()
    key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def calls(server: Running) -> list[tuple[str, Call]]:
    """Return every call that is measured, by its name."""
    kms = client(server, "kms")
    mac_key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    rsa_key = rsa.generate_private_key(65_537, 2048)
    p256 = partial(ec.generate_private_key, ec.SECP256R1())
    pair = {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}
    mac = {"KeyId": mac_key, "MacAlgorithm": "HMAC_SHA_256", "Message": MESSAGE}
    rsa_parameters = (padding.PKCS1v15(), hashes.SHA256())
    return [
        *_signing(server, "ECC_NIST_P256", "ECDSA_SHA_256", p256(), (EC_HASH,), INLINE_LIMIT),
        *_signing(server, "ML_DSA_44", "ML_DSA_SHAKE_256", mldsa.MLDSA44PrivateKey.generate(), (), INLINE_LIMIT),
        *_signing(server, "RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", rsa_key, rsa_parameters, THREAD_LIMIT),
        ("GenerateMac HMAC_256", ("generate_mac", mac, _hmac, INLINE_LIMIT)),
        ("GenerateDataKeyPair ECC_NIST_P256", ("generate_data_key_pair", pair, partial(_pair, p256), INLINE_LIMIT)),
    ]


def measure(server: Running, name: str, call: Call, connections: int, seconds: float) -> Row:
    """Return one row of the table."""
    operation, arguments, primitive, limit = call
    workload = Workload(name, "kms", lambda _: arguments, operation)
    load(server, freeze(server, workload, arguments), connections=connections, seconds=1)
    before = cost(primitive)
    found = load(server, freeze(server, workload, arguments), connections=connections, seconds=seconds)
    bare = (before + cost(primitive)) / 2  # on both sides of the load: the machine's speed wanders
    return Row(name, found.cpu_microseconds, bare, found.requests_per_second, found.p99_ms, limit)


def table(rows: list[Row]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| Call | CPU us a request | primitive alone, us | added us | may add | requests/s | p99 ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        figures = (f"{row.request:.0f}", f"{row.primitive:.0f}", f"{row.overhead:.0f}", str(row.limit), f"{row.per_second:.0f}")
        lines.append(f"| {row.name} | {' | '.join(figures)} | {row.p99_ms:.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Run the benchmark. Returns 1 if a call adds more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="substring of the calls to measure")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    with strongroom(options.workers) as server:
        chosen = [(name, call) for name, call in calls(server) if options.only in name]
        rows = [measure(server, name, call, options.connections, options.seconds) for name, call in chosen]
    figures = table(rows)
    print(figures)
    if options.write:
        write("signing", figures)
    return int(any(row.overhead > row.limit for row in rows))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())

"""Floors: what retention removed from the beginning of a chain, so that a removed beginning is told from a missing one.

A floor is sealed with a key from the ring. Whoever can write the database can't make one up to hide that events are gone, only
put an older one back, which hides nothing: what it does not cover is then missing.
"""

import hmac
from collections.abc import Iterable

import msgspec

from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.storage.ports import Floor

_LABEL = "audit-floor-v1"
_encode = msgspec.msgpack.Encoder().encode


def make_floor(ring: DomainKeyRing, writer_id: str, sequence: int, mac: bytes, time_ms: int) -> Floor:
    """Return the floor of a chain whose entries up to `sequence`, of which the last had `mac`, are being removed."""
    return Floor(writer_id, sequence, mac, time_ms, _seal(ring, writer_id, sequence, mac, time_ms))


def true_floors(ring: DomainKeyRing, floors: Iterable[Floor]) -> dict[str, Floor]:
    """Return each writer's floor, those left out that this installation did not make."""
    return {floor.writer_id: floor for floor in floors if _is_true(ring, floor)}


def _is_true(ring: DomainKeyRing, floor: Floor) -> bool:
    return hmac.compare_digest(_seal(ring, floor.writer_id, floor.sequence, floor.mac, floor.time_ms), floor.seal)


def _seal(ring: DomainKeyRing, *values: str | int | bytes) -> bytes:
    return hmac.digest(ring.derive(_LABEL), _encode(values), "sha256")

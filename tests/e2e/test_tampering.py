"""Rows edited, swapped or copied in the database by hand: refused when read, with an operator's error that says which."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import pytest
from tests.e2e.test_server import serving
from tests.support.nodes import ROOT_KEY, root_of
from tests.support.process import strongroom

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

Tamper = Callable[[apsw.Connection], object]


def _flip_a_bit(database: apsw.Connection) -> None:
    rows: list[tuple[Any, ...]] = database.execute("SELECT sealed FROM kms_keys").fetchall()
    sealed = bytearray(rows[0][0])
    sealed[-1] ^= 1
    database.execute("UPDATE kms_keys SET sealed = ?", (bytes(sealed),))


def _swap_two_rows(database: apsw.Connection) -> None:
    (first, one), (second, two) = database.execute("SELECT key_id, sealed FROM kms_keys LIMIT 2").fetchall()
    database.execute("UPDATE kms_keys SET sealed = ? WHERE key_id = ?", (two, first))
    database.execute("UPDATE kms_keys SET sealed = ? WHERE key_id = ?", (one, second))


def _move_to_another_account(database: apsw.Connection) -> None:
    database.execute("UPDATE kms_keys SET account_id = '111111111111'")


def _claim_another_revision(database: apsw.Connection) -> None:
    database.execute("UPDATE kms_keys SET revision = revision + 1")


def _describe_all(kms: "KMSClient", ids: list[str]) -> None:
    for key_id in ids:
        kms.describe_key(KeyId=key_id)


@pytest.mark.parametrize("tamper", [_flip_a_bit, _swap_two_rows, _claim_another_revision])
def test_a_tampered_key_is_refused_and_named(tmp_path: Path, tamper: Tamper) -> None:
    """The client gets a server error without details; the log and doctor name the row."""
    data = tmp_path / "data"
    strongroom("init", "--data-dir", str(data), env=ROOT_KEY)
    with serving(data) as running:
        kms = root_of(running).kms
        ids = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    with apsw.Connection(str(data / "strongroom.db")) as database:
        tamper(database)
    with serving(data) as running:
        kms = root_of(running).kms
        with pytest.raises(kms.exceptions.ClientError) as caught:
            _describe_all(kms, ids)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert "kms_keys" not in str(caught.value)
    assert "of table kms_keys does not open" in (data / "log").read_text()
    found = strongroom("doctor", "--verify", "--data-dir", str(data), check=False)
    assert found.returncode == 1
    assert "kms_keys" in found.stdout


def test_a_key_moved_to_another_account_opens_in_neither(tmp_path: Path) -> None:
    """The account is authenticated with the record: a copied row is no key of the other account."""
    data = tmp_path / "data"
    strongroom("init", "--data-dir", str(data), env=ROOT_KEY)
    with serving(data) as running:
        root_of(running).kms.create_key()
    with apsw.Connection(str(data / "strongroom.db")) as database:
        _move_to_another_account(database)
    assert strongroom("doctor", "--verify", "--data-dir", str(data), check=False).returncode == 1

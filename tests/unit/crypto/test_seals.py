"""Root keys in files and from passphrases."""

import os
import stat
from pathlib import Path

import pytest
from tests.unit.crypto.memory_keys import fixed_seal

from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.key_file import HEAD, KeyFileSeal, create_key_file
from strongroom.crypto.passphrase import MIN_COST, PassphraseSeal, create_passphrase_file


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A fresh root key file."""
    path = tmp_path / "root.key"
    create_key_file(path)
    return path


def test_a_key_file_is_readable_by_its_owner_alone(key_file: Path) -> None:
    """Whatever the umask was."""
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_key_file_is_never_overwritten(key_file: Path) -> None:
    """Everything sealed under it would be lost."""
    before = key_file.read_bytes()
    with pytest.raises(OperatorError, match="exists already"):
        create_key_file(key_file)
    assert key_file.read_bytes() == before


def test_a_key_file_in_a_missing_directory_is_an_operators_error(tmp_path: Path) -> None:
    """The system's reason is told."""
    with pytest.raises(OperatorError, match="No such file"):
        create_key_file(tmp_path / "none" / "root.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601])
def test_a_key_file_open_to_others_is_refused(key_file: Path, mode: int) -> None:
    """A secret that others may have read is no root key any more."""
    key_file.chmod(mode)
    with pytest.raises(OperatorError, match="chmod 600"):
        KeyFileSeal(key_file)


@pytest.mark.parametrize(
    "content",
    [b"", HEAD, HEAD + b"AAAA\n", HEAD + b"!" * 44, b"strongroom root key 2\n" + b"A" * 44, HEAD + b"A" * 5000],
    ids=["empty", "no key", "short", "not base64", "other version", "too large"],
)
def test_a_damaged_key_file_is_refused_without_showing_it(key_file: Path, content: bytes) -> None:
    """The text says what to do and repeats nothing of the file."""
    key_file.write_bytes(content)
    with pytest.raises(OperatorError) as caught:
        KeyFileSeal(key_file)
    assert "restore it" in str(caught.value) or "larger than" in str(caught.value)
    assert "AAAA" not in str(caught.value)


def test_an_absent_key_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    """Both are the operator's to mend."""
    with pytest.raises(OperatorError, match="can't be read"):
        KeyFileSeal(tmp_path / "none")
    with pytest.raises(OperatorError, match="can't be read"):
        KeyFileSeal(tmp_path)


def test_a_pipe_is_no_key_file() -> None:
    """Only regular files have permissions that mean something."""
    with pytest.raises(OperatorError, match="not a regular file"):
        KeyFileSeal(Path(os.devnull))


def test_the_same_key_file_opens_what_it_wrapped(key_file: Path) -> None:
    """In another process, as here with another seal."""
    assert KeyFileSeal(key_file).unwrap(KeyFileSeal(key_file).wrap(b"k" * 32, b"dk1"), b"dk1") == b"k" * 32


def test_a_wrapped_key_opens_only_whole_under_its_root_key_and_name() -> None:
    """Every changed bit, every cut, another name and another root key: one and the same answer."""
    seal = fixed_seal()
    wrapped = seal.wrap(b"k" * 32, b"dk1")
    attempts = [(seal, bytes(wrapped[:n]), b"dk1") for n in range(len(wrapped))]
    attempts += [(seal, flipped(wrapped, bit), b"dk1") for bit in range(len(wrapped) * 8)]
    attempts += [(seal, wrapped, b"dk2"), (fixed_seal(root=8), wrapped, b"dk1")]
    texts = set()
    for opener, data, aad in attempts:
        with pytest.raises(OperatorError) as caught:
            opener.unwrap(data, aad)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_wrapping_twice_gives_two_ciphertexts() -> None:
    """The nonce is fresh."""
    seal = fixed_seal()
    assert seal.wrap(b"k", b"") != seal.wrap(b"k", b"")


def test_a_passphrase_opens_what_it_wrapped_and_another_does_not(tmp_path: Path) -> None:
    """The file holds salt and cost only."""
    path = tmp_path / "passphrase.json"
    create_passphrase_file(path, cost=MIN_COST)
    wrapped = PassphraseSeal(path, SecretBytes(b"correct horse")).wrap(b"k" * 32, b"dk1")
    assert PassphraseSeal(path, SecretBytes(b"correct horse")).unwrap(wrapped, b"dk1") == b"k" * 32
    with pytest.raises(OperatorError) as caught:
        PassphraseSeal(path, SecretBytes(b"battery staple")).unwrap(wrapped, b"dk1")
    assert "staple" not in str(caught.value)


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    """An unset variable must not become a root key."""
    create_passphrase_file(tmp_path / "p", cost=MIN_COST)
    with pytest.raises(OperatorError, match="empty"):
        PassphraseSeal(tmp_path / "p", SecretBytes(b""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"16384", b"1024"),
        (b"16384", b"16385"),
        (b"16384", b"2097152"),
        (b'"block_size":8', b'"block_size":1'),
        (b"}", b""),
        (b'"salt"', b'"s"'),
    ],
)
def test_passphrase_parameters_that_are_never_written_are_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    """A lowered cost would make guessing cheap, a raised one would exhaust memory."""
    path = tmp_path / "p"
    create_passphrase_file(path, cost=MIN_COST)
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(OperatorError, match="restore it"):
        PassphraseSeal(path, SecretBytes(b"x"))


def flipped(data: bytes, bit: int) -> bytes:
    """Return `data` with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)

"""Secret bytes do not leak by accident."""

import copy
import pickle

import pytest

from strongroom.core.secret import SecretBytes


def test_a_secret_shows_itself_only_when_revealed() -> None:
    """Printing, formatting and repr hide the value."""
    secret = SecretBytes(b"hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {secret!s}"
    assert secret.reveal() == b"hunter2"


def test_a_secret_is_not_compared_hashed_pickled_or_copied() -> None:
    """Each of these would be a quiet way out."""
    secret = SecretBytes(b"hunter2")
    with pytest.raises(TypeError):
        _ = secret == SecretBytes(b"hunter2")
    for act in (hash, pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            act(secret)

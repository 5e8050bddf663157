"""Access keys and session tokens are resolved to the principals they stand for, and nothing else is."""

import os

import pytest
from tests.unit.identity.memory_store import MemoryStore, PlainTokens

from strongroom.core.secret import SecretBytes
from strongroom.identity.bootstrap import CannotCreateAccount, create_account, new_root_key, root_access_key
from strongroom.identity.errors import ExpiredCredential, UnknownCredential
from strongroom.identity.ids import ACCESS_KEY_PREFIX, account_of_access_key_id, new_access_key_id
from strongroom.identity.principal import SessionFacts
from strongroom.identity.records import AccessKeyRecord, RoleRecord, UserRecord
from strongroom.identity.resolution import Resolver
from strongroom.identity.sessions import SessionCredentials, SessionSubject, begin_session
from strongroom.identity.tables import ACCESS_KEYS, ROLES, USERS
from strongroom.policy.decision import PrincipalType

ACCOUNT = "111122223333"
USER = UserRecord(
    account_id=ACCOUNT, name="Alice", name_key="alice", path="/eng/", created_at=1.0, unique_id="AIDAALICE", tags={"Team": "a", "City": "x"}
)
ROLE = RoleRecord(
    account_id=ACCOUNT,
    name="Ops",
    name_key="ops",
    path="/deep/",
    created_at=1.0,
    unique_id="AROAOPS",
    trust_policy="{}",
    tags={"team": "role", "kept": "1"},
)
KEY = AccessKeyRecord(
    access_key_id="AKIAALICE", account_id=ACCOUNT, secret_access_key=SecretBytes(b"s3cret"), created_at=1.0, user_id=USER.unique_id
)


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with a user, its key and a role."""
    store = MemoryStore()
    store.insert(USERS, USER)
    store.insert(ROLES, ROLE)
    store.insert(ACCESS_KEYS, KEY)
    return store


def session(type_: PrincipalType, unique_id: str, role_key: str = "", **facts: object) -> SessionCredentials:
    """Return credentials of a session from 100 s to 200 s."""
    known = SessionFacts(issued_at=100.0, expires_at=200.0, **facts)  # type: ignore[arg-type]
    subject = SessionSubject(type=type_, account_id=ACCOUNT, unique_id=unique_id, facts=known, role_key=role_key, tags={"TEAM": "session"})
    return begin_session(PlainTokens(), subject, os.urandom)


def test_a_users_key_is_the_user(store: MemoryStore) -> None:
    """The secret, the ARN with its path, and the tags come from the records."""
    found = Resolver(PlainTokens()).find(store, "AKIAALICE", None, 0.0)
    assert found.secret_access_key.reveal() == b"s3cret"
    assert found.principal.arn == f"arn:aws:iam::{ACCOUNT}:user/eng/Alice"
    assert (found.principal.user_id, found.principal.user_name) == ("AIDAALICE", "Alice")


@pytest.mark.parametrize("key_id", ["AKIANOBODY", "", "123456789012", "test"])
def test_an_unknown_key_is_refused(store: MemoryStore, key_id: str) -> None:
    """Without dev mode, 12 digits are no key."""
    with pytest.raises(UnknownCredential):
        Resolver(PlainTokens()).find(store, key_id, None, 0.0)


def test_an_inactive_key_is_unknown(store: MemoryStore) -> None:
    """UpdateAccessKey to Inactive takes effect at once."""
    store.replace(ACCESS_KEYS, AccessKeyRecord(**{f: getattr(KEY, f) for f in KEY.__struct_fields__ if f != "active"}, active=False))
    with pytest.raises(UnknownCredential):
        Resolver(PlainTokens()).find(store, "AKIAALICE", None, 0.0)


def test_a_long_lived_key_takes_no_session_token(store: MemoryStore) -> None:
    """A token beside an AKIA key is a token that does not belong to it."""
    made = session(PrincipalType.USER, USER.unique_id)
    for token in ("", "x", made.session_token):
        with pytest.raises(UnknownCredential):
            Resolver(PlainTokens()).find(store, "AKIAALICE", token, 100.0)


def test_a_key_whose_user_is_gone_is_unknown(store: MemoryStore) -> None:
    """A key never outlives its user."""
    store.delete(USERS, ACCOUNT, USER.unique_id)
    with pytest.raises(UnknownCredential):
        Resolver(PlainTokens()).find(store, "AKIAALICE", None, 0.0)


def test_dev_mode_makes_any_account_id_a_root_key(store: MemoryStore) -> None:
    """The account need not exist."""
    found = Resolver(PlainTokens(), dev=True).find(store, "444455556666", None, 0.0)
    assert found.secret_access_key.reveal() == b"test"
    assert found.principal.arn == "arn:aws:iam::444455556666:root"
    with pytest.raises(UnknownCredential):
        Resolver(PlainTokens(), dev=True).find(store, "4444", None, 0.0)


def test_a_role_session_carries_the_role_under_its_session_tags(store: MemoryStore) -> None:
    """The session ARN has no path; session tags override role tags whatever their case."""
    made = session(PrincipalType.ASSUMED_ROLE, ROLE.unique_id, "ops", name="s1", source_identity="alice")
    found = Resolver(PlainTokens()).find(store, made.access_key_id, made.session_token, 150.0)
    principal = found.principal
    assert found.secret_access_key.reveal() == made.secret_access_key.reveal()
    assert principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/s1"
    assert principal.facts.role_arn == f"arn:aws:iam::{ACCOUNT}:role/deep/Ops"
    assert principal.user_id == "AROAOPS:s1"
    assert principal.tags == {"kept": "1", "TEAM": "session"}
    assert principal.session is not None
    assert principal.session.source_identity == "alice"


def test_a_federated_user_knows_whom_it_acts_for(store: MemoryStore) -> None:
    """Policies never match it as the user, so the user's id stands apart."""
    made = session(PrincipalType.FEDERATED_USER, USER.unique_id, name="bob")
    principal = Resolver(PlainTokens()).find(store, made.access_key_id, made.session_token, 150.0).principal
    assert principal.arn == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    assert (principal.facts.unique_id, principal.issuer_id, principal.user_id) == (None, USER.unique_id, f"{ACCOUNT}:bob")


def test_root_and_user_sessions_are_the_root_and_the_user(store: MemoryStore) -> None:
    """GetSessionToken changes the credentials, not the identity."""
    for type_, unique_id, arn in ((PrincipalType.ROOT, "", "root"), (PrincipalType.USER, USER.unique_id, "user/eng/Alice")):
        made = session(type_, unique_id)
        principal = Resolver(PlainTokens()).find(store, made.access_key_id, made.session_token, 150.0).principal
        assert principal.arn == f"arn:aws:iam::{ACCOUNT}:{arn}"
        assert principal.session is not None


def test_a_session_ends(store: MemoryStore) -> None:
    """At the second of its expiration the session is expired, and it says so."""
    made = session(PrincipalType.USER, USER.unique_id)
    with pytest.raises(ExpiredCredential):
        Resolver(PlainTokens()).find(store, made.access_key_id, made.session_token, 200.0)


def test_a_token_serves_its_own_key_only(store: MemoryStore) -> None:
    """Another session's token, an altered one and one sealed for something else open nothing."""
    one, other = session(PrincipalType.USER, USER.unique_id), session(PrincipalType.USER, USER.unique_id)
    swapped = one.session_token[:-20] + ("0" * 20)
    foreign = PlainTokens().seal("page", b"x")
    for token in (other.session_token, swapped, foreign, "", "é", "session|zz|1"):
        with pytest.raises(UnknownCredential):
            Resolver(PlainTokens()).find(store, one.access_key_id, token, 150.0)


@pytest.mark.parametrize("remade", [False, True])
def test_a_deleted_roles_sessions_end(store: MemoryStore, remade: bool) -> None:  # noqa: FBT001 - a test case
    """Making a role of the same name again does not bring them back."""
    made = session(PrincipalType.ASSUMED_ROLE, ROLE.unique_id, "ops", name="s1")
    store.delete(ROLES, ACCOUNT, "ops")
    if remade:
        store.insert(ROLES, RoleRecord(**{f: getattr(ROLE, f) for f in ROLE.__struct_fields__ if f != "unique_id"}, unique_id="AROANEW"))
    with pytest.raises(UnknownCredential):
        Resolver(PlainTokens()).find(store, made.access_key_id, made.session_token, 150.0)


def test_a_new_account_has_a_root_key() -> None:
    """The key found is the one that was made, and the account can't be made twice."""
    store = MemoryStore()
    key_id, secret = new_root_key(ACCOUNT, os.urandom)
    create_account(store, ACCOUNT, key_id, secret, 5.0)
    found = root_access_key(store, ACCOUNT)
    assert found is not None
    assert found.access_key_id == key_id
    assert Resolver(PlainTokens()).find(store, key_id, None, 6.0).principal.facts.type is PrincipalType.ROOT
    for account, key in ((ACCOUNT, "AKIAOTHER"), ("222233334444", key_id), ("12", "AKIAOTHER")):
        with pytest.raises(CannotCreateAccount):
            create_account(store, account, key, secret, 5.0)
    assert root_access_key(store, "999999999999") is None


@pytest.mark.parametrize("account", ["000000000000", "999999999999", "111122223333"])
def test_an_access_key_id_carries_its_account(account: str) -> None:
    """As AWS's own do, so GetAccessKeyInfo can answer for session keys too."""
    key_id = new_access_key_id(ACCESS_KEY_PREFIX, account, os.urandom)
    assert len(key_id) == 20
    assert account_of_access_key_id(key_id) == account


def test_a_published_access_key_id_decodes_to_its_account() -> None:
    """The layout is the one that AWS uses."""
    assert account_of_access_key_id("ASIAQNZGKIQY56JQ7WML") == "029608264753"
    assert account_of_access_key_id("AKIAI") is None

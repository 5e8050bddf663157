"""From access key ids and session tokens to secrets and principals."""

from functools import lru_cache

from strongroom.core.arn import format_arn, root_arn
from strongroom.core.secret import SecretBytes
from strongroom.identity.credentials import Credential
from strongroom.identity.errors import ExpiredCredential, UnknownCredential
from strongroom.identity.ids import is_account_id
from strongroom.identity.organisation import is_closed
from strongroom.identity.principal import Principal, SessionFacts, root_principal
from strongroom.identity.records import AccessKeyRecord, RoleRecord, Tags, UserRecord
from strongroom.identity.sessions import SessionSubject, SessionToken, TokenSealer, open_session
from strongroom.identity.tables import ACCESS_KEYS, ROLES, USERS
from strongroom.policy.decision import PrincipalFacts, PrincipalType
from strongroom.storage.ports import Store

DEV_SECRET = b"test"
OPENED_SESSIONS = 2048  # session tokens kept open in each process
KNOWN_KEYS = 4096  # long-lived credentials kept ready in each process


class Resolver:
    """The CredentialSource over stored access keys and sealed session tokens.

    In dev mode each 12-digit access key id with the secret `test` is the root user of that account, which need not exist.
    """

    def __init__(self, tokens: TokenSealer, *, dev: bool = False) -> None:
        self._dev = dev
        self._known: dict[str, tuple[AccessKeyRecord, UserRecord | None, Credential]] = {}
        self._sessions: dict[str, tuple[SessionToken, UserRecord | RoleRecord | None, Credential]] = {}
        self._open = lru_cache(OPENED_SESSIONS)(lambda token: open_session(tokens, token))

    def find(self, store: Store, access_key_id: str, session_token: str | None, now: float) -> Credential:
        """Return the credential. Raises UnknownCredential, for credentials of a closed account too, or ExpiredCredential."""
        credential = self._find(store, access_key_id, session_token, now)
        if is_closed(store, credential.principal.account_id):
            raise UnknownCredential
        return credential

    def _find(self, store: Store, access_key_id: str, session_token: str | None, now: float) -> Credential:
        if session_token is not None:
            return self._session(store, access_key_id, session_token, now)
        if self._dev and is_account_id(access_key_id):
            principal = root_principal(access_key_id, root_arn(access_key_id), access_key_id)
            return Credential(SecretBytes(DEV_SECRET), access_key_id, principal)
        return self._long_lived(store, access_key_id)

    def _long_lived(self, store: Store, access_key_id: str) -> Credential:
        """Return the credential of a stored key. The records are read each time, and what was made of the very same ones is used again."""
        key = store.get(ACCESS_KEYS, access_key_id)
        if key is None or not key.active:
            raise UnknownCredential
        user = _user(store, key.account_id, key.user_id) if key.user_id is not None else None
        known = self._known.get(access_key_id)
        if known is not None and known[0] is key and known[1] is user:
            return known[2]
        credential = _long_lived(key, user, access_key_id)
        if len(self._known) >= KNOWN_KEYS:
            self._known.clear()
        self._known[access_key_id] = (key, user, credential)
        return credential

    def _session(self, store: Store, access_key_id: str, session_token: str, now: float) -> Credential:
        """Return the credential of a session. Its role or user is read each time, as for a stored key."""
        secret, token = self._open(session_token)
        if token.access_key_id != access_key_id:
            raise UnknownCredential
        if now >= token.subject.facts.expires_at:
            raise ExpiredCredential
        entity = _entity_behind(store, token.subject)
        known = self._sessions.get(session_token)
        if known is not None and known[0] is token and known[1] is entity:
            return known[2]
        fingerprint = f"{access_key_id}/{token.subject.facts.issued_at}"
        credential = Credential(secret, fingerprint, _session_principal(token, entity))
        if len(self._sessions) >= OPENED_SESSIONS:
            self._sessions.clear()
        self._sessions[session_token] = (token, entity, credential)
        return credential


def _long_lived(key: AccessKeyRecord, user: UserRecord | None, access_key_id: str) -> Credential:
    if user is None:
        principal = root_principal(key.account_id, root_arn(key.account_id), access_key_id)
    else:
        principal = user_principal(user, access_key_id)
    return Credential(key.secret_access_key, f"{access_key_id}/{key.created_at}", principal)


def _user(store: Store, account_id: str, user_id: str) -> UserRecord:
    user = store.get(USERS, account_id, user_id)
    if user is None:
        raise UnknownCredential
    return user


def user_principal(user: UserRecord, access_key_id: str = "", session: SessionFacts | None = None) -> Principal:
    """Return an IAM user as a caller."""
    facts = PrincipalFacts(PrincipalType.USER, user.account_id, user.arn, unique_id=user.unique_id)
    return Principal(facts, user.unique_id, access_key_id, user.name, user.path, user.tags, session)


def _entity_behind(store: Store, subject: SessionSubject) -> UserRecord | RoleRecord | None:
    """Return the role or the user that a session acts for; None for a root user. Raises UnknownCredential if it is gone."""
    if subject.type is PrincipalType.ASSUMED_ROLE:
        role = store.get(ROLES, subject.account_id, subject.role_key)
        if role is None or role.unique_id != subject.unique_id:
            raise UnknownCredential
        return role
    of_root = subject.type is PrincipalType.FEDERATED_USER and not subject.unique_id
    if subject.type is PrincipalType.ROOT or of_root:
        return None
    return _user(store, subject.account_id, subject.unique_id)


def _session_principal(token: SessionToken, entity: UserRecord | RoleRecord | None) -> Principal:
    subject = token.subject
    if isinstance(entity, RoleRecord):
        return _assumed_role(token, entity)
    if subject.type is PrincipalType.FEDERATED_USER:
        return _federated_user(token, entity)
    if entity is None:
        facts = PrincipalFacts(PrincipalType.ROOT, subject.account_id, root_arn(subject.account_id))
        return Principal(facts, subject.account_id, token.access_key_id, session=subject.facts)
    return user_principal(entity, token.access_key_id, subject.facts)


def _assumed_role(token: SessionToken, role: RoleRecord) -> Principal:
    subject = token.subject
    return Principal(
        facts=PrincipalFacts(
            PrincipalType.ASSUMED_ROLE,
            role.account_id,
            session_arn(role, subject.facts.name),
            role_arn=role.arn,
            unique_id=role.unique_id,
            federated_provider=subject.facts.federated_provider,
        ),
        user_id=f"{role.unique_id}:{subject.facts.name}",
        access_key_id=token.access_key_id,
        user_name=role.name,
        path=role.path,
        tags=merge_tags(role.tags, subject.tags),
        session=subject.facts,
    )


def session_arn(role: RoleRecord, session_name: str) -> str:
    """Return the ARN of a session of `role`; it leaves the role's path out."""
    return format_arn("sts", "", role.account_id, f"assumed-role/{role.name}/{session_name}")


def federated_user_arn(account_id: str, name: str) -> str:
    """Return the ARN of a session that GetFederationToken makes."""
    return format_arn("sts", "", account_id, f"federated-user/{name}")


def _federated_user(token: SessionToken, user: UserRecord | None) -> Principal:
    subject = token.subject
    name = subject.facts.name
    return Principal(
        facts=PrincipalFacts(PrincipalType.FEDERATED_USER, subject.account_id, federated_user_arn(subject.account_id, name)),
        user_id=f"{subject.account_id}:{name}",
        access_key_id=token.access_key_id,
        user_name=user.name if user else None,
        tags=merge_tags(user.tags if user else {}, subject.tags),
        session=subject.facts,
        issuer_id=subject.unique_id or subject.account_id,
    )


def merge_tags(base: Tags, over: Tags) -> Tags:
    """Return `base` with `over` laid on it. Tag keys of principals differ by more than case; the later one's case stays."""
    overridden = {key.lower() for key in over}
    return {key: value for key, value in base.items() if key.lower() not in overridden} | over

"""A principal by its name, as a caller: for asking what it may do without its credentials."""

from strongroom.core.arn import Arn, parse_arn, root_arn
from strongroom.core.errors import OperatorError
from strongroom.identity.lookup import principal_by_arn, role_named
from strongroom.identity.principal import Principal, SessionFacts, root_principal, service_principal
from strongroom.identity.records import RoleRecord
from strongroom.identity.resolution import session_arn, user_principal
from strongroom.policy.decision import PrincipalFacts, PrincipalType
from strongroom.storage.ports import Store

EXPLAINED_SESSION = "explained"  # names the session of a role that is asked about as such
_SESSION_SECONDS = 3600.0
_SERVICE_SUFFIX = ".amazonaws.com"


def principal_named(store: Store, name: str, account_id: str, now: float) -> Principal:
    """Return the caller that an ARN or a service's name stands for. Raises OperatorError for one that does not exist.

    Args:
        name: the ARN of a user, a role, a role's session or an account's root, or a service such as ec2.amazonaws.com.
        account_id: whom a service acts for.
    """
    if name.endswith(_SERVICE_SUFFIX) and not name.startswith("arn:"):
        return service_principal(name, account_id)
    parts = parse_arn(name)
    found = _of_arn(store, parts, now) if parts else None
    if found is None:
        raise OperatorError(f"there is no principal {name}")
    return found


def _of_arn(store: Store, arn: Arn, now: float) -> Principal | None:
    if str(arn) == root_arn(arn.account_id):
        return root_principal(arn.account_id, str(arn))
    if arn.service == "sts":
        kind, _, rest = arn.resource.partition("/")
        role_name, _, session_name = rest.partition("/")
        role = role_named(store, arn.account_id, role_name) if kind == "assumed-role" and session_name else None
        return session_principal(role, session_name, now) if role else None
    entity = principal_by_arn(store, str(arn))
    if isinstance(entity, RoleRecord):
        return session_principal(entity, EXPLAINED_SESSION, now)
    return user_principal(entity) if entity else None


def session_principal(role: RoleRecord, session_name: str, now: float) -> Principal:
    """Return a session of `role` without session policies and session tags, begun now."""
    facts = PrincipalFacts(
        PrincipalType.ASSUMED_ROLE, role.account_id, session_arn(role, session_name), role_arn=role.arn, unique_id=role.unique_id
    )
    return Principal(
        facts,
        user_id=f"{role.unique_id}:{session_name}",
        user_name=role.name,
        path=role.path,
        tags=role.tags,
        session=SessionFacts(issued_at=now, expires_at=now + _SESSION_SECONDS, name=session_name),
    )

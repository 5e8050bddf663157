"""What a SQL Server database user may do, as statements that give the same to another.

Source: Microsoft SQL documentation, "sys.database_permissions", "GRANT object permissions", "GRANT schema permissions", "DENY".
"""

from typing import Any

from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.statements import rows

DATABASE, OBJECT, SCHEMA = 0, 1, 3  # sys.database_permissions.class
GRANTED, GRANTED_ON, DENIED = "G", "W", "D"  # sys.database_permissions.state
_ROLES = (
    "SELECT r.name FROM sys.database_role_members m JOIN sys.database_principals r ON r.principal_id = m.role_principal_id "
    "JOIN sys.database_principals u ON u.principal_id = m.member_principal_id WHERE u.name = %s"
)
_RIGHTS = (
    "SELECT p.state, p.permission_name, p.class, p.class_desc, OBJECT_SCHEMA_NAME(p.major_id), OBJECT_NAME(p.major_id), "
    "COL_NAME(p.major_id, p.minor_id), SCHEMA_NAME(p.major_id) "
    "FROM sys.database_permissions p JOIN sys.database_principals u ON u.principal_id = p.grantee_principal_id WHERE u.name = %s"
)


def bracketed(text: str) -> str:
    """Return a delimited identifier."""
    return "[" + text.replace("]", "]]") + "]"


def rights_of(connection: Any, owner: str, user: str) -> list[str]:
    """Return the statements that give `user`, a quoted name, the roles and rights of `owner`. Raises RotationError for rare rights."""
    roles = [f"ALTER ROLE {bracketed(role)} ADD MEMBER {user}" for (role,) in rows(connection, _ROLES, (owner,))]
    return roles + [statement for right in rows(connection, _RIGHTS, (owner,)) if (statement := _statement(right, user))]


def _statement(right: tuple[Any, ...], user: str) -> str | None:
    """Return the statement for one row of _RIGHTS; None for the right to connect, which every new user has."""
    state, permission, kind, description, schema, item, column, own_schema = right
    state = state.strip()
    if (permission, kind, state) == ("CONNECT", DATABASE, GRANTED):
        return None
    if kind == DATABASE:
        where = ""
    elif kind == OBJECT and schema and item:
        where = f" ON OBJECT::{bracketed(schema)}.{bracketed(item)}" + (f" ({bracketed(column)})" if column else "")
    elif kind == SCHEMA and own_schema:
        where = f" ON SCHEMA::{bracketed(own_schema)}"
    else:
        raise RotationError(f"the user has the right {permission} on a {description}: make its second user by hand")
    if state not in {GRANTED, GRANTED_ON, DENIED}:
        return None
    verb = "DENY" if state == DENIED else "GRANT"
    return f"{verb} {permission}{where} TO {user}" + (" WITH GRANT OPTION" if state == GRANTED_ON else "")

"""What a Db2 user may do in a database, as statements that give the same to another.

Source: Db2 documentation, catalog views SYSCAT.DBAUTH, ROLEAUTH, SCHEMAAUTH, TABAUTH, SEQUENCEAUTH and ROUTINEAUTH, table function
AUTH_LIST_GROUPS_FOR_AUTHID, and the GRANT statements of each.
"""

from typing import Any

from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.statements import delimited, rows

CONNECTS = "SELECT 1 FROM SYSCAT.DBAUTH WHERE GRANTEE = ? AND GRANTEETYPE = 'U' AND CONNECTAUTH = 'Y'"
HELD, HELD_ON = "Y", "G"  # a right, and one that may be granted on
_ADMINISTRATION = ("DBADMAUTH", "SECURITYADMAUTH", "ACCESSCTRLAUTH", "DATAACCESSAUTH")
_DATABASE = {
    "BINDADDAUTH": "BINDADD",
    "CREATETABAUTH": "CREATETAB",
    "EXTERNALROUTINEAUTH": "CREATE_EXTERNAL_ROUTINE",
    "NOFENCEAUTH": "CREATE_NOT_FENCED_ROUTINE",
    "IMPLSCHEMAAUTH": "IMPLICIT_SCHEMA",
    "LOADAUTH": "LOAD",
    "QUIESCECONNECTAUTH": "QUIESCE_CONNECT",
    "EXPLAINAUTH": "EXPLAIN",
}
_SCHEMA = {"ALTERINAUTH": "ALTERIN", "CREATEINAUTH": "CREATEIN", "DROPINAUTH": "DROPIN"}
_TABLE = {
    "CONTROLAUTH": "CONTROL",
    "ALTERAUTH": "ALTER",
    "DELETEAUTH": "DELETE",
    "INDEXAUTH": "INDEX",
    "INSERTAUTH": "INSERT",
    "REFAUTH": "REFERENCES",
    "SELECTAUTH": "SELECT",
    "UPDATEAUTH": "UPDATE",
}
_SEQUENCE = {"ALTERAUTH": "ALTER", "USAGEAUTH": "USAGE"}
_ROUTINES = {"F": "FUNCTION", "P": "PROCEDURE"}


def groups_of(connection: Any, owner: str) -> list[str]:
    """Return the operating system's groups of a user."""
    statement = 'SELECT T."GROUP" FROM TABLE(SYSPROC.AUTH_LIST_GROUPS_FOR_AUTHID(?)) AS T'
    return [group.strip() for (group,) in rows(connection, statement, (owner,))]


def rights_of(connection: Any, owner: str, name: str) -> list[str]:
    """Return the statements that give `name` what `owner` may do, the right to connect last. Raises RotationError for administrators."""
    user = delimited(name)
    return [
        *_database_rights(connection, owner, user),
        *(
            f"GRANT ROLE {_name(role)} TO USER {user}{' WITH ADMIN OPTION' if admin == HELD else ''}"
            for role, admin in _of(connection, "ROLEAUTH", ("ROLENAME", "ADMIN"), owner)
        ),
        *_object_rights(connection, owner, user, "SCHEMAAUTH", "SCHEMA", ("SCHEMANAME",), _SCHEMA),
        *_object_rights(connection, owner, user, "TABAUTH", "TABLE", ("TABSCHEMA", "TABNAME"), _TABLE),
        *_object_rights(connection, owner, user, "SEQUENCEAUTH", "SEQUENCE", ("SEQSCHEMA", "SEQNAME"), _SEQUENCE),
        *_routine_rights(connection, owner, user),
        f"GRANT CONNECT ON DATABASE TO USER {user}",
    ]


def _database_rights(connection: Any, owner: str, user: str) -> list[str]:
    columns = (*_ADMINISTRATION, *_DATABASE)
    found = _of(connection, "DBAUTH", columns, owner)
    held = {column for row in found for column, value in zip(columns, row, strict=True) if value == HELD}
    if held & set(_ADMINISTRATION):
        raise RotationError(f"{owner} administers the database: make its second user by hand")
    return [f"GRANT {right} ON DATABASE TO USER {user}" for column, right in _DATABASE.items() if column in held]


def _object_rights(
    connection: Any, owner: str, user: str, view: str, kind: str, names: tuple[str, ...], rights: dict[str, str]
) -> list[str]:
    """Return the grants of one catalog view: `names` are the columns that name the object, `rights` says what each other column means."""
    count = len(names)
    return [
        f"GRANT {right} ON {kind} {'.'.join(map(_name, row[:count]))} TO USER {user}{_option(value)}"
        for row in _of(connection, view, (*names, *rights), owner)
        for right, value in zip(rights.values(), row[count:], strict=True)
        if value in {HELD, HELD_ON}
    ]


def _routine_rights(connection: Any, owner: str, user: str) -> list[str]:
    """Return the grants on routines, without those on a schema's every routine."""
    return [
        f"GRANT EXECUTE ON SPECIFIC {_ROUTINES[kind]} {_name(schema)}.{_name(specific)} TO USER {user}{_option(value)}"
        for schema, specific, kind, value in _of(connection, "ROUTINEAUTH", ("SCHEMA", "SPECIFICNAME", "ROUTINETYPE", "EXECUTEAUTH"), owner)
        if specific and kind in _ROUTINES and value in {HELD, HELD_ON}
    ]


def _of(connection: Any, view: str, columns: tuple[str, ...], owner: str) -> list[tuple[Any, ...]]:
    """Return what a catalog view says of a user."""
    statement = f"SELECT {', '.join(columns)} FROM SYSCAT.{view} WHERE GRANTEE = ? AND GRANTEETYPE = 'U'"  # noqa: S608 - names of ours
    return rows(connection, statement, (owner,))


def _option(value: str) -> str:
    return " WITH GRANT OPTION" if value == HELD_ON else ""


def _name(text: str) -> str:
    """Return a delimited identifier; some columns of the catalog are padded."""
    return delimited(text.rstrip())

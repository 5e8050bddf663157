"""The two strategies of rotating a database user: one user whose password changes, and two users that take turns.

Every step may be repeated: after a crash the engine begins anew with the first one.

Source: Secrets Manager User Guide, "Lambda function rotation strategies", "Four steps in a rotation function".
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from strongroom.functions.templates.authorities import MEMBER as AUTHORITIES
from strongroom.functions.templates.engines import Engine, Fields, LoginRefused
from strongroom.functions.templates.secret import CURRENT, PENDING, PREVIOUS, Rotation, RotationError

CLONE = "_clone"
Handler = Callable[[dict[str, Any], Any], None]
Step = Callable[[Engine, Rotation], None]


def single_user_handler(engine: Engine) -> Handler:
    """Return the rotation function that changes the password of the user in the secret."""
    return _handler(engine, _create_single, _set_single)


def alternating_users_handler(engine: Engine) -> Handler:
    """Return the rotation function that sets up the other of two users with the superuser in `masterarn`."""
    return _handler(engine, _create_alternate, _set_alternate)


def _handler(engine: Engine, create: Step, set_up: Step) -> Handler:
    steps: dict[str, Step] = {"createSecret": create, "setSecret": set_up, "testSecret": _test, "finishSecret": _finish}

    def rotate(event: dict[str, Any], _context: Any) -> None:
        rotation = Rotation(event)
        step = steps.get(event["Step"])
        if step is None:
            raise RotationError(f"there is no step {event['Step']}")
        if not rotation.is_done():
            step(engine, rotation)

    return rotate


def _create_single(engine: Engine, rotation: Rotation) -> None:
    current = rotation.current()
    engine.ensure_fields(current)
    if rotation.value(PENDING) is None:
        _store(engine, rotation, current, current["username"])


def _create_alternate(engine: Engine, rotation: Rotation) -> None:
    current = rotation.current()
    engine.ensure_fields(current)
    if rotation.value(PENDING) is None:
        _store(engine, rotation, current, _other(engine, current["username"]))


def _store(engine: Engine, rotation: Rotation, current: Fields, username: str) -> None:
    excluded = engine.excluded + str(current.get("excludeCharacters", ""))
    rotation.store(json.dumps({**current, "username": username, "password": rotation.new_password(excluded)}))


def _other(engine: Engine, username: str) -> str:
    name = username.removesuffix(CLONE) if username.endswith(CLONE) else username + CLONE
    if len(name) > engine.longest_name:
        raise RotationError(f"the user name {name} is longer than {engine.longest_name} characters")
    return name


def _set_single(engine: Engine, rotation: Rotation) -> None:
    pending, current, previous = rotation.pending(), rotation.current(), rotation.value(PREVIOUS)
    engine.ensure_fields(pending)
    if engine.accepts(pending):
        return
    if (pending["username"], pending["host"]) != (current.get("username"), current.get("host")):
        raise RotationError("the new version names another user or host than the current one")
    known = [current]
    if previous and (previous.get("username"), previous.get("host")) == (pending["username"], pending["host"]):
        known.append(previous)
    old = next((fields for fields in known if engine.accepts(fields)), None)
    if old is None:
        raise RotationError(f"can't log in as {pending['username']} with the pending, current or previous password")
    if engine.superuser_sets and current.get("masterarn"):
        with _superuser_connection(engine, rotation, current) as connection:
            engine.set_password(connection, pending, old)
    else:
        with engine.connection(old) as connection:
            engine.set_password(connection, pending, old)


def _set_alternate(engine: Engine, rotation: Rotation) -> None:
    pending, current = rotation.pending(), rotation.current()
    engine.ensure_fields(pending)
    if engine.accepts(pending):
        return
    if pending["username"] != _other(engine, current["username"]) or pending["host"] != current["host"]:
        raise RotationError("the new version names neither the other user nor the same host")
    if not engine.accepts(current):
        raise RotationError(f"can't log in as {current['username']} with the current password")
    with _superuser_connection(engine, rotation, current) as connection:
        if engine.has_user(connection, pending):
            engine.set_password(connection, pending)
        else:
            engine.clone_user(connection, current, pending)


@contextmanager
def _superuser_connection(engine: Engine, rotation: Rotation, current: Fields) -> Iterator[Any]:
    superuser = _superuser(engine, rotation, current)
    try:
        with engine.connection(superuser) as connection:
            yield connection
    except LoginRefused as error:
        raise RotationError(f"can't log in as the superuser: {error}") from error


def _superuser(engine: Engine, rotation: Rotation, current: Fields) -> Fields:
    arn = current.get("masterarn")
    if not isinstance(arn, str):
        raise RotationError("the secret has no masterarn")
    superuser = {**rotation.superuser(arn)}
    if superuser.get("host") != current["host"] or engine.port_of(superuser) != engine.port_of(current):
        raise RotationError("the superuser's secret is for another host or port")
    for name in ("ssl", AUTHORITIES, "dbname"):
        if name in current and (name not in superuser or (name == "dbname" and engine.rights_in_database)):
            superuser[name] = current[name]
    return superuser


def _test(engine: Engine, rotation: Rotation) -> None:
    pending = rotation.pending()
    try:
        with engine.connection(pending) as connection:
            engine.check(connection)
    except LoginRefused as error:
        raise RotationError(f"can't log in as {pending.get('username')} with the new password: {error}") from error


def _finish(_engine: Engine, rotation: Rotation) -> None:
    if rotation.value(CURRENT) is None:
        raise RotationError("the secret has no current value")
    rotation.finish()

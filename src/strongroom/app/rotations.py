"""Reading rotations and function logs beside a running server, for `strongroom rotation status` and `strongroom functions logs`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from strongroom.app.backends import open_database, open_ring
from strongroom.app.layout import DataDirectory
from strongroom.app.operating import first_account
from strongroom.config import Settings
from strongroom.functions.logs import newest_logs
from strongroom.functions.records import LogRecord
from strongroom.secretsmanager.records import RotationRecord, SecretRecord
from strongroom.secretsmanager.tables import SECRETS
from strongroom.storage.ports import Store

PAGE = 500


@dataclass(frozen=True, slots=True)
class RotationStatus:
    """How one secret rotates, as the operator sees it. Times are in seconds since the epoch."""

    name: str
    arn: str
    state: str
    function: str
    rotated: float | None
    next_rotation: float | None
    retry: float | None
    error: str | None
    error_at: float | None


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """Open an installation's records for reading. Raises OperatorError."""
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    try:
        yield database.begin(inline=False)
    finally:
        database.close()


def rotations(store: Store, settings: Settings, name: str | None) -> Iterator[RotationStatus]:
    """Yield the rotation of every secret of the account and Region that has one, or of the one secret that is named."""
    place = (first_account(settings), settings.region)
    if name is not None:
        secret = store.get(SECRETS, *place, name)
        if secret is not None and secret.rotation is not None:
            yield _status(secret, secret.rotation)
        return
    after = None
    while page := store.scan(SECRETS, *place, after=after, limit=PAGE):
        yield from (_status(secret, secret.rotation) for secret in page if secret.rotation is not None)
        after = SECRETS.position_of(page[-1])


def logs(store: Store, settings: Settings, name: str, count: int) -> list[LogRecord]:
    """Return what the last invocations of a function printed, oldest first."""
    return newest_logs(store, first_account(settings), settings.region, name, count)


def _status(secret: SecretRecord, rotation: RotationRecord) -> RotationStatus:
    run, failure = rotation.run, rotation.failure
    state = "off" if not rotation.enabled else "waiting" if run is None else "rotating" if not failure else "failed, is tried again"
    return RotationStatus(
        name=secret.name,
        arn=secret.arn,
        state=state,
        function=rotation.lambda_arn or "",
        rotated=rotation.rotated,
        next_rotation=rotation.next_rotation if rotation.enabled else None,
        retry=secret.rotation_due_ms / 1000 if run is not None and secret.rotation_due_ms is not None else None,
        error=f"{failure.step}: {failure.reason}" if failure else None,
        error_at=failure.at if failure else None,
    )

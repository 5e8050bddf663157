"""Publishing public parameters, for `strongroom params publish`."""

from pathlib import Path

from strongroom.app.backends import open_database, open_ring
from strongroom.app.clocks import SystemClock
from strongroom.app.layout import DataDirectory
from strongroom.config import Settings
from strongroom.core.errors import OperatorError, ValidationFailed
from strongroom.ssm.public_parameters import Document, publish, read_document

BATCH = 500


def publish_file(settings: Settings, path: Path) -> int:
    """Publish what the file holds, beside a running server or without one, and return how many parameters changed. Raises OperatorError."""
    document = _document(path)
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    database = open_database(settings, layout, open_ring(settings, layout), None)
    database.open()
    try:
        changed = 0
        for part in _parts(document):
            unit = database.begin(inline=False)
            changed += publish(unit, part, SystemClock().now())
            if unit.has_writes():
                database.commit(unit).result()
        return changed
    finally:
        database.close()


def _document(path: Path) -> Document:
    try:
        return read_document(path.read_bytes())
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror}") from error
    except (ValueError, ValidationFailed) as error:
        raise OperatorError(f"{path}: {error}") from error


def _parts(document: Document) -> list[Document]:
    """Cut the document into parts that are committed together."""
    return [
        {region: parameters[start : start + BATCH]} for region, parameters in document.items() for start in range(0, len(parameters), BATCH)
    ]

"""Deployment packages: what a zip file may hold, checked before it is kept.

Source: Lambda Developer Guide, "Working with .zip file archives for Python Lambda functions".
"""

import io
import re
import zipfile

from strongroom.functions.errors import InvalidParameterValue
from strongroom.functions.rules.limits import MOST_UNZIPPED_BYTES, MOST_ZIP_BYTES, MOST_ZIP_ENTRIES

HANDLER = re.compile(r"[A-Za-z_][\w/-]*(?:\.[A-Za-z_][\w-]*)*\.[A-Za-z_]\w*", re.ASCII)
UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."
_LINK = 0o120000
_ENTRY = b"PK\x01\x02"  # begins each entry of the central directory; zip files within count too


def ensure_package(data: bytes) -> None:
    """Return if the zip can be unpacked without leaving its directory and within Lambda's sizes. Raises InvalidParameterValue."""
    if len(data) > MOST_ZIP_BYTES:
        raise InvalidParameterValue(f"Zip files can't have more than {MOST_ZIP_BYTES} bytes on this server")
    if data.count(_ENTRY) > MOST_ZIP_ENTRIES:  # before the entries are read: half a million of them fit, and take seconds and 300 MB
        raise InvalidParameterValue(f"Zip files can't have more than {MOST_ZIP_ENTRIES} entries on this server")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise InvalidParameterValue(UNREADABLE) from error
    if not entries:
        raise InvalidParameterValue("Uploaded file must be a non-empty zip")
    if sum(entry.file_size for entry in entries) > MOST_UNZIPPED_BYTES:
        raise InvalidParameterValue(f"Unzipped size must be smaller than {MOST_UNZIPPED_BYTES} bytes")
    for entry in entries:
        if not _is_plain(entry):
            raise InvalidParameterValue(UNREADABLE)


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a file or directory below its root, unencrypted."""
    parts = entry.filename.replace("\\", "/").split("/")
    mode = entry.external_attr >> 16
    return not (entry.filename.startswith(("/", "\\")) or ".." in parts or entry.flag_bits & 1 or mode & 0o170000 == _LINK)


def ensure_handler(handler: str) -> None:
    """Return if `handler` is `module.function`. Raises InvalidParameterValue."""
    if not HANDLER.fullmatch(handler):
        raise InvalidParameterValue(f"Handler '{handler}' is not MODULE.FUNCTION")

"""Whom to trust for a database's certificate: the system's authorities, or those in the secret's `sslrootcert`."""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from strongroom.functions.templates.secret import RotationError

MEMBER = "sslrootcert"
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@contextmanager
def authorities_file(fields: dict[str, Any]) -> Iterator[str]:
    """Give the path of a PEM file of the authorities to trust. Drivers that bring an OpenSSL of their own don't find the system's."""
    text = fields.get(MEMBER)
    if not text:
        yield _system_bundle()
        return
    with tempfile.NamedTemporaryFile("w", encoding="ascii", errors="replace", suffix=".pem") as file:
        file.write(str(text))
        file.flush()
        yield file.name


def tls_context(authorities: str | None) -> ssl.SSLContext:
    """Return the context for drivers on Python's own ssl: see Engine.open."""
    try:
        context = ssl.create_default_context(cafile=authorities)
    except ssl.SSLError as error:
        raise RotationError(f"the secret's {MEMBER} holds no certificates in PEM") from error
    if authorities is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _system_bundle() -> str:
    found = next((path for path in (ssl.get_default_verify_paths().cafile, *_BUNDLES) if path and Path(path).is_file()), None)
    if found is None:
        raise RotationError(f"the system has no bundle of certificate authorities; give them in the secret's {MEMBER}")
    return found

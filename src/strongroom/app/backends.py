"""Chooses the seal and the storage engine that the settings name."""

from collections.abc import Callable

from strongroom.app.layout import DataDirectory
from strongroom.app.services import TABLES
from strongroom.config import Settings, split_proxies
from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.key_file import KeyFileSeal, create_key_file
from strongroom.crypto.passphrase import PassphraseSeal, create_passphrase_file
from strongroom.crypto.records import RecordSealer
from strongroom.crypto.seals import Seal
from strongroom.crypto.web_identity import ISSUER_TIMEOUT_SECONDS, WebIdentityVerifier
from strongroom.crypto.xks.client import XksClient
from strongroom.crypto.xks.transport import Transport
from strongroom.storage.ports import JournalChain, KeyStore
from strongroom.storage.postgresql.database import PostgresqlDatabase
from strongroom.storage.postgresql.keys import PostgresqlKeyStore
from strongroom.storage.sqlite.database import SqliteDatabase
from strongroom.storage.sqlite.keys import SqliteKeyStore

Backend = SqliteDatabase | PostgresqlDatabase


def _passphrase(settings: Settings) -> SecretBytes:
    if settings.passphrase_file is None:
        raise OperatorError("the passphrase seal needs a file that holds the passphrase: set --passphrase-file")
    try:
        return SecretBytes(settings.passphrase_file.read_bytes().rstrip(b"\r\n"))
    except OSError as error:
        raise OperatorError(f"{settings.passphrase_file}: {error.strerror}") from error


def create_root_key(settings: Settings, layout: DataDirectory) -> None:
    """Make the root key, or the passphrase seal's parameters. Raises OperatorError if it exists already."""
    if settings.seal == "passphrase":
        create_passphrase_file(layout.root_key)
    else:
        create_key_file(layout.root_key)


def open_seal(settings: Settings, layout: DataDirectory) -> Seal:
    """Return the seal over the root key. Raises OperatorError."""
    if settings.seal == "passphrase":
        return PassphraseSeal(layout.root_key, _passphrase(settings))
    return KeyFileSeal(layout.root_key)


def open_key_store(settings: Settings, layout: DataDirectory) -> KeyStore:
    """Return where the wrapped domain keys live."""
    if settings.database_url:
        return PostgresqlKeyStore(settings.database_url)
    return SqliteKeyStore(layout.database)


def open_ring(settings: Settings, layout: DataDirectory) -> DomainKeyRing:
    """Return the domain keys, unwrapped. Raises OperatorError."""
    return DomainKeyRing(open_key_store(settings, layout), open_seal(settings, layout))


def external_key_stores(settings: Settings, now: Callable[[], float]) -> XksClient | None:
    """Return what reaches the external key store proxies that the operator allows, or None if there are none."""
    hosts = split_proxies(settings.xks_proxies)
    return XksClient(Transport(hosts, settings.xks_ca_file), now) if hosts else None


def identity_providers(settings: Settings) -> WebIdentityVerifier:
    """Return what verifies tokens of the OpenID Connect issuers that the operator allows."""
    hosts = split_proxies(settings.oidc_issuers)
    return WebIdentityVerifier(Transport(hosts, settings.oidc_ca_file, ISSUER_TIMEOUT_SECONDS))


def open_database(settings: Settings, layout: DataDirectory, ring: DomainKeyRing, chain: JournalChain | None) -> Backend:
    """Return the storage engine, not yet open. Raises OperatorError if the embedded database is missing."""
    sealer = RecordSealer(ring)
    if settings.database_url:
        return PostgresqlDatabase(settings.database_url, TABLES, sealer, chain, cache_bytes=settings.cache_bytes)
    if not layout.database.exists():  # never made anew here: an empty database would hide that all is gone
        raise OperatorError(f"{layout.database} is missing; restore it from its backup")
    return SqliteDatabase(layout.database, TABLES, sealer, chain, cache_bytes=settings.cache_bytes)

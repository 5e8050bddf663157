"""Deployment packages as requests bring them, and where they are kept."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strongroom.functions.errors import InvalidParameterValue
from strongroom.functions.records import CodeRecord, FunctionRecord
from strongroom.functions.rules.code import ensure_package
from strongroom.functions.tables import CODE
from strongroom.storage.ports import Store


@dataclass(frozen=True, slots=True)
class Package:
    """A checked zip file and its base64 SHA-256, as AWS shows it."""

    data: bytes
    sha256: str


def package_in(members: Mapping[str, Any]) -> Package:
    """Return the package that CreateFunction's Code, or UpdateFunctionCode, brings. Raises InvalidParameterValue."""
    data = members.get("ZipFile")
    if not isinstance(data, bytes) or not data:
        raise InvalidParameterValue("Please provide the code as ZipFile: this server reads neither S3 nor container images.")
    ensure_package(data)
    return Package(data, base64.b64encode(hashlib.sha256(data).digest()).decode())


def store_code(store: Store, function: FunctionRecord, package: Package) -> None:
    """Keep the package of `function`, which names it by its hash."""
    place = (function.account_id, function.region, function.name)
    if store.get(CODE, *place, package.sha256) is None:
        store.insert(
            CODE,
            CodeRecord(
                account_id=function.account_id,
                region=function.region,
                name=function.name,
                code_sha256=package.sha256,
                data=package.data,
            ),
        )

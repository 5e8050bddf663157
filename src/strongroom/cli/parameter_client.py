"""A client of Parameter Store, of this server or of any other, for `strongroom params`.

Endpoint, Region and credentials come from where every AWS tool takes them. This is the one module outside the edge that
uses botocore: the command is a client here, and no worker ever imports it.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from strongroom.cli.parameter_records import ADVANCED, Parameter, relative_name

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import ParameterMetadataTypeDef

CONNECTIONS = 8
_CONFIG = Config(max_pool_connections=CONNECTIONS, user_agent_extra="strongroom")


class RequestFailed(Exception):
    """A server can't be reached, or refused a request; the text says which and why, and holds no value."""


class ParameterClient:
    """One server's parameters, as one caller sees them. Thread-safe; used in a `with`, which closes its connections."""

    def __init__(self, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None) -> None:
        """Raises RequestFailed if the AWS configuration lacks what is needed."""
        session = Session(profile=profile)
        try:
            # a profile that is named here counts more than the environment, which describes another server perhaps
            named = session.get_scoped_config() if profile else {}
            self._client: Any = session.create_client(
                "ssm",
                region_name=region or named.get("region"),
                endpoint_url=endpoint_url or named.get("endpoint_url"),
                config=_CONFIG,
            )
        except (BotoCoreError, ValueError) as error:
            raise RequestFailed(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def describe(self, path: str) -> list[Parameter]:
        """Return what lies below `path`, with empty values, in the order of names."""
        filters = [{"Key": "Path", "Option": "Recursive", "Values": [path]}]
        return [_described(path, found) for found in self._pages("describe_parameters", ParameterFilters=filters)]

    def values(self, path: str, *, decrypt: bool) -> Iterator[tuple[str, str]]:
        """Yield (relative name, value) of what lies below `path`; a SecureString that is not decrypted as its ciphertext."""
        for found in self._pages("get_parameters_by_path", Path=path, Recursive=True, WithDecryption=decrypt):
            yield relative_name(path, found["Name"]), found["Value"]

    def put(self, name: str, parameter: Parameter, key_id: str | None, *, overwrite: bool) -> None:
        """Create a parameter, or write its next version; then its type stays as it is."""
        request = {
            "Name": name,
            "Value": parameter.value,
            "Type": None if overwrite else parameter.type,
            "DataType": parameter.data_type,
            "Tier": parameter.tier,
            "Description": parameter.description,
            "AllowedPattern": parameter.allowed_pattern,
            "KeyId": key_id if parameter.is_secure else None,
            "Overwrite": overwrite,
        }
        given = {member: value for member, value in request.items() if value is not None}
        _asked(f"PutParameter {name}", lambda: self._client.put_parameter(**given))

    def _pages(self, operation: str, **request: Any) -> Iterator[Any]:
        pages = iter(self._client.get_paginator(operation).paginate(**request))
        while (page := _asked(operation, lambda: next(pages, None))) is not None:
            yield from page["Parameters"]


def _asked(what: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ClientError as error:
        answer = error.response["Error"]
        raise RequestFailed(f"{what}: {answer['Code']}: {answer['Message']}") from error
    except BotoCoreError as error:
        raise RequestFailed(f"{what}: {error}") from error


def _described(path: str, found: "ParameterMetadataTypeDef") -> Parameter:
    return Parameter(
        name=relative_name(path, found["Name"]),
        value="",
        type=found["Type"],
        data_type=found.get("DataType"),
        tier=ADVANCED if found.get("Tier") == ADVANCED else None,
        description=found.get("Description"),
        allowed_pattern=found.get("AllowedPattern"),
    )

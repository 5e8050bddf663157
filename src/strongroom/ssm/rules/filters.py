"""Filters of DescribeParameters and GetParametersByPath: the matrix of keys and options, and matching. Pure.

Source: Systems Manager API Reference, `ParameterStringFilter` and `ParametersFilter`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from strongroom.core.errors import ValidationFailed
from strongroom.ssm.errors import InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
from strongroom.ssm.records import ParameterRecord, PublicParameterRecord
from strongroom.ssm.rules.names import BAD_PATH, is_public, normalised, path_of
from strongroom.ssm.rules.tiers import TIERS

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import ParametersFilterTypeDef, ParameterStringFilterTypeDef

Record = ParameterRecord | PublicParameterRecord
TAG = "tag:"
TYPES = ("String", "StringList", "SecureString")

DESCRIBE_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Path": ("Recursive", "OneLevel"),
    "Name": ("BeginsWith", "Contains", "Equals"),
    "Type": ("BeginsWith", "Equals"),
    "KeyId": ("BeginsWith", "Equals"),
    "Tier": ("Equals",),
    "DataType": ("Equals",),
    TAG: ("Equals",),
}
BY_PATH_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Type": ("BeginsWith", "Equals"),
    "KeyId": ("BeginsWith", "Equals"),
    "Label": ("Equals",),
}
DESCRIBE_KEYS = "[Path, Name, Type, KeyId, Tier]"  # as AWS lists them: DataType, tag: and Label work all the same where they work
BY_PATH_KEYS = "[Type, KeyId]"
_CLOSED_VALUES = {"Type": TYPES, "Tier": TIERS}

BAD_KEY = "The following filter key is not valid: {}. Valid filter keys include: {}."
DUPLICATE_KEY = "The following filter is duplicated in the request: {}. A request can contain only one occurrence of a specific filter."
BAD_OPTION = "The following filter option is not valid: {}. Valid options include: [{}]."
BAD_VALUE = "The following filter value is not valid: {}. Valid values include: [{}]."
NO_VALUES = "The following filter values are missing : null for filter key {}."
BAD_KEY_PATTERN = (
    '1 validation error detected: Value "{}" at "parameterFilters.{}.member.key" failed to satisfy constraint: Member must satisfy'
    " regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier"
)
RESERVED_PATH = (
    'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please'
    " specify within a global namespace."
)
BOTH_KINDS = "You can use either Filters or ParameterFilters in a single request."


class Filter(NamedTuple):
    """A checked filter: values inside one are alternatives; several filters must all match."""

    key: str
    option: str
    values: tuple[str, ...]


def _is_known_key(key: str) -> bool:
    return key != TAG if key.startswith(TAG) else key in DESCRIBE_OPTIONS or key == "Label"


def describe_filters(filters: Sequence["ParameterStringFilterTypeDef"]) -> tuple[Filter, ...]:
    """Return the filters of DescribeParameters. Raises the errors of the matrix."""
    return _checked(filters, DESCRIBE_OPTIONS, DESCRIBE_KEYS)


def by_path_filters(filters: Sequence["ParameterStringFilterTypeDef"]) -> tuple[Filter, ...]:
    """Return the filters of GetParametersByPath. Raises the errors of the matrix."""
    return _checked(filters, BY_PATH_OPTIONS, BY_PATH_KEYS)


def _checked(filters: Sequence["ParameterStringFilterTypeDef"], options: Mapping[str, tuple[str, ...]], known: str) -> tuple[Filter, ...]:
    for position, given in enumerate(filters, 1):
        if not _is_known_key(given["Key"]):
            raise ValidationFailed(BAD_KEY_PATTERN.format(given["Key"], position))
    checked: list[Filter] = []
    for given in filters:
        key = given["Key"]
        allowed = options.get(TAG if key.startswith(TAG) else key)
        if allowed is None:
            raise InvalidFilterKey(BAD_KEY.format(key, known))
        if any(key == other.key for other in checked):
            raise InvalidFilterKey(DUPLICATE_KEY.format(key))
        checked.append(_checked_one(key, given, allowed))
    return tuple(checked)


def _checked_one(key: str, given: "ParameterStringFilterTypeDef", allowed: tuple[str, ...]) -> Filter:
    option = given.get("Option", "OneLevel" if key == "Path" else "Equals")
    values = tuple(given.get("Values", ()))
    if not values and not key.startswith(TAG):
        raise InvalidFilterValue(NO_VALUES.format(key))
    if option not in allowed:
        raise InvalidFilterOption(BAD_OPTION.format(option, ", ".join(allowed)))
    if key == "Path":
        return Filter(key, option, tuple(_checked_path(value) for value in values))
    known = _CLOSED_VALUES.get(key)
    for value in values:
        if known and value not in known:
            raise InvalidFilterOption(BAD_VALUE.format(value, ", ".join(known)))
    return Filter(key, option, values)


def _checked_path(value: str) -> str:
    """Return the path with a slash at both ends."""
    if not value.startswith("/"):
        raise ValidationFailed(BAD_PATH)
    if value.lower().startswith(("/aws", "/ssm")) and not is_public(value.removesuffix("/")):
        raise ValidationFailed(RESERVED_PATH)
    return path_of(value)


def plain_filters(filters: Sequence["ParametersFilterTypeDef"]) -> tuple[Filter, ...]:
    """Return the deprecated Filters as the filters that they stand for."""
    return tuple(Filter(given["Key"], "BeginsWith" if given["Key"] == "Name" else "Equals", tuple(given["Values"])) for given in filters)


def matches(filters: Sequence[Filter], record: Record) -> bool:
    """Return whether `record` passes every filter. Label filters choose a version and are not judged here."""
    return all(_passes(wanted, record) for wanted in filters if wanted.key != "Label")


def _passes(wanted: Filter, record: Record) -> bool:
    if wanted.key.startswith(TAG):
        value = record.tags.get(wanted.key[len(TAG) :]) if isinstance(record, ParameterRecord) else None
        return value is not None and (not wanted.values or value in wanted.values)
    what = _FIELDS[wanted.key](record)
    if what is None:
        return False
    test = _TESTS[wanted.option]
    if wanted.key == "Name" and wanted.option != "Contains":
        return any(test(what, normalised(value)) for value in wanted.values)
    return any(test(what, value) for value in wanted.values)


_FIELDS: Mapping[str, Callable[[Record], str | None]] = {
    "Name": lambda record: record.name,
    "Path": lambda record: record.parent,
    "Type": lambda record: record.current.type,
    "KeyId": lambda record: record.current.key_id,
    "Tier": lambda record: record.current.tier,
    "DataType": lambda record: record.current.data_type,
}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "OneLevel": str.__eq__,
    "BeginsWith": str.startswith,
    "Recursive": str.startswith,
    "Contains": str.__contains__,
}

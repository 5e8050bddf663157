"""Filters of ListSecrets and BatchGetSecretValue.

All filters must match (AND), one of a filter's values is enough (OR), and a leading `!` negates a value.
Source: Secrets Manager User Guide, "Find secrets in AWS Secrets Manager"; word splitting as recorded from AWS.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAK = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Searchable:
    """What the filters look at."""

    name: str
    description: str = ""
    tags: Mapping[str, str] | None = None
    primary_region: str | None = None
    owning_service: str | None = None


def words(text: str) -> list[str]:
    """Return the words of `text` in lower case: broken at everything that is no letter or digit, and before camelCase humps."""
    return [word.lower() for word in _BREAK.split(_HUMP.sub(" ", text)) if word]


def matches(filters: Iterable[Mapping[str, Any]], secret: Searchable) -> bool:
    """Return whether every filter (AWS's Key and Values) lets `secret` through."""
    return all(_filter_matches(_FILTERS[each.get("Key", "all")], each.get("Values", ()), secret) for each in filters)


def _filter_matches(test: Callable[[Searchable, str], bool], values: Sequence[str], secret: Searchable) -> bool:
    return any(test(secret, value.removeprefix("!")) != value.startswith("!") for value in values)


def _prefix(texts: Callable[[Searchable], Iterable[str | None]]) -> Callable[[Searchable, str], bool]:
    return lambda secret, value: any(text is not None and text.startswith(value) for text in texts(secret))


def _words_found(text: str, value: str) -> bool:
    found = words(text)
    return all(any(word.startswith(wanted) for word in found) for wanted in words(value))


def _anywhere(secret: Searchable, value: str) -> bool:
    texts = [secret.name, secret.description, secret.primary_region or ""]
    texts += [text for pair in (secret.tags or {}).items() for text in pair]
    return _words_found(" ".join(texts), value)


_FILTERS: dict[str, Callable[[Searchable, str], bool]] = {
    "name": _prefix(lambda secret: (secret.name,)),
    "tag-key": _prefix(lambda secret: (secret.tags or {}).keys()),
    "tag-value": _prefix(lambda secret: (secret.tags or {}).values()),
    "primary-region": _prefix(lambda secret: (secret.primary_region,)),
    "owning-service": _prefix(lambda secret: (secret.owning_service,)),
    "description": lambda secret, value: _words_found(secret.description, value),
    "all": _anywhere,
}

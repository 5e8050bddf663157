"""Parameter names: which are well formed, which are reserved, and how they are referred to. Pure.

`x` and `/x` name one parameter. Everything inside works on the normalised name, which begins with a slash.

Source: PutParameter API Reference; Systems Manager User Guide, "About requirements and constraints for parameter names".
"""

import re
from functools import lru_cache
from typing import NamedTuple

from strongroom.core.arn import parse_arn
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.ssm.errors import HierarchyLevelLimitExceeded
from strongroom.ssm.rules.labels import is_label
from strongroom.ssm.rules.limits import HIERARCHY_LEVELS, NAME_CHARACTERS

PUBLIC_PREFIX = "/aws/service/"
SECRET_PREFIX = "/aws/reference/secretsmanager/"  # noqa: S105 - a path, not a password
ARN_RESOURCE = "parameter"
KEPT_REFERENCES = 4096

_WELL_FORMED = re.compile(r"(?:/[a-zA-Z0-9_.-]+)+")
_PATH_RULE = (
    " If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters,"
    " numbers and the following 3 symbols .-_"
)
BAD_ROOT_NAME = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).' + _PATH_RULE
BAD_PATH_NAME = 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive).' + _PATH_RULE
NOT_QUALIFIED = "Parameter name must be a fully qualified name."
TOO_LONG = f"The parameter name exceeds {NAME_CHARACTERS} characters, which include the characters of its ARN that precede the name."
BAD_REFERENCE = "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>"
BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be"
    ' prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period),'
    " - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol"
    ' "/". Valid example: /get/parameters2-/by1./path0_.'
)


class Reference(NamedTuple):
    """What a read asks for.

    Attributes:
        name: the normalised name.
        shown: the name as the request spelt it, without the selector.
        selector: the version or label after the colon, or None.
        account_id: of an ARN; "" in the ARN of a public parameter; None where a bare name was given.
        region: of an ARN, else None.
    """

    name: str
    shown: str
    selector: str | None = None
    account_id: str | None = None
    region: str | None = None


def normalised(name: str) -> str:
    """Return the name with a leading slash."""
    return name if name.startswith("/") else "/" + name


def parent_of(name: str) -> str:
    """Return the path above a normalised name, with a slash at both ends."""
    return name[: name.rindex("/") + 1]


def arn_resource(name: str) -> str:
    """Return the resource part of the ARN of a normalised name."""
    return ARN_RESOURCE + name


def _is_well_formed(name: str) -> bool:
    return _WELL_FORMED.fullmatch(name) is not None


def plain_name(text: str) -> str:
    """Return the normalised name that `text` spells. Raises ValidationFailed if it is not a well-formed name."""
    shown = text.strip(" ")
    if "/" in shown.lstrip("/") and not shown.startswith("/"):
        raise ValidationFailed(NOT_QUALIFIED)
    name = normalised(shown)
    if not _is_well_formed(name):
        raise ValidationFailed(BAD_PATH_NAME if name.count("/") > 1 else BAD_ROOT_NAME)
    return name


def new_name(text: str, arn_prefix: str) -> str:
    """Return the normalised name of a parameter that is being written.

    Args:
        text: the name in the request.
        arn_prefix: the ARN up to the slash before the name; it counts towards the length.

    Raises ValidationFailed, AccessDenied (reserved) or HierarchyLevelLimitExceeded.
    """
    name = plain_name(text)
    is_path = name.count("/") > 1
    first = name[1:].lower()
    if first.startswith("aws") and is_path:
        raise AccessDenied(f"No access to reserved parameter name: {name[1:]}.")
    if first.startswith(("aws", "ssm")):
        raise ValidationFailed(BAD_PATH_NAME if is_path else BAD_ROOT_NAME)
    if name.count("/") > HIERARCHY_LEVELS:
        raise HierarchyLevelLimitExceeded
    if len(arn_prefix) + len(name) > NAME_CHARACTERS:
        raise ValidationFailed(TOO_LONG)
    return name


@lru_cache(KEPT_REFERENCES)
def parse_reference(text: str) -> Reference:
    """Return what `text` refers to: `name`, `name:version`, `name:label`, or an ARN with either.

    Raises ValidationFailed for a malformed name or selector.
    """
    shown = text.strip(" ")
    if _WELL_FORMED.fullmatch(shown):  # nothing but a whole name, as in nearly every request
        return Reference(_checked(shown), shown, None)
    arn = parse_arn(shown)
    if arn is not None and arn.service == "ssm" and arn.resource.startswith(ARN_RESOURCE + "/"):
        name, selector = _split(arn.resource.removeprefix(ARN_RESOURCE))
        return Reference(_checked(name), name, selector, arn.account_id, arn.region)
    name, selector = _split(shown)
    return Reference(_checked(name), name, selector)


def _split(text: str) -> tuple[str, str | None]:
    name, colon, selector = text.partition(":")
    if not colon:
        return name, None
    if not name or not selector or ":" in selector:
        raise ValidationFailed(BAD_REFERENCE)
    if not (selector.isascii() and selector.isdigit()) and not is_label(selector) and not name.startswith(SECRET_PREFIX):
        raise ValidationFailed(
            f'Invalid label format {selector}. A label name can\'t be prefixed with numbers, "ssm", or "aws" (case-insensitive).'
            " You must use only letters, numbers, periods (.), hyphens (-), or underscores (_)."
        )
    return name, selector


def _checked(name: str) -> str:
    """Return the normalised name; what follows SECRET_PREFIX is Secrets Manager's to judge."""
    return name if name.startswith(SECRET_PREFIX) else plain_name(name)


def path_of(text: str) -> str:
    """Return the path that GetParametersByPath asks for, with a slash at both ends. Raises ValidationFailed."""
    path = text.strip(" ").removesuffix("/") + "/"
    if path == "/" and text.strip(" ") == "/":
        return path
    public = (path + "/").startswith(PUBLIC_PREFIX)
    reserved = path[1:].lower().startswith(("aws", "ssm")) and not public
    if not path.startswith("/") or reserved or not _is_well_formed(path[:-1]):
        raise ValidationFailed(BAD_PATH)
    return path


def is_public(path: str) -> bool:
    """Return whether a normalised name or path lies among the public parameters."""
    return (path + "/").startswith(PUBLIC_PREFIX)

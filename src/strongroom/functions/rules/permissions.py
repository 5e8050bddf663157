"""A function's resource policy: statements that AddPermission makes.

Source: Lambda API Reference, AddPermission; Lambda Developer Guide, "Resource-based policies".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from strongroom.core.arn import root_arn
from strongroom.functions.errors import InvalidParameterValue

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
VERSION = "2012-10-17"


def statement_from(request: Mapping[str, Any], arn: str) -> str:
    """Return the statement that an AddPermission request asks for, as JSON. Raises InvalidParameterValue."""
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(request["Principal"]),
        "Action": request["Action"],
        "Resource": arn,
    }
    conditions: dict[str, dict[str, str]] = {}
    if "SourceAccount" in request:
        conditions.setdefault("StringEquals", {})["AWS:SourceAccount"] = request["SourceAccount"]
    if "PrincipalOrgID" in request:
        conditions.setdefault("StringEquals", {})["aws:PrincipalOrgID"] = request["PrincipalOrgID"]
    if "SourceArn" in request:
        conditions["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if conditions:
        statement["Condition"] = conditions
    return json.dumps(statement, separators=(",", ":"))


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    if _ACCOUNT.fullmatch(text):
        return {"AWS": root_arn(text)}
    if text.startswith("arn:"):
        return {"AWS": text}
    raise InvalidParameterValue("The provided principal was invalid. Please check the principal and try again.")


def policy_document(statements: Mapping[str, str]) -> str | None:
    """Return the policy as one JSON text, or None for a function without statements."""
    if not statements:
        return None
    return f'{{"Version":"{VERSION}","Id":"default","Statement":[{",".join(statements.values())}]}}'

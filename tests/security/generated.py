"""Requests generated from the service models: members of the right shape, now and then slightly wrong.

Values that earlier answers held are used again under their members' names (key ids, ARNs, tokens, versions), so that generated
calls meet things that exist. A seeded generator draws them: each depends on what the server answered before, so there is nothing
that hypothesis could shrink, and the same seed makes the same requests.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from strongroom.edge.models import ServiceModel

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "*", "Resource": "*"}
POLICIES = (
    json.dumps({"Version": "2012-10-17", "Statement": STATEMENT}),
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}),
    json.dumps({"Version": "2012-10-17", "Statement": [{**STATEMENT, "Action": "sts:AssumeRole", "Resource": None}]}),
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}),
    json.dumps({"Statement": {"Effect": "Deny", "NotPrincipal": "*", "NotAction": [], "Condition": {"Bool": {"a:b": [True, None, {}]}}}}),
    "{}",
    "[]",
    "null",
    '{"Version":"2012-10-17","Statement":[]}',
    "[" * 3000,
    '{"Statement":1e999,"Statement":"\\ud800"}',
)
ODD_TEXTS = (
    "",
    " ",
    ".",
    "/",
    "//",
    "a//b",
    ":",
    "*",
    "?",
    "\x00",
    "\n",
    "é",
    "\U0001f511",
    "\ud800",
    "x" * 5000,
    "../../etc/passwd",
    "-1",
    "0",
    "null",
    "true",
    "1e400",
    "NaN",
    "aws:tag",
    "aws/secretsmanager",
    "alias/aws/kms",
    "alias/aws/nothing",
    "alias/x",
    "%00%s{0}",
    "$a$b",
    f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/",
    "arn:aws:kms:eu-west-1::alias/x",
    f"arn:aws:iam::{ACCOUNT}:root",
    "arn:::::",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:x",
    f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a",
    "rate(1 day)",
    "cron(0 0 ? * 2#5 *)",
    "cron(*/0 9-1 L W ? 1)",
    "2038-01-19T03:14:08Z",
    "{{resolve:ssm:a}}",
    "a:1",
    "/a/b:label",
    "[1,2,3]",
    '{"a":"b"}',
    "https://example.com",
    "123456",
)
_MANAGED = "arn:aws:iam::aws:policy/AdministratorAccess"
_EXPIRES = '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00.000Z"}}]'
_KEYS = ("alias/one", "alias/two", "alias/rsa", "alias/ec", "alias/mac", "alias/multi", "alias/import", "alias/off", "alias/aws/ssm")
FIXED: dict[str, tuple[Any, ...]] = {
    "keyid": _KEYS,
    "sourcekeyid": _KEYS,
    "destinationkeyid": _KEYS,
    "kmskeyid": _KEYS,
    "aliasname": (*_KEYS, "alias/new"),
    "policy": POLICIES,
    "policydocument": (POLICIES[1], POLICIES[1], POLICIES[1], POLICIES[1], *POLICIES),
    "resourcepolicy": POLICIES,
    "assumerolepolicydocument": (POLICIES[3], POLICIES[3], POLICIES[3], *POLICIES),
    "policyinputlist": (POLICIES[1], POLICIES[1], POLICIES[1], POLICIES[1], *POLICIES),
    "name": ("/a", "/a/b", "plain", "one", "/new"),
    "path": ("/", "/a/"),
    "value": ("one", "[1]", "2"),
    "rolename": ("one", "two"),
    "username": ("one", "two"),
    "groupname": ("one", "two"),
    "policyname": ("one", "default"),
    "instanceprofilename": ("one",),
    "rolearn": (f"arn:aws:iam::{ACCOUNT}:role/one",),
    "policyarn": (f"arn:aws:iam::{ACCOUNT}:policy/one", _MANAGED),
    "policyarns": (f"arn:aws:iam::{ACCOUNT}:policy/one",),
    "permissionsboundary": (_MANAGED, f"arn:aws:iam::{ACCOUNT}:policy/one"),
    "resourceid": ("/a", "plain"),
    "resourcearn": (f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a",),
    "policies": (_EXPIRES,),
    "resourcetype": ("Parameter",) * 3,
    "secretid": ("one", "two"),
    "granteeprincipal": (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:user/one"),
    "retiringprincipal": (f"arn:aws:iam::{ACCOUNT}:root",),
    "secretstring": ('{"password":"x"}', "text"),
    "versionstage": ("AWSCURRENT", "AWSPENDING"),
    "replicaregion": ("us-west-2",),
    "region": ("us-west-2",),
    "primaryregion": ("us-west-2",),
    "callerarn": (f"arn:aws:iam::{ACCOUNT}:user/one",),
    "policysourcearn": (f"arn:aws:iam::{ACCOUNT}:user/one",),
    "serialnumber": (f"arn:aws:iam::{ACCOUNT}:mfa/one",),
    "attributevalue": ("one",),
    "virtualmfadevicename": ("one", "new"),
    "names": ("/a", "plain"),
    "openidconnectproviderarn": (f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com",),
    "url": ("https://example.com", "https://one.example"),
    "thumbprintlist": ("a" * 40,),
    "actionnames": ("kms:Decrypt", "s3:*"),
    "resourcearns": ("*", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/a"),
    "authenticationcode1": ("123456",),
    "authenticationcode2": ("654321",),
    "tokencode": ("123456",),
    "awsservicename": ("es.amazonaws.com",),
    "rolesessionname": ("session",),
    "clientrequesttoken": ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
    "scheduleexpression": ("rate(1 day)", "cron(0 8 1 * ? *)"),
    "rotationlambdaarn": (f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f",),
    "password": ("Passw0rd!x",),
    "settingid": ("/ssm/parameter-store/default-parameter-tier", "/ssm/parameter-store/high-throughput-enabled"),
    "settingvalue": ("Standard", "true"),
    "marker": ("one",),
    "nexttoken": ("one",),
    "secretidlist": ("one", "two", "absent"),
    "allowedpattern": ("^a+$", "(a+)+$", ".*"),
    "removereplicaregions": ("us-west-2",),
}
SAME = {
    "sourcekeyid": "keyid",
    "destinationkeyid": "keyid",
    "targetkeyid": "keyid",
    "resourceid": "arn",
    "secretid": "arn",
    "marker": "nexttoken",
    "removefromversionid": "versionid",
    "movetoversionid": "versionid",
    "resourcearn": "arn",
    "kmskeyid": "keyid",
}
SEEN_MAX = 40
FIXED_SHARE = 0.4  # of values that are known from the start, where answers gave some too
ODD = 0.03  # chance of an odd value in place of each good one
DEPTH_MAX = 5
_NUMBERS = frozenset(("integer", "long", "float", "double"))
_WRONG: tuple[Any, ...] = (None, {}, [], "", -1, [[]], {"": ""}, True, 1e300)
_TIMES = (1893456000.5, 1700000000, 1700000000, 4102444800, 0, -1, 1e10, 2**53, "2030-01-01T00:00:00Z", "no time")


@dataclass
class Generator:
    """Draws requests. `seen` holds texts and blobs of answers, by lower-case member name."""

    draw: random.Random
    seen: dict[str, list[Any]] = field(default_factory=dict)

    def learn(self, value: Any, name: str = "") -> None:
        """Remember every text and blob in an answer."""
        if isinstance(value, dict):
            for member, item in value.items():
                self.learn(item, member.lower())
        elif isinstance(value, list):
            for item in value[:5]:
                self.learn(item, name)
        elif isinstance(value, (str, bytes)) and value:
            known = self.seen.setdefault(name, [])
            if value not in known:
                known.append(value)
                del known[: max(0, len(known) - SEEN_MAX)]

    def structure(self, model: ServiceModel, shape_name: str, depth: int = 0) -> dict[str, Any]:
        """Return a structure: its required members nearly always, few of the others, and seldom a member of a wrong type."""
        shape, draw = model.shapes[shape_name], self.draw
        if depth > DEPTH_MAX:
            return {}
        members = shape["members"]
        chance = draw.choice((0.0, 0.1, 0.3, 0.6))
        required = shape.get("required", ())
        chosen = [name for name in members if draw.random() < (1 - ODD / 3 if name in required else chance)]
        made = {name: self.value(model, members[name]["shape"], name, depth + 1) for name in chosen}
        if members and draw.random() < ODD:
            made[draw.choice(sorted(members))] = draw.choice(_WRONG)
        return made

    def value(self, model: ServiceModel, shape_name: str, name: str, depth: int) -> Any:
        """Return a value of a shape for the member `name`."""
        shape, draw = model.shapes[shape_name], self.draw
        kind = shape["type"]
        if kind == "structure":
            return self.structure(model, shape_name, depth)
        if kind == "list":
            least = shape.get("min", 0)
            size = draw.choice((least, max(1, least), max(1, least), 2, 3))
            return [self.value(model, shape["member"]["shape"], name, depth + 1) for _ in range(size)]
        if kind == "map":
            pairs = (("key", shape["key"]["shape"]), ("value", shape["value"]["shape"]))
            drawn = ([self.value(model, part, part_name, depth + 1) for part_name, part in pairs] for _ in range(draw.choice((0, 1, 1, 2))))
            return {str(key): item for key, item in drawn}
        return self._scalar(shape, name)

    def _scalar(self, shape: Any, name: str) -> Any:
        draw, kind = self.draw, shape["type"]
        if kind == "boolean":
            return draw.random() < 0.5
        if kind == "timestamp":
            return draw.choice(_TIMES)
        if kind in _NUMBERS:
            low, high = int(shape.get("min", 0)), int(shape.get("max", 1000))
            odd = (low, high, low - 1, high + 1, -1, 0, 2**31 - 1, 2**63 - 1, 1.5)
            return draw.choice(odd) if draw.random() < ODD * 3 else draw.randint(low, max(low, min(high, low + 100)))
        if draw.random() < ODD:
            return draw.choice((b"", b"\xff" * 7000)) if kind == "blob" else draw.choice(ODD_TEXTS)
        if "enum" in shape:
            return draw.choice(shape["enum"])
        return self._known(kind, name.lower()) or (draw.randbytes(draw.choice((1, 16, 32, 300))) if kind == "blob" else self._text())

    def _known(self, kind: str, name: str) -> Any:
        seen = [*self.seen.get(name, ()), *self.seen.get(SAME.get(name, ""), ())]
        of_kind = [value for value in seen if isinstance(value, bytes) == (kind == "blob")]
        fixed = FIXED.get(name, ()) if kind == "string" else ()
        pool = fixed if fixed and (not of_kind or self.draw.random() < FIXED_SHARE) else of_kind
        return self.draw.choice(pool) if pool else None

    def _text(self) -> str:
        draw = self.draw
        return "one" if draw.random() < 0.5 else "".join(draw.choices("abAB01-_/", k=draw.randint(1, 20)))

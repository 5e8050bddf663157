"""Secrets that go into requests, or come out of answers, are looked for in every byte that the server writes or says elsewhere."""

import base64
import io
import json
import os
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from tests.security.in_process import signed
from tests.support.clients import Clients
from tests.support.process import start, strongroom

KEY, SECRET = "AKIACANARYROOT000001", "canary-root-secret-access-key-0123456789"
PASSWORD = "Canary-Passw0rd!"
FORM = b"application/x-www-form-urlencoded"
JSON = b"application/x-amz-json-1.1"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


@dataclass
class Canaries:
    """Secrets by what they are, and every answer that must not hold one."""

    found: dict[str, bytes] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)
    number: int = 0

    def new(self, name: str) -> str:
        """Return a fresh secret text for a request's member."""
        self.number += 1
        text = f"CANARY{self.number:04d}{os.urandom(12).hex()}"
        self.found[f"{name} {self.number}"] = text.encode()
        return text

    def keep(self, name: str, secret: str | bytes) -> None:
        """Remember a secret that an answer held."""
        self.number += 1
        self.found[f"{name} {self.number}"] = secret.encode() if isinstance(secret, str) else secret

    def refused(self, call: Callable[..., Any], **members: Any) -> None:
        """Make a call that must fail, and keep what the server said."""
        with pytest.raises(ClientError) as caught:
            call(**members)
        self.answers.append(json.dumps(caught.value.response, default=str).encode())

    def in_bytes(self, data: bytes) -> list[str]:
        """Return the names of the secrets that stand in `data` in any usual encoding."""
        return [name for name, secret in self.found.items() if any(form in data for form in _forms(secret))]


def _forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    yield quote(secret, safe="").encode()
    for shift in range(3):  # base64 of a text that holds the secret somewhere
        yield base64.b64encode(b"\0" * shift + secret)[4 if shift else 0 : -4]


def _raw(url: str, service: str, body: bytes, headers: dict[bytes, bytes], secret: str = SECRET) -> bytes:
    request = signed(service, body, {**headers, b"host": url.removeprefix("http://").encode()}, KEY, secret)
    sent = {name.decode(): value.decode("latin-1") for name, value in request.headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, sent), timeout=20) as answer:  # noqa: S310 - our own server
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return bytes(error.read())


def _secrets_manager(clients: Clients, canaries: Canaries) -> None:
    api: Any = clients.secretsmanager
    arn = api.create_secret(Name="one", SecretString=canaries.new("SecretString"))["ARN"]
    api.put_secret_value(SecretId="one", SecretBinary=canaries.new("SecretBinary").encode())
    api.update_secret(SecretId=arn, SecretString=canaries.new("SecretString"), Description="shown")
    api.get_secret_value(SecretId="one")
    api.batch_get_secret_value(SecretIdList=["one"])
    api.replicate_secret_to_regions(SecretId="one", AddReplicaRegions=[{"Region": "us-west-2"}])
    canaries.keep("RandomPassword", api.get_random_password(PasswordLength=40)["RandomPassword"])
    canaries.refused(api.create_secret, Name="one", SecretString=canaries.new("SecretString"))
    canaries.refused(
        api.create_secret, Name="both", SecretString=canaries.new("SecretString"), SecretBinary=canaries.new("SecretBinary").encode()
    )
    canaries.refused(api.create_secret, Name="long", SecretString=canaries.new("SecretString") * 3000)
    canaries.refused(api.put_secret_value, SecretId="absent", SecretString=canaries.new("SecretString"))
    canaries.refused(api.put_secret_value, SecretId="one", SecretString=[canaries.new("SecretString")])
    canaries.refused(api.put_secret_value, SecretId="one", SecretString=canaries.new("SecretString"), VersionStages=["x"] * 21)
    canaries.refused(
        api.put_secret_value, SecretId="one", SecretString=canaries.new("SecretString"), RotationToken=canaries.new("RotationToken")
    )


def _parameter_store(clients: Clients, canaries: Canaries) -> None:
    api: Any = clients.ssm
    for kind in ("String", "SecureString", "StringList"):
        api.put_parameter(Name=f"/a/{kind}", Value=canaries.new(f"Value of a {kind}"), Type=kind)
    api.put_parameter(Name="/a/large", Value=canaries.new("Value"), Type="SecureString", Tier="Advanced")
    api.get_parameters_by_path(Path="/a", WithDecryption=True)
    api.get_parameter_history(Name="/a/SecureString", WithDecryption=True)
    api.get_parameter(Name="/aws/reference/secretsmanager/one", WithDecryption=True)
    canaries.refused(api.put_parameter, Name="/a/long", Value=canaries.new("Value") * 400, Type="SecureString")
    canaries.refused(api.put_parameter, Name="/a/pattern", Value=canaries.new("Value"), Type="String", AllowedPattern="[0-9]+")
    canaries.refused(api.put_parameter, Name="/a/type", Value=canaries.new("Value"), Type="String", DataType="aws:ec2:image")
    canaries.refused(api.put_parameter, Name="/a/String", Value=canaries.new("Value"), Type="String")
    canaries.refused(api.put_parameter, Name="/a/kind", Value=canaries.new("Value"), Type="Unknown")
    canaries.refused(api.put_parameter, Name="/a/list", Value=[canaries.new("Value")], Type="String")


def _kms(clients: Clients, canaries: Canaries) -> None:
    api: Any = clients.kms
    key = api.create_key()["KeyMetadata"]["KeyId"]
    blob = api.encrypt(KeyId=key, Plaintext=canaries.new("Plaintext").encode())["CiphertextBlob"]
    api.decrypt(CiphertextBlob=blob)
    canaries.keep("data key", api.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"])
    canaries.keep("private key", api.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")["PrivateKeyPlaintext"])
    canaries.keep("random bytes", api.generate_random(NumberOfBytes=32)["Plaintext"])
    mac = api.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    api.generate_mac(KeyId=mac, MacAlgorithm="HMAC_SHA_256", Message=canaries.new("Message").encode())
    signer = api.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    api.sign(KeyId=signer, Message=canaries.new("Message").encode(), SigningAlgorithm="ECDSA_SHA_256")
    canaries.refused(api.encrypt, KeyId=key, Plaintext=canaries.new("Plaintext").encode() * 300)
    canaries.refused(api.encrypt, KeyId="absent", Plaintext=canaries.new("Plaintext").encode())
    canaries.refused(api.decrypt, CiphertextBlob=canaries.new("CiphertextBlob").encode())


def _identities(url: str, clients: Clients, canaries: Canaries) -> None:
    iam: Any = clients.iam
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="all", PolicyDocument=ALL)
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    canaries.keep("SecretAccessKey", made["SecretAccessKey"])
    seed = iam.create_virtual_mfa_device(VirtualMFADeviceName="device")["VirtualMFADevice"]["Base32StringSeed"]
    canaries.keep("MFA seed", seed)
    canaries.keep("MFA seed", base64.b32decode(seed))
    iam.create_login_profile(UserName="alice", Password=canaries.new("Password") + "aA1!")
    iam.update_login_profile(UserName="alice", Password=canaries.new("Password") + "aA1!")
    canaries.refused(iam.update_login_profile, UserName="alice", Password=canaries.new("Password") * 10)
    canaries.refused(iam.update_login_profile, UserName="alice", Password=canaries.new("Password") + "\u00ff\u0100\0")
    canaries.refused(iam.create_login_profile, UserName="absent", Password=canaries.new("Password") + "aA1!")
    role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName="role", PolicyName="all", PolicyDocument=ALL)
    alice = Clients(url, made["AccessKeyId"], made["SecretAccessKey"])
    api: Any = alice.iam
    canaries.refused(api.change_password, OldPassword=canaries.new("OldPassword"), NewPassword=canaries.new("NewPassword") + "aA1!")
    sts: Any = alice.sts
    for session in (
        sts.assume_role(RoleArn=role, RoleSessionName="session"),
        sts.get_session_token(),
        sts.get_federation_token(Name="federated", Policy=ALL),
    ):
        credentials = session["Credentials"]
        canaries.keep("SecretAccessKey", credentials["SecretAccessKey"])
        canaries.keep("SessionToken", credentials["SessionToken"])
        holder = Clients(url, credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        holder.sts.get_caller_identity()
        listing: Any = holder.kms
        listing.list_keys()
        holder.close()
        wrong = Clients(url, credentials["AccessKeyId"], "wrong", credentials["SessionToken"])
        asking: Any = wrong.sts
        canaries.refused(asking.get_caller_identity)
        wrong.close()
    alice.close()


def _functions(clients: Clients, canaries: Canaries) -> None:
    api: Any = clients.client("lambda")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("handler.py", "def handler(event, context):\n    return event\n")
    variables = {"Variables": {"PASSWORD": canaries.new("Environment")}}
    role = f"arn:aws:iam::{clients.account_id}:role/absent"
    request = {"FunctionName": "f", "Role": role, "Code": {"ZipFile": code.getvalue()}, "Environment": variables}
    canaries.refused(api.create_function, **request, Runtime="python3.12", Handler="handler.handler")


def _malformed(url: str, canaries: Canaries) -> None:
    """Requests that never become calls: bad JSON, bad forms, unknown operations, wrong signatures."""
    target = {b"content-type": JSON, b"x-amz-target": b"secretsmanager.PutSecretValue"}
    body = json.dumps({"SecretId": "one", "SecretString": canaries.new("SecretString")}).encode()
    form = b"Action=UpdateLoginProfile&Version=2010-05-08&UserName=alice&Password=" + canaries.new("Password").encode()
    for answer in (
        _raw(url, "secretsmanager", body[:-1], target),
        _raw(url, "secretsmanager", body + b"x", target),
        _raw(url, "secretsmanager", body, {**target, b"x-amz-target": b"secretsmanager.NoSuchOperation"}),
        _raw(url, "secretsmanager", body, target, secret="wrong"),
        _raw(url, "secretsmanager", body.replace(b"SecretString", b"SecretBinary"), target),
        _raw(url, "iam", form + b"&Password=again", {b"content-type": FORM}),
        _raw(url, "iam", form + b"%ff", {b"content-type": FORM}),
        _raw(url, "iam", form + b"&Password.member.1=x", {b"content-type": FORM}),
        _raw(url, "iam", form, {b"content-type": FORM}, secret="wrong"),
        _raw(url, "iam", form, {b"content-type": JSON}),
    ):
        canaries.answers.append(answer)


def _events(clients: Clients) -> bytes:
    pages = clients.cloudtrail.get_paginator("lookup_events").paginate()
    return json.dumps([event for page in pages for event in page["Events"]], default=str).encode()


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in directory.rglob("*"):
        if path.is_file() and path.name != "root-credentials":
            yield str(path.relative_to(directory)), path.read_bytes()


def _is_recorded_by_aws(place: str, name: str) -> bool:
    """CloudTrail's events of STS hold the session token, which is worth nothing without its secret access key."""
    return name.startswith("SessionToken") and place.startswith(("events", "audit/"))


def test_no_secret_is_written_or_said_anywhere_else(tmp_path: Path) -> None:
    """Neither on disk, in the log, in events, in metrics, in process arguments, nor in error answers."""
    data, log = tmp_path / "data", tmp_path / "log"
    given = {"STRONGROOM_ROOT_ACCESS_KEY_ID": KEY, "STRONGROOM_ROOT_SECRET_ACCESS_KEY": SECRET}
    output = strongroom("init", "--data-dir", str(data), env=given).stdout
    canaries = Canaries()
    canaries.keep("the root user's SecretAccessKey", SECRET)
    server = start(["serve", "--data-dir", str(data), "--listen", "127.0.0.1:0", "--workers", "1", "--log-level", "debug"], stderr=log)
    clients = Clients(server.url, KEY, SECRET, account_id="000000000000")
    try:
        _secrets_manager(clients, canaries)
        _parameter_store(clients, canaries)
        _kms(clients, canaries)
        _identities(server.url, clients, canaries)
        _functions(clients, canaries)
        _malformed(server.url, canaries)
        events = _events(clients)
        with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as metrics:  # noqa: S310 - our own server
            shown = {"events": events, "metrics": metrics.read(), "arguments": Path(f"/proc/{server.process.pid}/cmdline").read_bytes()}
        said = {"an error answer": b"\n".join(canaries.answers), **shown, **dict(_files(data))}
    finally:
        clients.close()
        server.stop()
    said |= {f"{name} after the end": content for name, content in _files(data)} | {"the log": log.read_bytes()}
    found = {(place, name) for place, content in said.items() for name in canaries.in_bytes(content)}
    assert not {(place, name) for place, name in found if not _is_recorded_by_aws(place, name)}
    assert b"PutSecretValue" in events  # the search looks where something is
    assert SECRET in output or "secret" not in output.lower()

"""An OpenID Connect issuer on loopback: discovery and keys over TLS, and tokens signed with whatever a test wants."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from strongroom.crypto.certificates import local_certificate

HOST = "issuer.test"
AUDIENCE = "sts.amazonaws.com"


def new_key(key_id: str = "one") -> RSAKey:
    """Return a signing key."""
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig"})


@dataclass
class Issuer:
    """What the issuer publishes, and how often it was asked."""

    path: str = ""
    key: RSAKey = field(default_factory=new_key)
    published: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""
    ca_file: Path = Path()

    def __post_init__(self) -> None:
        """Publish the key."""
        self.publish(self.key)

    @property
    def name(self) -> str:
        """Return the provider's name: the URL without its scheme."""
        return HOST + self.path

    @property
    def url(self) -> str:
        """Return the issuer's URL."""
        return f"https://{self.name}"

    def publish(self, *keys: RSAKey | ECKey) -> None:
        """Publish these keys in the place of those before."""
        self.published = {
            f"{self.path}/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"https://{HOST}/keys"},
            "/keys": {"keys": [key.as_dict(private=False) for key in keys]},
        }

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a Kubernetes service account's token; a None takes one away."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": [AUDIENCE],
            "sub": "system:serviceaccount:shop:billing",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: RSAKey | ECKey | None = None, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return a signed token."""
        signed = {"alg": "RS256", "kid": "one", **(header or {})}
        return jwt.encode(signed, self.claims(**changes), key or self.key, algorithms=[signed["alg"]])


@contextmanager
def issuing(directory: Path, path: str = "") -> Iterator[Issuer]:
    """Serve an issuer. `directory` gets its certificate."""
    issuer = Issuer(path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with what is published."""
            issuer.asked.append(self.path)
            found = issuer.published.get(self.path)
            body = json.dumps(found).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    certificate, key = local_certificate(directory, [HOST])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer.address, issuer.ca_file = f"127.0.0.1:{server.server_port}", directory / "ca.pem"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Signing requests to a proxy with AWS Signature Version 4, service kms-xks-proxy.

Source: XKS Proxy API Specification, "Authentication"; IAM User Guide, "AWS Signature Version 4".
"""

import hashlib
import hmac
from datetime import UTC, datetime

from strongroom.crypto.key_stores import ProxyAddress

SERVICE = "kms-xks-proxy"
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNED_HEADERS = "content-type;host;x-amz-date"
CONTENT_TYPE = "application/json"


def signed_headers(proxy: ProxyAddress, host: str, path: str, body: bytes, now: float) -> dict[str, str]:
    """Return the headers of a POST of `body` to `path`, signed at `now` (seconds since the epoch)."""
    time = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{proxy.region}/{SERVICE}/aws4_request"
    canonical = "\n".join(
        (
            "POST",
            path,
            "",
            f"content-type:{CONTENT_TYPE}",
            f"host:{host}",
            f"x-amz-date:{time}",
            "",
            _SIGNED_HEADERS,
            hashlib.sha256(body).hexdigest(),
        )
    )
    to_sign = "\n".join((_ALGORITHM, time, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = _mac(_signing_key(proxy.secret_access_key.reveal(), scope), to_sign).hex()
    credential = f"{proxy.access_key_id}/{scope}"
    return {
        "Host": host,
        "Content-Type": CONTENT_TYPE,
        "X-Amz-Date": time,
        "Authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={_SIGNED_HEADERS}, Signature={signature}",
    }


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _signing_key(secret: bytes, scope: str) -> bytes:
    key = b"AWS4" + secret
    for part in scope.split("/"):
        key = _mac(key, part)
    return key

"""The picture from which an authenticator app takes the seed of a virtual MFA device."""

import base64
import io
from urllib.parse import quote

import segno

ISSUER = "Strongroom"
_PIXELS = 4  # of each module of the code


def qr_code(name: str, account_id: str, seed: bytes) -> bytes:
    """Return a PNG of the device's otpauth:// address.

    Source: IAM API Reference, VirtualMFADevice (QRCodePNG); Google Authenticator's key URI format.
    """
    label = quote(f"{name}@{account_id}", safe="@")
    address = f"otpauth://totp/{ISSUER}:{label}?secret={base64.b32encode(seed).decode()}&issuer={ISSUER}"
    picture = io.BytesIO()
    segno.make_qr(address, error="m").save(picture, kind="png", scale=_PIXELS)
    return picture.getvalue()

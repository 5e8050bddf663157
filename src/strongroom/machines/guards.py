"""What no request to a credential endpoint may look like. Pure.

Server-side request forgery makes a server fetch a URL for an attacker. What tells such requests from a machine's own:
a proxy's headers, a Host that is not this endpoint (also the sign of DNS rebinding), and methods and headers that a forger
rarely controls, which the endpoints ask for themselves.
"""

from collections.abc import Collection, Mapping
from ipaddress import ip_address

Headers = Mapping[bytes, bytes]
FORWARDING = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip")
WELL_KNOWN_HOSTS = frozenset(
    ("169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "instance-data", "instance-data.ec2.internal")
)


def is_forwarded(headers: Headers) -> bool:
    """Return whether a proxy passed the request on."""
    return any(name in headers for name in FORWARDING)


def names_this_endpoint(headers: Headers, hosts: Collection[str]) -> bool:
    """Return whether the Host header is one of `hosts`, whatever its port."""
    host = host_of(headers.get(b"host", b"").decode("latin-1"))
    return host in hosts or host in WELL_KNOWN_HOSTS


def host_of(text: str) -> str:
    """Return the host of `host:port` or `[v6]:port`, in lower case; empty if there is none."""
    if text.startswith("["):
        return text[1:].partition("]")[0].lower()
    return text.partition(":")[0].lower()


def is_local_address(host: str) -> bool:
    """Return whether plain HTTP is safe there: loopback, link-local, or the addresses that AWS gave these endpoints."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_link_local or host in WELL_KNOWN_HOSTS

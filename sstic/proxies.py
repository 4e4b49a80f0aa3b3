"""Who really sent a request, and whether by TLS, where proxies stand in between.

Anybody can write ``X-Forwarded-For`` and ``X-Forwarded-Proto``; they are believed only from an address that
``SSTIC_TRUSTED_PROXIES`` names. ``X-Forwarded-Host`` and ``Forwarded`` are never read.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from sstic.settings import settings

Address = IPv4Address | IPv6Address
# One home or office holds as many IPv6 addresses as it likes, all within a network of this length.
SHARED_IPV6_BITS = 64
SCHEMES = ("http", "https")


def address_of(request: HTTPConnection) -> str:
    """The address that limits are counted for; an IPv6 address stands for the network around it.

    What came through trusted proxies has the address that the outermost of them saw.
    """
    text = request.client.host if request.client else ""
    address = _read(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, SHARED_IPV6_BITS), strict=False))
    return text if address is None else str(address)


class BehindProxies:
    """Middleware that puts the sender and the scheme that trusted proxies tell in the place of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as its sender's."""
        if scope["type"] == "http" and scope["client"] and _is_trusted(_read(scope["client"][0])):
            headers = Headers(scope=scope)
            scope = {**scope, "client": (_sender(scope["client"][0], headers), 0), "scheme": _scheme(scope, headers)}
        await self.app(scope, receive, send)


def _sender(proxy: str, headers: Headers) -> str:
    """The last address that is no trusted proxy's: what stands before it was written by who knows whom."""
    for told in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        address = _read(told)
        if address is None:
            break
        proxy = str(address)
        if not _is_trusted(address):
            break
    return proxy


def _scheme(scope: Scope, headers: Headers) -> str:
    told = ",".join(headers.getlist("x-forwarded-proto")).rsplit(",", 1)[-1].strip().lower()
    return told if told in SCHEMES else str(scope["scheme"])


def _is_trusted(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings().trusted_proxies)


def _read(text: str) -> Address | None:
    """An address as proxies write it, with or without a port."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address

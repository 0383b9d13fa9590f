"""Which IP addresses belong to nobody on the public internet.

After IANA's special-purpose registries (RFC 6890 and what was added to them since), and the metadata services that stand on
an address of their own. IPv6 addresses that carry one of IPv4 inside (mapped, 6to4, NAT64) are as good as that one.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

__all__ = ["why_forbidden"]

_Address: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network

#: the narrower ones first: the first that holds an address names it
_FORBIDDEN = {
    "169.254.169.254/32": "a metadata service",
    "168.63.129.16/32": "a metadata service",  # of Azure, on a public address
    "100.100.100.200/32": "a metadata service",
    "192.0.0.192/32": "a metadata service",
    "fd00:ec2::254/128": "a metadata service",
    "0.0.0.0/32": "unspecified",
    "::/128": "unspecified",
    "127.0.0.0/8": "loopback",
    "::1/128": "loopback",
    "169.254.0.0/16": "link-local",
    "fe80::/10": "link-local",
    "10.0.0.0/8": "private",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "fc00::/7": "private",
    "fec0::/10": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "224.0.0.0/4": "multicast",
    "ff00::/8": "multicast",
    "0.0.0.0/8": "reserved",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "reserved",
    "192.88.99.0/24": "reserved",
    "198.18.0.0/15": "reserved",
    "198.51.100.0/24": "reserved",
    "203.0.113.0/24": "reserved",
    "240.0.0.0/4": "reserved",
    "2001::/23": "reserved",
    "2001:db8::/32": "reserved",
    "3fff::/20": "reserved",
}

#: all that IPv6 has given out to be reached from anywhere
_GLOBAL = IPv6Network("2000::/3")
#: where an address of IPv4 stands inside one of IPv6: the network, and how far from the right
_CARRIERS = ((IPv6Network("::ffff:0:0/96"), 0), (IPv6Network("64:ff9b::/96"), 0), (IPv6Network("2002::/16"), 80))


def why_forbidden(address: str) -> str:
    """What an address is that nobody on the public internet has, or "" for one that may be reached.

    >>> [why_forbidden(one) for one in ("10.1.2.3", "::ffff:127.0.0.1", "169.254.169.254", "8.8.8.8")]
    ['private', 'loopback', 'a metadata service', '']
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "no IP address"
    return _why(found)


def _why(address: _Address) -> str:
    if isinstance(address, IPv6Address) and (carried := _carried(address)) is not None:
        return _why(carried)
    for network, kind in _networks():
        if address.version == network.version and address in network:
            return kind
    return "reserved" if isinstance(address, IPv6Address) and address not in _GLOBAL else ""


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The address of IPv4 that one of IPv6 leads to."""
    for network, right in _CARRIERS:
        if address in network:
            return IPv4Address((int(address) >> right) & 0xFFFFFFFF)
    return None


@cache
def _networks() -> list[tuple[_Network, str]]:
    return [(IPv6Network(text) if ":" in text else IPv4Network(text), kind) for text, kind in _FORBIDDEN.items()]

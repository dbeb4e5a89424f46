"""Shows the figures to clients of certain networks."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from telemetry.errors import ConfigurationError
from telemetry.outputs.exposure.level import Exposure

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class ClientNetworks:
    """Exposure policy: the figures are for clients whose address lies in one of the networks.

    The address is the one that the server reports. `X-Forwarded-For` is not
    read: anybody can send it. Behind a proxy, tell the server which proxy to
    trust, or every client has the address of the proxy.

    Attributes:
        networks: Such as `10.0.0.0/8`, `::1` or `192.0.2.7`, at least one.
        otherwise: What other clients see.

    Raises:
        ConfigurationError: There is no network, or one cannot be read.

    >>> ClientNetworks(["10.0.0.0/8"])({"client": ("10.1.2.3", 50_000)})
    <Exposure.FULL: 'full'>
    """

    networks: Sequence[str]
    otherwise: Exposure = Exposure.NOTHING
    _parsed: tuple[_Network, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.networks, str) or not self.networks:
            raise ConfigurationError(f"networks={self.networks!r}: give a list of at least one network")
        object.__setattr__(self, "_parsed", tuple(_network(text) for text in self.networks))

    def __call__(self, scope: Mapping[str, Any]) -> Exposure:
        address = _address(scope.get("client"))
        if address is not None and any(address in network for network in self._parsed):
            return Exposure.FULL
        return self.otherwise


def _network(text: str) -> _Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ConfigurationError(f"networks: {error}; write for example 10.0.0.0/8") from None


def _address(client: Any) -> _Address | None:
    # A server on a Unix socket reports no client, or one without an address.
    try:
        address = ipaddress.ip_address(client[0])
    except (ValueError, TypeError, IndexError):
        return None
    # A socket that takes both families reports IPv4 clients as ::ffff:10.0.0.1.
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped

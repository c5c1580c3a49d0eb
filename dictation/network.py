"""Network: a process that may only reach loopback and the mail host, whatever a library tries.

An audit hook refuses every other connection and every other name look-up, and says so in the log: ids and hosts only.
It cannot be taken back for the life of the process, which is the point. Set by [workflow] limit_network.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
from collections.abc import Iterable
from typing import Any

log = logging.getLogger(__name__)


class ConnectionRefused(PermissionError):
    """A library tried to leave the hospital's machine."""


def allow_only(hosts: Iterable[str]) -> None:
    """From now on this process reaches loopback, local sockets and `hosts`, nothing else."""
    names = {host.lower() for host in hosts if host}
    addresses = {found[4][0] for name in names for found in _resolve(name)}

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = arguments[0]
            if host is None or _is_local(host) or host.lower() in names or host in addresses:
                return
        elif event in {"socket.connect", "socket.sendto"}:
            address = arguments[1]
            if not isinstance(address, tuple) or _is_local(address[0]) or address[0] in addresses:
                return  # a path or a netlink address is on this machine
            host = address[0]
        else:
            return
        log.error("connection refused by [workflow] limit_network: %s", host)
        raise ConnectionRefused(f"{host} is neither loopback nor the mail host")

    sys.addaudithook(guard)


def _is_local(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name.lower() in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _resolve(name: str) -> list[Any]:
    try:
        return socket.getaddrinfo(name, None)
    except OSError:
        return []  # not resolvable yet: its name stays allowed, its address does not until a restart

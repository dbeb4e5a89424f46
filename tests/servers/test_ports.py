"""Servers find ports, also when somebody else is faster."""

import socket

import pytest

from tests.servers.ports import PortTakenError, free_ports, on_free_ports


def test_free_ports_are_different_and_can_be_listened_on() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_a_start_that_lost_its_port_is_tried_on_another() -> None:
    tried: list[int] = []

    def start(ports: list[int]) -> int:
        tried.extend(ports)
        if len(tried) < 3:
            raise PortTakenError(ports)
        return ports[0]

    assert on_free_ports(1, start) == tried[2]
    assert len(set(tried)) == 3


def test_a_start_that_never_finds_its_port_free_ends() -> None:
    def start(ports: list[int]) -> None:
        raise PortTakenError(ports)

    with pytest.raises(PortTakenError):
        on_free_ports(1, start)

"""The private Redis servers do what tests build on."""

import socket
import ssl

import pytest
import redis

from tests.servers.redis_cluster import RedisCluster
from tests.servers.redis_server import RedisServer


def test_a_redis_keeps_its_port_when_it_is_killed_and_started_again(redis_server: RedisServer) -> None:
    port, pid = redis_server.port, redis_server.pid
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("kept", "no")
        redis_server.kill()
        try:
            with pytest.raises(redis.ConnectionError), redis.Redis.from_url(redis_server.url) as fresh:
                fresh.ping()
        finally:
            redis_server.start()
        assert client.get("kept") is None
    assert redis_server.port == port
    assert redis_server.pid != pid


def _cluster_client(cluster: RedisCluster, **changed: object) -> redis.RedisCluster:
    options: dict[str, object] = {
        "host": cluster.host,
        "port": cluster.port,
        "username": cluster.username,
        "password": cluster.password,
        "ssl": True,
        "ssl_ca_certs": cluster.ca_file,
        "ssl_certfile": cluster.cert_file,
        "ssl_keyfile": cluster.key_file,
    }
    return redis.RedisCluster(**(options | changed))  # type: ignore[arg-type]


def _keys_of(cluster: RedisCluster, port: int) -> int:
    with redis.Redis(
        port=port, username=cluster.username, password=cluster.password, ssl=True, ssl_ca_certs=cluster.ca_file
    ) as node:
        return int(node.dbsize())


def test_the_cluster_spreads_keys_over_its_nodes(redis_cluster_tls: RedisCluster) -> None:
    client = _cluster_client(redis_cluster_tls)
    for number in range(100):
        client.set(f"spread:{number}", number)
    assert [client.get(f"spread:{number}") for number in range(100)] == [b"%d" % number for number in range(100)]
    assert all(_keys_of(redis_cluster_tls, port) > 0 for port in redis_cluster_tls.ports)
    client.close()


def test_the_cluster_refuses_a_wrong_password(redis_cluster_tls: RedisCluster) -> None:
    with pytest.raises(redis.exceptions.RedisClusterException):
        _cluster_client(redis_cluster_tls, password="wrong")


def test_the_cluster_shows_a_certificate_that_only_its_authority_vouches_for(redis_cluster_tls: RedisCluster) -> None:
    address = (redis_cluster_tls.host, redis_cluster_tls.port)
    with socket.create_connection(address) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")

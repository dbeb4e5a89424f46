"""Our resource is the SDK's, but for what its hash costs."""

from opentelemetry.sdk.resources import Resource

from telemetry.spans.resource import HashedResource


def test_it_equals_what_it_is_a_copy_of_and_groups_with_it() -> None:
    plain = Resource.create({"service.name": "shop", "service.instance.id": "1"})
    assert HashedResource(plain) == plain
    assert len({HashedResource(plain), plain}) == 1


def test_another_resource_is_another() -> None:
    assert HashedResource(Resource({"a": 1})) != HashedResource(Resource({"a": 2}))

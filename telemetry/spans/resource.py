"""The resource of the spans that we make ourselves."""

from opentelemetry.sdk.resources import Resource


class HashedResource(Resource):
    """A resource that works its hash out once.

    The OTLP encoder groups spans by their resource, and the SDK's own writes all
    of its attributes as JSON for each span to get a hash: a tenth of a span's cost.

    Args:
        resource: What it is a copy of; the two are equal.
    """

    def __init__(self, resource: Resource) -> None:
        super().__init__(dict(resource.attributes), resource.schema_url)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash

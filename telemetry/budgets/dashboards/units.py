"""Units of figures, as Grafana names them."""

from enum import StrEnum


class Unit(StrEnum):
    """How a figure is written; the figures themselves are in base units, and shares 0..1.

    Source: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
    """

    SECONDS = "s"
    SHARE = "percentunit"
    COUNT = "short"
    PLAIN = "none"
    REQUESTS_PER_SECOND = "reqps"
    PER_SECOND = "cps"
    BYTES = "bytes"

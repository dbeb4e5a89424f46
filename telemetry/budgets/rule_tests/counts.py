"""Counters as a unit test of promtool takes them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Counts:
    """Values of one series, one for each sample.

    Attributes:
        sample: Time between two samples.
        parts: Values so far, in the notation of promtool.
        last: The last value.

    Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
    """

    sample: timedelta
    parts: tuple[str, ...] = ("0",)
    last: int = 0

    @classmethod
    def late(cls, sample: timedelta, by: timedelta) -> "Counts":
        """A counter that appears, at 0, some time after the start."""
        return cls(sample, (f"_x{by // sample}", "0"))

    def rising(self, duration: timedelta, step: int) -> "Counts":
        """Goes on with a rise at each sample.

        Args:
            duration: At least one sample.
            step: Of each; 0 for a counter that stands still.
        """
        count = duration // self.sample
        part = f"{self.last + step}+{step}x{count - 1}"
        return Counts(self.sample, (*self.parts, part), self.last + step * count)

    def restarted(self) -> "Counts":
        """Begins anew at 0, as in a new process."""
        return Counts(self.sample, (*self.parts, "0"))

    def gone(self) -> "Counts":
        """Is exposed no more."""
        return Counts(self.sample, (*self.parts, "stale"))

    def __str__(self) -> str:
        return " ".join(self.parts)

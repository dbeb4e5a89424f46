"""Performance budgets in tests: what the pytest plugin is made of, imported once a test run asks for it."""

from telemetry.outputs.observers import Observation
from telemetry.testing.recorder import HeldRequests

__all__ = ["HeldRequests", "Observation"]

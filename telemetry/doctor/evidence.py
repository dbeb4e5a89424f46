"""What the checks are given to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from telemetry.doctor.answer import Answer, Request
from telemetry.doctor.inventory import Inventory
from telemetry.doctor.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Evidence:
    """An application that was started and asked once, and still runs.

    Attributes:
        target: How the application was named.
        app: What stands under that name; an application, perhaps with middlewares around it.
        environ: The environment before the application was loaded.
        frozen: How many objects `gc.freeze` hid before it was loaded: the interpreter hides some of its own.
        request: What was asked for.
        answer: What came back; None if the application did not start.
        inventory: What was alive after it.
        redaction: Keeps secrets out of findings.
    """

    target: str
    app: ASGIApp
    environ: Mapping[str, str]
    frozen: int = 0
    request: Request = field(default_factory=Request)
    answer: Answer | None = None
    inventory: Inventory = field(default_factory=Inventory)
    redaction: Redaction = field(default_factory=Redaction)

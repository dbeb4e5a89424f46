"""Loads an application, starts it, asks it once, looks at everything, and stops it."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from starlette.types import ASGIApp

from telemetry.doctor.answer import answer_of
from telemetry.doctor.application import check_application, check_failures
from telemetry.doctor.doubles import check_doubles
from telemetry.doctor.drivers import check_drivers
from telemetry.doctor.engines import check_engines
from telemetry.doctor.evidence import Evidence
from telemetry.doctor.exporters import check_exporters
from telemetry.doctor.finding import Finding, note, problem
from telemetry.doctor.header import check_figures, check_header, check_request
from telemetry.doctor.inventory import Inventory
from telemetry.doctor.lifespan import Lifespan
from telemetry.doctor.redaction import Redaction
from telemetry.doctor.redis import check_redis
from telemetry.doctor.target import Target
from telemetry.doctor.tracing import check_tracing
from telemetry.doctor.versions import check_versions
from telemetry.doctor.workers import check_workers

Check = Callable[[Evidence], Iterable[Finding]]

#: In the order of the table: first the request, then what it depends on from near to far.
CHECKS: Final[tuple[Check, ...]] = (
    check_application,
    check_failures,
    check_request,
    check_header,
    check_figures,
    check_engines,
    check_drivers,
    check_redis,
    check_tracing,
    check_exporters,
    check_doubles,
    check_workers,
    check_versions,
)
_SETTLE_SECONDS: Final = 1.0


def loaded(target: Target) -> ASGIApp:
    """The application of *target*; what it prints meanwhile goes to the standard error output.

    Raises:
        TargetError: What is there is no application.
        BaseException: Whatever the application's own code raises.
    """
    with contextlib.redirect_stdout(sys.stderr):
        return target.load()


def examined(evidence: Evidence) -> tuple[Finding, ...]:
    """Serves one request of a loaded application, without opening a port, and says what was seen of it.

    Args:
        evidence: The application, and what to ask it for.

    Returns:
        Findings in the order of the table. Work of the application that hangs may go on.
    """
    # On this thread, as under a server: an application may set signal handlers when it starts.
    runner = asyncio.Runner()
    with contextlib.redirect_stdout(sys.stderr):
        findings, is_settled = runner.run(_examined(evidence))
        if is_settled:
            runner.close()
    return findings


def findings_of(evidence: Evidence, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """What the checks find; one that cannot do its work is a finding itself, so that the others still do theirs.

    Args:
        evidence: What they look at.
        checks: One after the other.
    """
    for check in checks:
        try:
            for finding in check(evidence):
                yield _redacted(finding, evidence.redaction)
        except Exception as error:  # noqa: BLE001 - applications are strange in ways that no check can foresee
            yield _failed(check.__name__.removeprefix("check_"), error, evidence.redaction)


async def _examined(evidence: Evidence) -> tuple[tuple[Finding, ...], bool]:
    lifespan = Lifespan(evidence.app, evidence.redaction, evidence.request.timeout_seconds)
    failure = await lifespan.start()
    findings: list[Finding] = []
    if failure is None:
        answer = await answer_of(evidence.app, evidence.request, lifespan.state, evidence.redaction)
        evidence = replace(evidence, answer=answer)
    else:
        remedy = "Correct that first; nothing was asked of it."
        findings.append(replace(problem("application", f"it does not start: {failure}", remedy), error=lifespan.error))
    evidence, missing = _with_inventory(evidence)
    findings += [*missing, *findings_of(evidence)]
    if failure is None:
        failure = await lifespan.stop()
        if failure is not None:
            findings.append(replace(note("application", f"it does not stop: {failure}"), error=lifespan.error))
    return tuple(findings), await _is_settled()


def _with_inventory(evidence: Evidence) -> tuple[Evidence, list[Finding]]:
    try:
        found = Inventory.taken()
    except Exception as error:  # noqa: BLE001 - somebody's classes are looked at
        return evidence, [_failed("inventory", error, evidence.redaction)]
    frozen = note("inventory", "objects were frozen by gc.freeze: engines and clients among them are not found")
    return replace(evidence, inventory=found), [frozen] if gc.get_freeze_count() > evidence.frozen else []


def _failed(name: str, error: Exception, redaction: Redaction) -> Finding:
    remedy = "Report it with the output of --verbose; what it looks at is not known."
    return replace(problem(name, f"this check failed: {redaction.cause(error)}", remedy), error=error)


async def _is_settled() -> bool:
    """Ends what still runs; returns whether that could be done in time."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    loop = asyncio.get_running_loop()
    # A thread cannot be ended from outside: a query that hangs keeps its own for as long as it likes.
    ending = [*tasks, asyncio.ensure_future(loop.shutdown_default_executor())]
    _, pending = await asyncio.wait(ending, timeout=_SETTLE_SECONDS)
    return not pending


def _redacted(finding: Finding, redaction: Redaction) -> Finding:
    remedy = None if finding.remedy is None else redaction.text(finding.remedy)
    return replace(finding, what=redaction.text(finding.what), remedy=remedy)

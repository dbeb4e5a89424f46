"""`python -m benchmarks`: measures, reports, and with --check says by its exit code whether the bars hold."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.bars import bars
from benchmarks.plan import FULL, QUICK
from benchmarks.report import document, text
from benchmarks.run import results_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns 1 if --check was given and a bar does not hold, else 0."""
    asked = _parser().parse_args(arguments)
    plan = QUICK if asked.quick else FULL
    plan = replace(plan, sets=asked.sets or plan.sets, rounds=asked.rounds or plan.rounds)
    results = results_of(plan, _say)
    sys.stdout.write(text(results))
    if asked.json is not None:
        asked.json.write_text(json.dumps(document(results), indent=1) + "\n", encoding="utf-8")
    return int(asked.check and not all(bar.holds for bar in bars(results)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="CPU time that telemetry adds to requests."
    )
    parser.add_argument("--quick", action="store_true", help="in less than 3 minutes, with more noise")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to FILE")
    parser.add_argument("--check", action="store_true", help="end with code 1 if a bar does not hold")
    parser.add_argument("--sets", type=int, metavar="N", help="start all processes afresh N times")
    parser.add_argument("--rounds", type=int, metavar="N", help="measure N times in each set")
    return parser


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())

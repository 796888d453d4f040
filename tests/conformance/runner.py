"""The conformance runner: `python -m tests.conformance.runner [CAPTURES] [--case NAME] [--at-least 98]`.

Starts a real server, sends every recorded request of each case to it in order, asks the public API, and holds each
answer against `expected.json`. Prints each case's fields, each miss by name, what no door is open for yet, and last
`conformance: N/M fields (P %)`. Exits with 1 below the rate asked for.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from .ask import Answers
from .capture import Case, Request, load_cases
from .compare import Outcome
from .facts import Verdict, judge
from .known import known_misses, reason_of
from .replay import Refused, replay
from .server import Server, serving
from .shown import Shown

CAPTURES = Path(__file__).parents[1] / "captures"
AT_LEAST = 98.0
# Content that comes in log records of its own is added to its span off the acknowledgement path: wait this long.
LATE_S = 5.0


def examine(case: Case, server: Server) -> tuple[Verdict, list[Request]]:
    """Replay a case and compare. Returns its verdict and the uploads no door was open for.

    A case that came by closed doors alone has a verdict without fields.
    """
    try:
        closed = replay(case, server)
    except Refused as error:
        return failed(case, "replay", "every OTLP request acknowledged", error), []
    if closed and not case.otlp and len(closed) == len(case.others):
        return Verdict(case), closed
    signals = {request.signal_path for request in case.otlp}
    until = time.monotonic() + (LATE_S if {"/v1/traces", "/v1/logs"} <= signals else 0)
    answers = Answers(server, case.name)
    try:
        verdict = ask(case, answers, closed)
        while time.monotonic() < until and any(not outcome.is_met for outcome in verdict.outcomes):
            time.sleep(0.25)
            verdict = ask(case, answers, closed)
    except httpx.HTTPError as error:
        verdict = failed(case, "api", "an answer", error)
    finally:
        answers.close()
    return verdict, closed


def failed(case: Case, where: str, expected: str, error: Exception) -> Verdict:
    """Nothing is shown of a case that was refused or could not be asked about: every field is missed."""
    verdict = judge(case, Shown())
    verdict.outcomes.insert(0, Outcome(where, "accepted", False, expected, str(error)))
    return verdict


def ask(case: Case, answers: Answers, closed: list[Request]) -> Verdict:
    """What the API says now, compared."""
    shown = answers.shown()
    verdict = judge(case, shown, closed)
    if shown.spans:
        counted, there = answers.measured("count"), len(shown.spans)
        verdict.outcomes.append(Outcome("query", "count", counted == there, there, counted))
    return verdict


def run(cases: list[Case], say: Callable[[str], None]) -> tuple[int, int]:
    """Examine all cases against one server. Returns (fields met, fields)."""
    known, met, total = known_misses(), 0, 0
    with serving() as server:
        for case in cases:
            verdict, closed = examine(case, server)
            for path in dict.fromkeys(request.path.partition("?")[0] for request in closed):
                say(f"not yet served: {case.name} ({path})")
            if not verdict.outcomes:
                continue
            misses = [outcome for outcome in verdict.outcomes if not outcome.is_met]
            fields = len(verdict.outcomes)
            met, total = met + fields - len(misses), total + fields
            say(f"{case.name}: {fields - len(misses)}/{fields}")
            for outcome in misses:
                reason = reason_of(known, case.name, outcome)
                say(f"    miss: {outcome}")
                if reason:
                    say(f"    known: {reason}")
            if verdict.unserved:
                say(f"    not counted, they came by a protocol not yet served: {', '.join(verdict.unserved)}")
    return met, total


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.runner", description=__doc__)
    parser.add_argument("captures", nargs="?", type=Path, default=CAPTURES, help="folder of recorded cases")
    parser.add_argument("--case", action="append", help="only this case; may be given again")
    parser.add_argument("--at-least", type=float, default=AT_LEAST, help="per cent of fields below which to fail")
    options = parser.parse_args(arguments)
    met, total = run(load_cases(options.captures, options.case), lambda line: print(line, flush=True))
    rate = 100 * met / total if total else 0.0
    print(f"conformance: {met}/{total} fields ({rate:.2f} %)")
    return 0 if total and rate >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())

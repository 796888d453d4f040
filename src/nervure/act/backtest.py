"""Detection over a past window, exactly as it would have run live: step by step, knowing only what had ended by then."""

from collections.abc import Callable, Sequence

from nervure.act.detective import Detective, patient
from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput
from nervure.detect.series import frame_of
from nervure.detect.sweep import begin
from nervure.explain.diagnose import diagnose
from nervure.model.change import Change
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Incident
from nervure.query.asker import Asker
from nervure.query.series import read_cells

# What was before the window teaches the baseline, as it would have live.
WARM_UP_S = 14 * 86_400
LEAST_STEP_S, MOST_STEP_S = 60, 3600
MOST_STEPS = 30_000
# Of one that somebody waits for: two weeks in steps of five minutes take some minutes of a thread that answers questions.
MOST_WAITED_STEPS = 4_032
Progress = Callable[[float], None]


def backtest(
    asker: Asker,
    project: str,
    from_ns: int,
    to_ns: int,
    step_s: int = 300,
    recorded: Sequence[Change] = (),
    progress: Progress = lambda share: None,
) -> list[Incident]:
    """The incidents of `found_cases`."""
    return [one for one, _ in found_cases(asker, project, from_ns, to_ns, step_s, recorded, progress)]


def found_cases(
    asker: Asker,
    project: str,
    from_ns: int,
    to_ns: int,
    step_s: int = 300,
    recorded: Sequence[Change] = (),
    progress: Progress = lambda share: None,
) -> list[tuple[Incident, list[Finding]]]:
    """The incidents that would have been opened in [from, to) with their findings, in order of time.

    Each is in its last state by `to`, its findings as of its end, in the order of what they carry.
    recorded: changes people recorded. progress: told of the share done, 0 to 1. Raises BadInput for a window or step
    that cannot be, and what an Asker raises.
    """
    check_window(from_ns, to_ns, step_s)
    frame = frame_of(read_cells(asker, project, from_ns - WARM_UP_S * NS_PER_S, to_ns, step_s))
    progress(0.2)
    if not frame.series or not len(frame.bucket):
        return []

    waiting = patient(asker)

    def explain(findings: Sequence[Finding], as_of_ns: int) -> Diagnosis:
        known = [change for change in recorded if change.time_ns <= as_of_ns]
        # What is found must not hang on how busy the machine is: a statement that is stopped ends the backtest.
        return diagnose(findings, waiting, project, as_of_ns, known)

    first, last = int(frame.bucket[0]), to_ns // (step_s * NS_PER_S)
    state = begin(frame.series, step_s)
    detective = Detective.of(project, frame.series, frame.parents, frame.strata, state, explain, from_ns)
    every = max(1, (last - first) // 100)
    for bucket, cell in frame.steps(first, last):
        detective.step(bucket, cell)
        if (bucket - first) % every == 0:
            progress(0.2 + 0.8 * (bucket - first) / (last - first))
    progress(1.0)
    ordered = sorted(detective.cases.values(), key=lambda case: (case.incident.opened_ns, case.incident.id))
    return [(case.incident, detective.findings(case.group, case.group.closed or last - 1)) for case in ordered]


def check_waiting(from_ns: int, to_ns: int, step_s: int) -> None:
    """Of a backtest whose caller waits for its result. Raises BadInput."""
    check_window(from_ns, to_ns, step_s)
    steps = (to_ns - from_ns) // (step_s * NS_PER_S)
    if steps > MOST_WAITED_STEPS:
        raise BadInput(
            f"{steps} steps are too many to wait for, at most {MOST_WAITED_STEPS}: POST /api/v1/backtests runs them as a job"
            " and GET /api/v1/backtests/{id} tells how far it is, or ask for a shorter window or a longer step"
        )


def check_window(from_ns: int, to_ns: int, step_s: int) -> None:
    """Raises BadInput."""
    if from_ns >= to_ns:
        raise BadInput("the window is empty: from must lie before to")
    if not LEAST_STEP_S <= step_s <= MOST_STEP_S or 3600 % step_s:
        raise BadInput("step is between 1m and 1h and divides an hour, e.g. 1m, 5m, 15m")
    steps = (to_ns - from_ns) // (step_s * NS_PER_S)
    if steps > MOST_STEPS:
        raise BadInput(f"{steps} steps are too many, at most {MOST_STEPS}: ask for a shorter window or a longer step")

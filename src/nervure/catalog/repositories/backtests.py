"""Backtests asked for by the API, worked on by whichever process holds the lease, with what they found."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from nervure.base.errors import Conflict, NotFound
from nervure.catalog.repositories.incidents import distinct, incident_of
from nervure.catalog.repositories.work import Work
from nervure.catalog.tables import SettingRow
from nervure.model.backtest import BacktestJob
from nervure.model.finding import Finding
from nervure.model.incident import Incident

# Of each project; older ones are forgotten with what they found.
KEPT = 20
MOST_OPEN = 5
MOST_CASES, MOST_FINDINGS = 500, 60
Found = tuple[Incident, Sequence[Finding]]


class Backtests(Work[BacktestJob]):
    """Thread-safe. What was found lies apart from the job, so that looking for work reads little."""

    noun, words, address = "backtest", "backtest", "/api/v1/backtests"

    def create(self, project: str, from_ns: int, to_ns: int, step_s: int, actor: str = "system") -> BacktestJob:
        """Asks for it. The window was found valid. Raises Conflict while too many wait."""
        held = self.list(project)
        if sum(one.is_open for one in held) >= MOST_OPEN:
            raise Conflict(f"{MOST_OPEN} backtests of project {project!r} are waiting or running: cancel one, or wait")
        now_ns = self._clock.now_ns()
        job = BacktestJob(
            self._ids.token("backtest", 8), project, from_ns, to_ns, step_s, created_ns=now_ns, changed_ns=now_ns,
            actor=actor,
        )  # fmt: skip
        self._add(job, actor)
        self._forget([one.id for one in held if not one.is_open][KEPT - 1 :])
        return job

    def finish(self, job: BacktestJob, cases: Sequence[Found], holder: str) -> BacktestJob:
        """Keeps what was found, the first of them when there are very many, and that the job is done."""
        body = [
            {"incident": asdict(incident), "findings": [asdict(one) for one in distinct(findings)[:MOST_FINDINGS]]}
            for incident, findings in cases[:MOST_CASES]
        ]
        with self._database.write() as session:
            row = SettingRow(name=_found_key(job.id), value={"cases": body}, changed_ns=self._clock.now_ns())
            session.merge(row)
        return self.save(replace(job, state="done", share=1.0, found=len(cases)), holder)

    def found(self, job_id: str) -> list[Found]:
        """The incidents with their findings, in order of time; none before the job is done."""
        with self._database.read() as session:
            row = session.get(SettingRow, _found_key(job_id))
            cases = row.value["cases"] if row else []
        return [(incident_of(one["incident"]), [Finding(**each) for each in one["findings"]]) for one in cases]

    def found_one(self, job_id: str, incident_id: str) -> Found:
        """One of them. Raises NotFound."""
        for incident, findings in self.found(job_id):
            if incident.id == incident_id:
                return incident, findings
        raise NotFound(f"backtest {job_id!r} found no incident {incident_id!r}: GET {self.address}/{job_id}/incidents")

    def read(self, values: dict[str, Any]) -> BacktestJob:
        """See Work."""
        return BacktestJob(**values)

    def _forget(self, job_ids: Sequence[str]) -> None:
        with self._database.write() as session:
            for job_id in job_ids:
                for name in (self._key(job_id), _found_key(job_id)):
                    row = session.get(SettingRow, name)
                    if row is not None:
                        session.delete(row)


def _found_key(job_id: str) -> str:
    # Not below the jobs' own prefix: those are listed whenever somebody looks for work.
    return f"backtest_found/{job_id}"

"""What is counted of jobs, in the manner of `app.metrics`."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.store import Job
from app.store.jobs_table import State

SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
"""Bounds of durations: a batch may wait for a day."""


class JobMetrics:
    """The numbers of jobs. Kinds are the code's own, so that they are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = Gauge(
            "fathom_jobs",
            "Jobs in the database that have not ended.",
            ("state",),
            registry=registry,
        )
        self._ended = Counter(
            "fathom_jobs_ended", "Jobs that ended here.", ("kind", "state"), registry=registry
        )
        self._wait_seconds = Histogram(
            "fathom_job_wait_seconds",
            "From putting a job to beginning it for the first time.",
            ("kind",),
            registry=registry,
            buckets=SECONDS,
        )
        self._run_seconds = Histogram(
            "fathom_job_run_seconds",
            "From beginning a job to its end, of the last time it was begun.",
            ("kind",),
            registry=registry,
            buckets=SECONDS,
        )
        self._retried = Counter(
            "fathom_jobs_retried", "Jobs put back to be begun again.", ("kind",), registry=registry
        )
        self._lost = Counter(
            "fathom_jobs_lost",
            "Jobs whose holders were heard of no more.",
            ("kind",),
            registry=registry,
        )

    def began(self, job: Job) -> None:
        """Count a job that is begun."""
        if job.attempts == 1 and not job.restarts and not job.not_before:
            self._wait_seconds.labels(job.kind).observe((job.started or 0) - job.created)

    def ended(self, job: Job) -> None:
        """Count a job that ended, or was put back to be tried again."""
        if not job.over:
            self._retried.labels(job.kind).inc()
            return
        self._ended.labels(job.kind, job.state).inc()
        if job.started is not None and job.ended is not None:
            self._run_seconds.labels(job.kind).observe(job.ended - job.started)

    def lost(self, job: Job) -> None:
        """Count a job whose holder was heard of no more."""
        self._lost.labels(job.kind).inc()

    def known(self, counts: Mapping[State, int]) -> None:
        """Take down how many jobs there are in each state."""
        for state, count in counts.items():
            self._jobs.labels(state).set(count)

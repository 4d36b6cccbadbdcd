"""How jobs are done: the settings under `jobs`."""

from pydantic import BaseModel, ConfigDict, Field


class JobsConfig(BaseModel):
    """How many jobs are done at once, how long they may take, and when they are tried again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    concurrency: int = Field(default=4, ge=0, description="done at once in this process")
    per_owner: int | None = Field(
        default=None, ge=1, description="done at once for one key, in all processes; null: any"
    )
    lease_seconds: float = Field(
        default=30, gt=0, description="after so long without a sign of life a job is begun anew"
    )
    poll_seconds: float = Field(
        default=1, gt=0, description="between looks for jobs that other processes have put"
    )
    attempts: int = Field(
        default=3, ge=1, description="how often a job is tried whose model servers fail"
    )
    retry_seconds: float = Field(
        default=2, ge=0, description="before the second try; twice as long before each further one"
    )
    losses: int = Field(
        default=5, ge=0, description="how often a job is begun anew because its server ended"
    )
    expire_hours: float = Field(
        default=24, gt=0, description="after so long a job that has not ended is given up"
    )
    keep_hours: float = Field(
        default=720, gt=0, description="how long after its end a job is remembered"
    )

    @property
    def beat_seconds(self) -> float:
        """Between signs of life, and so the longest that another process waits to be heard."""
        return self.lease_seconds / 6

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after so many failures, at most a minute."""
        return float(min(60.0, self.retry_seconds * 2 ** min(failures - 1, 16)))

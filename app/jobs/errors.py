"""What a job fails with that no single request could.

JobError
└── JobLost   the server ended during it too often
"""


class JobError(Exception):
    """Base of what only jobs fail with."""


class JobLost(JobError):
    """The server ended during the job as often as that is put up with."""

    def __init__(self, job: str, times: int) -> None:
        super().__init__(f"the server ended {times} times during {job}, which is not begun again")
        self.job, self.times = job, times

"""What can go wrong with what is remembered.

StoreError
├── OtherVersion       the tables are not those of this version
├── NotKept            nothing of this id is kept, for this caller
├── TraceNotFound      no answer of this id is remembered
├── ResponseNotFound   no response of this id is kept for whoever asks
├── JobNotFound        there is no job of this id
├── NoSuchFile         whoever asks has no file of this id
├── NoSuchBatch        nor a batch
├── KeyNotFound        no key has this id
└── LeaseLost          whoever does a job is not its holder any more
"""


class StoreError(Exception):
    """The database cannot be opened, read or written."""


class OtherVersion(StoreError):
    """The database's tables are older than this program, or newer."""


class KeyNotFound(StoreError):
    """No key has this id."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no key {key!r}; `fathom keys list` shows those that there are")


class TraceNotFound(StoreError):
    """No answer of this id is remembered."""

    def __init__(self, trace: str) -> None:
        super().__init__(
            f"no answer {trace!r} is remembered; a `trace` is the `id` of a chat completion"
        )
        self.trace = trace


class NotKept(StoreError):
    """Nothing of this id is kept, or it is another's: nobody is told which."""

    def __init__(self, name: str, *, param: str | None = None) -> None:
        super().__init__(f"nothing is kept under the id {name!r}")
        self.name, self.param = name, param


class ResponseNotFound(StoreError):
    """No response of this id is kept for whoever asks; `param` names the field that has the id."""

    def __init__(self, response: str) -> None:
        super().__init__(f"no response {response!r} is kept here")
        self.response = response
        self.param: str | None = None


class JobNotFound(StoreError):
    """There is no job of this id."""

    def __init__(self, job: str) -> None:
        super().__init__(f"there is no job {job!r}")
        self.job = job


class NoSuchFile(StoreError):
    """Whoever asks has no file of this id."""

    def __init__(self, file: str) -> None:
        super().__init__(f"there is no file {file!r}; GET /v1/files lists those that there are")
        self.file = file


class NoSuchBatch(StoreError):
    """Whoever asks has no batch of this id."""

    def __init__(self, batch: str) -> None:
        super().__init__(f"there is no batch {batch!r}; GET /v1/batches lists those that there are")
        self.batch = batch


class LeaseLost(StoreError):
    """Whoever does a job is not its holder any more: somebody else does it, or it has ended."""

    def __init__(self, job: str) -> None:
        super().__init__(f"job {job} is another's by now, or has ended")
        self.job = job

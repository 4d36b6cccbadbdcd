"""How long keys live, and how much is kept under one."""

from pydantic import BaseModel, ConfigDict, Field


class IdempotencyConfig(BaseModel):
    """Bounds of what is kept under the keys of requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: float = Field(default=24, gt=0, description="until a key is free for another request")
    megabytes: float = Field(
        default=4, gt=0, description="of a request with a key, and of an answer that is kept"
    )

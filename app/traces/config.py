"""What is kept of searches, and for how long."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MEGABYTE = 1_000_000


class TracesConfig(BaseModel):
    """Which searches are kept, until when, and how much of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep: Literal["all", "asked", "none"] = Field(
        default="asked",
        description="every search; those of requests with `search.keep` or `store`; or none",
    )
    days: float = Field(default=30, gt=0, description="until searches and completions are deleted")
    megabytes: float = Field(
        default=500, gt=0, description="of all searches, and of all completions; the oldest go"
    )
    trace_megabytes: float = Field(
        default=4, gt=0, description="of one search; of a larger one the summary alone is kept"
    )

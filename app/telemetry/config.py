"""How requests are traced."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

_Url = Annotated[str, Field(pattern=r"^https?://[^/]+")]


class TracingConfig(BaseModel):
    """Where spans go, and what is in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: _Url | None = Field(
        default=None,
        description="of a collector that takes OTLP over HTTP, without /v1/traces; null is none",
    )
    sample: float = Field(
        default=1.0, ge=0, le=1, description="share of the traces begun here that are recorded"
    )
    content: bool = Field(default=False, description="whether prompts and answers are in spans")
    service_name: str | None = Field(
        default=None, description="OTEL_SERVICE_NAME, or else fathom, if not given"
    )
    headers: dict[str, SecretStr] = Field(default={}, description="sent to the collector")

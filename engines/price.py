"""What tokens cost, by the configuration."""

from pydantic import BaseModel, ConfigDict, Field


class Price(BaseModel):
    """Money per million tokens, by what they are: read, drawn, or found in the prefix cache."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: float = Field(ge=0, description="per million tokens read")
    completion: float = Field(ge=0, description="per million tokens drawn")
    cached: float = Field(default=0.0, ge=0, description="per million tokens found in the cache")

    def of(self, read: int, cached: int, drawn: int) -> float:
        """Return the money that so many tokens cost."""
        return (self.prompt * read + self.cached * cached + self.completion * drawn) / 1e6

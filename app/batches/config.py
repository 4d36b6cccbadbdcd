"""How files are kept: the settings under `files`."""

from pydantic import BaseModel, ConfigDict, Field


class FilesConfig(BaseModel):
    """How long a file may be, and how long it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(default=100_000_000, ge=1, description="of one file")
    keep_hours: float = Field(
        default=720, gt=0, description="how long files are kept that do not say it themselves"
    )

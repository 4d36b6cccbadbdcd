"""The parts of a message's content: text and images. Others are refused by their names."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, field_validator

from app.body import Body
from engines.conversation import Image

_SCHEMES = ("data:image/", "https://", "http://")


class TextPart(Body):
    """A piece of text."""

    type: Literal["text"]
    text: str


class ImageUrl(Body):
    """Where an image is: in the URL itself, or on the web, if the operator allows that."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str) -> str:
        if not url.lower().startswith(_SCHEMES):
            raise ValueError("an image's URL begins with `data:image/`, `https://` or `http://`")
        return url


class ImagePart(Body):
    """An image, for engines whose model sees some."""

    type: Literal["image_url"]
    image_url: ImageUrl


AnyPart: TypeAlias = TextPart | ImagePart
_TYPES = ("text", "image_url")


Parts: TypeAlias = Annotated[
    list[Annotated[AnyPart, Field(discriminator="type")]], Field(min_length=1)
]
_PARTS: TypeAdapter[list[AnyPart]] = TypeAdapter(Parts)


def _read(content: object) -> object:
    """Return a content whose parts are read: what is wrong with one is then said of it alone."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError("it is a text, or a list of parts")  # noqa: TRY004 - pydantic's kind
    for part in content:
        told = part.get("type") if isinstance(part, dict) else None
        if told not in _TYPES:
            raise ValueError(f"parts are `text` or `image_url` here, not {str(told)[:40]!r}")
    try:
        return _PARTS.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{place or 'parts'}: {first['msg']}") from error


Content: TypeAlias = Annotated[str | Parts, BeforeValidator(_read)]


def text_of(content: "str | list[AnyPart] | None") -> str:
    """Return the text of a content, without its images."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part.text for part in content if isinstance(part, TextPart))


def images_of(content: "str | list[AnyPart] | None") -> tuple[Image, ...]:
    """Return the images of a content, each with its place in the text."""
    images: list[Image] = []
    place = 0
    for part in content if isinstance(content, list) else ():
        if isinstance(part, TextPart):
            place += len(part.text)
        else:
            images.append(Image(place, part.image_url.url, part.image_url.detail))
    return tuple(images)

"""Files as bytes: written to the database part by part, and read from it in the same way."""

from collections.abc import AsyncIterator
from secrets import token_hex

from app.store import File, Store
from app.store.files import part
from app.store.files_table import PART_BYTES, Part

UNFINISHED_SECONDS = 3600.0
"""After so long a file that never became whole is deleted."""


class Writing:
    """A file that is being written: parts as they come, nothing to be seen until it is whole."""

    def __init__(
        self, store: Store, *, owner: str, name: str, purpose: str, created: float
    ) -> None:
        self._store, self._waiting, self._place = store, bytearray(), 0
        self.file = File(
            id=f"file-{token_hex(12)}",
            owner=owner,
            name=name,
            purpose=purpose,
            created=created,
            expires=created + UNFINISHED_SECONDS,
        )

    async def begin(self) -> None:
        """Make room for it."""
        async with self._store.session() as session:
            session.add(self.file)

    async def write(self, content: bytes) -> None:
        """Add bytes behind those there are."""
        self._waiting += content
        while len(self._waiting) >= PART_BYTES:
            await self._put(bytes(self._waiting[:PART_BYTES]))
            del self._waiting[:PART_BYTES]

    async def end(self) -> int:
        """Write what is left, and return how many bytes there are."""
        if self._waiting:
            await self._put(bytes(self._waiting))
            self._waiting.clear()
        return self.file.bytes

    async def _put(self, content: bytes) -> None:
        async with self._store.session() as session:
            session.add(Part(file=self.file.id, place=self._place, content=content))
        self._place += 1
        self.file.bytes += len(content)


async def parts(store: Store, file: str) -> AsyncIterator[bytes]:
    """Give the bytes of a file, a part at a time; no transaction is open in between."""
    place = 0
    while True:
        async with store.session() as session:
            content = await part(session, file, place)
        if content is None:
            return
        yield content
        place += 1


async def lines(store: Store, file: str, longest: int) -> AsyncIterator[bytes]:
    """Give the lines of a file, without their ends.

    One that is longer than `longest` is cut there, so that it can be seen to be too long.
    """
    begun = bytearray()
    async for content in parts(store, file):
        *whole, rest = content.split(b"\n")
        for line in whole:
            yield bytes(begun + line)[: longest + 1]
            begun.clear()
        begun += rest[: longest + 1 - len(begun)] if len(begun) <= longest else b""
    if begun:
        yield bytes(begun)

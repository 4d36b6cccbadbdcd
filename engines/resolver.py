"""Looking up the names of model servers."""

import socket

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override


class Resolver(ThreadedResolver):
    """Looks names up in the shared thread pool, but `localhost` never: a full pool stalls it."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host != "localhost":
            return await super().resolve(host, port, family)
        loopback = (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address, kind in loopback
        ]  # fmt: skip

"""Whether a service wants keys, and whether there are any to be shown to it."""

import time
from contextlib import AsyncExitStack
from ipaddress import ip_address
from pathlib import Path

from app.keys.errors import NoKeys
from app.settings import Settings
from app.store import Store, open_store
from app.store.keys import any_key


def keys_wanted(settings: Settings) -> bool:
    """Say whether requests must come with a key."""
    if settings.keys == "auto":
        return not is_loopback(settings.host)
    return settings.keys == "required"


def is_loopback(host: str) -> bool:
    """Say whether only programs of this machine reach an address, or come from it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def check_keys(settings: Settings, store: Store | None) -> None:
    """Return if whoever can reach a service could show a key, or need not.

    Raises:
        NoKeys: keys are wanted, and there are none.
        StoreError: the database failed.
    """
    if not keys_wanted(settings) or is_loopback(settings.host) or settings.admin_key is not None:
        return
    if store is None or not await any_key(store, time.time()):
        raise NoKeys(settings.host)


async def check_before(settings: Settings) -> None:
    """Check the same before anything is opened, where the database is a file: that is there now.

    Raises:
        NoKeys: keys are wanted, and there are none.
        StoreError: the file cannot be used.
    """
    where = settings.database
    if where is not None and "://" in where:
        return
    async with AsyncExitStack() as stack:
        there = where is not None and _is_file(where)
        store = await stack.enter_async_context(open_store(str(where))) if there else None
        await check_keys(settings, store)


def _is_file(where: str) -> bool:
    return Path(where).is_file()

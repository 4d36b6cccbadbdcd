"""From a secret to who holds it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.callers import ADMINISTRATOR, ANYONE
from app.keys.errors import InvalidKey
from app.keys.issue import Issued, issue
from app.keys.limits import Limits
from app.keys.ring import KeyRing
from app.keys.secret import digest, new_secret, prefix_of
from app.store import Store, open_store
from app.store.keys import add_key, revoke_key

ADMIN = SecretStr("of the settings")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "a.db") as opened:
        yield opened


class Clock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


async def made(store: Store, **limits) -> Issued:
    issued = issue("a", ["traces", "chat"], Limits.model_validate(limits))
    await add_key(store, issued.key)
    return issued


async def test_the_holder_of_a_secret_is_known_with_what_they_may_do(store: Store) -> None:
    issued = await made(store, daily_tokens=5, weight=2, kept=False)
    caller = await KeyRing().holder(issued.secret, store)
    assert not caller.kept
    assert (caller.id, caller.scopes) == (issued.key.id, {"chat", "traces"})
    assert (caller.limits.daily_tokens, caller.limits.weight) == (5, 2)


async def test_a_secret_that_only_begins_like_one_is_refused(store: Store) -> None:
    secret = (await made(store)).secret
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in (other, secret[:-1], secret + "A", "", "sk-none", "fk-é" + secret[4:]):
        with pytest.raises(InvalidKey):
            await KeyRing().holder(wrong, store)


async def test_the_key_of_the_settings_opens_everything_and_nothing_else_does(store) -> None:
    assert await KeyRing().holder("of the settings", store, ADMIN) is ADMINISTRATOR
    assert await KeyRing().holder("of the settings", None, ADMIN) is ADMINISTRATOR
    with pytest.raises(InvalidKey):
        await KeyRing().holder("of the setting", store, ADMIN)


async def test_a_key_revoked_elsewhere_is_taken_for_some_seconds(store: Store) -> None:
    issued, clock = await made(store), Clock()
    ring = KeyRing(clock)
    await ring.holder(issued.secret, store)
    await revoke_key(store, issued.key.id, clock.now)
    clock.now += 4
    await ring.holder(issued.secret, store)
    clock.now += 2
    with pytest.raises(InvalidKey, match=r"fk-.{8}\.\.\. was revoked"):
        await ring.holder(issued.secret, store)


async def test_a_ring_that_forgets_looks_again_at_once(store: Store) -> None:
    issued, ring = await made(store), KeyRing()
    await ring.holder(issued.secret, store)
    await revoke_key(store, issued.key.id, 1.0)
    ring.forget()
    with pytest.raises(InvalidKey, match="revoked"):
        await ring.holder(issued.secret, store)


async def test_a_key_expires_at_its_time_though_it_is_remembered(store: Store) -> None:
    issued, clock = issue("a", ["chat"], Limits(), days=1), Clock()
    await add_key(store, issued.key)
    assert issued.key.expires
    clock.now = issued.key.expires - 1
    ring = KeyRing(clock)
    await ring.holder(issued.secret, store)
    clock.now += 1
    with pytest.raises(InvalidKey, match="expired"):
        await ring.holder(issued.secret, store)


async def test_a_job_runs_for_whoever_asked_for_it_as_long_as_their_key_is_good(store) -> None:
    issued, ring = await made(store), KeyRing()
    assert (await ring.caller_of(issued.key.id, store)).id == issued.key.id
    assert await ring.caller_of("", store) is ANYONE
    assert await ring.caller_of("admin", None) is ADMINISTRATOR
    await revoke_key(store, issued.key.id, 1.0)
    for id_ in (issued.key.id, "key_of_nobody"):
        with pytest.raises(InvalidKey):
            await ring.caller_of(id_, store)


async def test_what_is_kept_does_not_hold_the_secret(store: Store) -> None:
    issued = await made(store)
    kept = repr(issued.key)
    assert issued.secret not in kept
    assert issued.key.digest == digest(issued.secret)
    assert issued.key.prefix == issued.secret[:11] == prefix_of(issued.secret)


def test_a_secret_is_long_and_nobodys_else() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) == 46 and secret.startswith("fk-") for secret in secrets)

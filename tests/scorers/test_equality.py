import asyncio
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import textwrap
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorers.answers import Answers, BadPattern
from scorers.equality import MathGrader
from scorers.math_pool import MathPool, WorkerLost
from tests.scorers.hostile import Deadly, Endless

SAME = (("x+y", "y+x"),)
OTHER = (("x+y", "x-y"),)
EVENTUALLY = 30


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
async def grader():
    async with MathGrader(workers=1, seconds=0.5, remembered=1) as grader:
        yield grader


@pytest.fixture(scope="module")
async def pool():
    async with MathPool(workers=2, seconds=0.4, memory_bytes=1 << 30) as pool:
        yield pool


@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "busy"
    os.mkfifo(path)
    return path


def boxed(*answers):
    return [f"\\boxed{{{answer}}}" for answer in answers]


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        ("1/2", r"\frac{1}{2}"),
        ("0.5", r"\frac{1}{2}"),
        ("0.50", r"\frac12"),
        ("40000", r"40,\!000"),
        ("5.0", "5"),
        ("x+1", "1+x"),
        ("(1, 2)", "(1,2)"),
        (r"\text{Blue}", "blue"),
        (r"10\text{ cm}", "10"),
        (r"30^\circ", "30"),
        (r"50\%", "50"),
        (r"\$5", "5"),
        ("x=5", "5"),
        (r"2\sqrt{3}", r"\sqrt{12}"),
        ("7 3/4", r"\frac{31}{4}"),
        (r"-\frac{1}{2}", r"\frac{-1}{2}"),
        ("1 and 2", "1,2"),
    ],
)
async def test_what_the_papers_grader_accepts_is_accepted(grader, given, truth):
    assert await grader.equal(truth, given)


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        ("2/4", r"\frac{1}{2}"),
        (r"\frac{6}{3}", "2"),
        ("4+1", "5"),
        ("(1,2)", "(1,2]"),
        ("(2,1)", "(1,2)"),
        ("2,1", "1,2"),
        ("3.14", r"\pi"),
        ("10^{12}", "1000000000000"),
        ("3 million", "3000000"),
        ("", "0"),
    ],
)
async def test_what_the_papers_grader_rejects_is_rejected(grader, given, truth):
    assert not await grader.equal(truth, given)


async def test_a_text_without_an_answer_equals_nothing(grader):
    answers = await grader.group(["", "1"])
    assert answers == Answers((None, "1"), (None, 0))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"(\sqrt{12}, x+1)", r"(2\sqrt{3}, 1+x)"),
        (r"\{1, 2\}", r"\{2, 1\}"),
        (r"(-\infty,1)\cup(2,3)", r"(2,3)\cup(-\infty,1)"),
        (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
        (r"e^{-x^2}", r"\frac{1}{e^{x^2}}"),
    ],
)
async def test_algebra_joins_what_is_written_differently(grader, one, other):
    assert (await grader.group(boxed(one, other))).groups == (0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("listen", "silent"),
        ("1/3", "0.333333"),
        ("B", "C"),
        ("z+1", "2x+z=z+1"),
        (r"\infty", r"-\infty"),
        (r"\foo{5}", "5.5"),
    ],
)
async def test_what_only_looks_alike_stays_apart(grader, one, other):
    assert (await grader.group(boxed(one, other))).groups == (0, 1)


async def test_groups_are_numbered_in_the_order_first_seen(grader):
    texts = boxed("x+1", "7", r"\sqrt{12}", "1+x", "7.0", r"2\sqrt{3}", "x+2")
    answers = await grader.group([*texts, "no " * 40])
    assert answers.groups == (0, 1, 2, 0, 1, 2, 3, None)
    assert answers.texts[4] == "7.0"


async def test_a_pattern_finds_what_is_grouped(grader):
    answers = await grader.group(["a: 1, b: 2", "a: 1, b: 3", "b: 4"], r"a: (\d)")
    assert answers == Answers(("1", "1", None), (0, 0, None))


async def test_a_bad_pattern_is_the_callers_fault(grader):
    with pytest.raises(BadPattern):
        await grader.group(["1"], "(")


@given(st.lists(st.sampled_from(["1", "1.0", "2", "1/2", "0.5", "A", "Paris", "no " * 40])))
@settings(deadline=None)
async def test_plain_answers_are_grouped_without_a_process(texts):
    not_started = MathGrader()
    answers = await not_started.group(texts)
    assert not_started.timeouts == 0
    numbers = [number for number in answers.groups if number is not None]
    first_seen = list(dict.fromkeys(numbers))
    assert first_seen == list(range(len(first_seen)))
    assert len(set(zip(texts, answers.groups, strict=True))) == len(set(texts))


async def test_a_comparison_is_made_once(grader):
    await grader.equal("a+b", "b+a")
    start = perf_counter()
    for _ in range(2000):
        await grader.equal("a+b", "b+a")
    assert perf_counter() - start < 1.5


async def test_a_memory_for_one_comparison_does_for_a_group(grader):
    texts = boxed("x+1", "x+2", "2+x", "1+x", "x+1+0")
    assert (await grader.group(texts)).groups == (0, 1, 1, 0, 0)


@pytest.mark.parametrize(
    "bomb",
    [
        "9^{9^{9^9}}",
        "10**10**8",
        "10^{100000000}",
        "(3^{999})^{999}",
        "((3^{99}+1)^{99}+1)^{(99^{99})}",
        "(10^8)!",
        "(" * 99 + "x" + ")" * 99,
        "x^{" * 50 + "2" + "}" * 50,
        r"\frac{" * 2000,
        "{" * 10**6,
    ],
)
async def test_bombs_are_not_equal_to_anything_and_do_not_hang(grader, bomb):
    start = perf_counter()
    assert not await grader.equal("x+y", bomb)
    assert perf_counter() - start < 5


@pytest.mark.parametrize("bomb", ["9^{9^{9^9}}", "10^{100000000}", "100000!", "x" * 300])
async def test_bombs_that_look_like_one_reach_no_process(bomb):
    not_started = MathGrader()
    assert not await not_started.equal("x+y", bomb)
    assert not_started.timeouts == 0


async def test_sound_answers_do_not_suffer_for_bombs_among_them(grader):
    before = grader.timeouts
    texts = boxed("(10^8)!", r"\sqrt{12}", r"2\sqrt{3}", "(10^8+1)!", r"\sqrt{3}*2")
    assert (await grader.group(texts)).groups == (0, 1, 1, 2, 1)
    assert grader.timeouts == before + 3


async def test_workers_that_hang_unheard_or_crash_are_replaced(pool):
    async def lose(form):
        with pytest.raises(WorkerLost):
            await pool.ask(((("x", form),),))

    async with asyncio.TaskGroup() as tasks:
        for form in (Endless(), Deadly("y")):
            tasks.create_task(lose(form))
    assert pool.timeouts == 2
    assert await pool.ask((OTHER, SAME, OTHER)) == (False, True)


async def test_a_pool_whose_idle_worker_was_killed_is_replaced():
    # Its own, and only its own worker: another pool's would be replaced under a later test.
    others = set(multiprocessing.active_children())
    async with MathPool(workers=1, seconds=5, memory_bytes=1 << 30) as pool:
        assert await pool.ask((SAME,)) == (True,)
        for child in set(multiprocessing.active_children()) - others:
            os.kill(child.pid, signal.SIGKILL)
        assert await pool.ask((SAME,)) == (True,)


async def test_giving_up_waiting_leaves_a_pool_that_works(pool, fifo):
    asked = asyncio.ensure_future(pool.ask(((("x", Endless(fifo)),),)))
    await asyncio.to_thread(fifo.read_text)
    asked.cancel()
    assert await pool.ask((SAME,)) == (True,)


async def test_closing_ends_a_busy_worker_and_whoever_waits(fifo):
    async with MathPool(workers=1, seconds=20, memory_bytes=1 << 30) as pool:
        questions = [(("x", Endless(fifo)),)], [SAME]
        waiting = [asyncio.ensure_future(pool.ask(tuple(question))) for question in questions]
        busy = int(await asyncio.to_thread(fifo.read_text))
        start = perf_counter()
    for asked in waiting:
        with pytest.raises(WorkerLost):
            await asked
    assert perf_counter() - start < 2
    assert busy not in {child.pid for child in multiprocessing.active_children()}


PARENT = """
    import asyncio, multiprocessing, sys
    from scorers.math_pool import MathPool
    from tests.scorers.hostile import Endless

    async def main():
        async with MathPool(workers=1, seconds=99, memory_bytes=1 << 30) as pool:
            print(*(worker.pid for worker in multiprocessing.active_children()), flush=True)
            await pool.ask(((("x", Endless(sys.argv[1])),),))

    asyncio.run(main())
"""


def test_even_a_busy_worker_dies_with_its_parent(fifo):
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(fifo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        worker = os.pidfd_open(int(parent.stdout.readline()))
        fifo.read_text()
        parent.kill()
        assert select.select([worker], [], [], EVENTUALLY)[0]
        os.close(worker)

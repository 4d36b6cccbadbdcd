"""How files have questions that ask for a program.

    prompt, entry_point, test                 HumanEval (arXiv:2107.03374): `check(candidate)`
    text | prompt, test_list                  MBPP (arXiv:2108.07732): asserts
    question_content, private_test_cases      LiveCodeBench (arXiv:2403.07974): calls or stdin
    question | prompt, tests [, public_tests] tests as a request's `search.tests` has them
Knows entries, not files.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from evaluation.entries import Entry, Lacking, Shaped, for_program, text_of
from evaluation.programs.livecodebench import livecodebench
from evaluation.programs.task import ProgramTask, read_tests
from scorers.programs.from_prompt import public_tests
from scorers.programs.tests import AssertTest, CheckTest


def programs(entry: Entry) -> Shaped | None:
    """Return a question that asks for a program; `None` if an entry asks for none.

    Raises:
        Lacking: it asks for one, and has not what its shape has.
    """
    if {"entry_point", "test"} <= entry.keys():
        return _humaneval(entry)
    if "test_list" in entry:
        return _mbpp(entry)
    if "private_test_cases" in entry or "public_test_cases" in entry:
        return livecodebench(entry)
    return _ours(entry) if "tests" in entry else None


def _humaneval(entry: Entry) -> Shaped:
    prompt = _code(entry, "prompt")
    check = CheckTest(code=_code(entry, "test"), entry_point=text_of(entry, "entry_point"))
    body = entry.get("canonical_solution")
    task = ProgramTask(
        public=tuple(public_tests(prompt)),
        private=(check,),
        reference=prompt + body if isinstance(body, str) else None,
    )
    return for_program(f"Complete this function:\n```python\n{prompt.rstrip()}\n```", task)


def _mbpp(entry: Entry) -> Shaped:
    text = text_of(entry, "text" if "text" in entry else "prompt")
    setup = _setup(entry)
    lists = [_strings(entry, "test_list")]
    if "challenge_test_list" in entry:
        lists.append(_strings(entry, "challenge_test_list"))
    shown = lists[0][:1]
    if not shown:
        raise Lacking("has no test in `test_list`")
    private = tuple(AssertTest(code=setup + code) for several in lists for code in several)
    reference = entry.get("code")
    task = ProgramTask(
        public=private[:1],
        private=private,
        reference=reference if isinstance(reference, str) else None,
    )
    return for_program(text, task, shown)


def _setup(entry: Entry) -> str:
    """Return what MBPP runs before each test: `test_setup_code`, or a list of `test_imports`."""
    code = entry.get("test_setup_code", "")
    lines = _strings(entry, "test_imports") if "test_imports" in entry else []
    setup = "\n".join([*lines, *([code] if isinstance(code, str) and code.strip() else [])])
    return setup + "\n" if setup else ""


def _ours(entry: Entry) -> Shaped:
    text = text_of(entry, "question" if "question" in entry else "prompt")
    try:
        private = read_tests(entry["tests"])
        given = entry.get("public_tests")
        public = public_tests(text) if given is None else read_tests(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Lacking(f"has tests that are none: {first['msg']} (`{place}`)") from error
    if not private:
        raise Lacking("has no test in `tests`")
    reference = entry.get("solution")
    task = ProgramTask(tuple(public), private, reference if isinstance(reference, str) else None)
    return for_program(text, task)


def _code(entry: Entry, field: str) -> str:
    """Return a field's text as it is: space at its ends is part of a program."""
    text_of(entry, field)
    value = entry[field]
    assert isinstance(value, str)
    return value


def _strings(entry: Entry, field: str) -> Sequence[str]:
    value = entry.get(field)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Lacking(f"has no list of texts as `{field}`")
    return [str(one) for one in value]

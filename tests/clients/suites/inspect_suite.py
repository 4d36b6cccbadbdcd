"""inspect_ai, as an evaluation of three questions."""

from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
from service import ADDRESS, SEARCH

QUESTIONS = [("What is 6 * 7?", "42"), ("What is 2 + 3?", "5"), ("What is 9 - 8?", "1")]


def evaluated(folder: Path, name: str, **settings: object) -> EvalLog:
    model = get_model(f"openai-api/fathom/{name}", base_url=ADDRESS, api_key="none")
    task = Task(
        dataset=[Sample(input=asked, target=known) for asked, known in QUESTIONS],
        solver=generate(),
        scorer=includes(),
        config=GenerateConfig(max_tokens=16, **settings),
    )
    [log] = evaluate(task, model=model, log_dir=str(folder), display="none")
    return log


def test_every_question_is_answered_and_scored(tmp_path: Path) -> None:
    log = evaluated(tmp_path, "fathom:sample")
    assert log.status == "success", log.error
    assert len(log.samples) == len(QUESTIONS)
    assert all(sample.output.completion for sample in log.samples)
    assert {sample.scores["includes"].value for sample in log.samples} <= {"C", "I"}


def test_a_search_is_asked_for_by_extra_body_and_its_cost_is_in_the_log(tmp_path: Path) -> None:
    log = evaluated(tmp_path, "fathom", extra_body={"search": SEARCH})
    assert log.status == "success", log.error
    [usage] = log.stats.model_usage.values()
    assert usage.reasoning_tokens > 0


def test_what_cannot_be_honoured_ends_the_run_by_the_name_of_the_field(tmp_path: Path) -> None:
    log = evaluated(tmp_path, "fathom", extra_body={"mirostat": 2})
    assert log.status == "error"
    assert "mirostat" in log.error.message

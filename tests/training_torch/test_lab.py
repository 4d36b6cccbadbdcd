import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM, LlamaForTokenClassification
from typer.testing import CliRunner

from app.cli import create_cli
from evaluation.lab.arms import slope_ratio
from evaluation.lab.build import Build, Recipe, install
from evaluation.lab.decoder import Decoder
from evaluation.lab.experiments import EXPERIMENTS, Setup
from evaluation.lab.found import Scale
from evaluation.lab.hindsight import LAYERS_ADDED, MOST, ODDS, OWN, WORST
from evaluation.lab.models import TEACHER, opened, verifier_base
from evaluation.lab.problems import draw_problems
from evaluation.lab.reasoner import LONGEST, WIDTH, Schooling, new_reasoner, teach
from evaluation.lab.sampling import draw
from evaluation.lab.small_scale import Arm, actively
from evaluation.lab.solutions import labelled
from evaluation.lab.task import draw_problem, solve
from evaluation.lab.tokenizer import lab_tokenizer
from evaluation.lab.tokens import prompt_ids, solution_ids
from evaluation.lab.wider import norm_of, widened
from scorers.families import FAMILIES
from scorers.head import Head
from training.examples import Example
from training.tuning.models import Base
from training.verifier.config import TrainConfig
from training.verifier.reading import Reader, Reading
from weights import LAB, Verifier

TINY = Recipe(
    reasoner=Schooling(steps=3, rate=0.02),
    served=Schooling(steps=2, rate=0.02),
    teacher=Schooling(steps=2, rate=0.02, seed=1),
    problems=7,
    samples=2,
    prm=TrainConfig(epochs=1, batch_tokens=1024, validation=0.2, max_tokens=300, dropout=0),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    Build(folder, frozenset(), lambda *_: None, TINY).run()
    return folder


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("evaluation.lab.apprentices.READ", 6)


def right(question: str = "(7+5)*3=?") -> Example:
    return Example(question=question, steps=("12*3", "36", "Answer: 36"), outcome=True)


def test_rows_of_different_lengths_are_read_as_transformers_reads_them():
    model, ids = new_reasoner(0).eval(), torch.randint(0, 26, (3, 20))
    decoder, known = Decoder(model, LONGEST), torch.tensor([5, 8, 12])
    with torch.inference_mode():
        wanted = model(input_ids=ids).logits
        decoder.begin(3, 20)
        decoder.read(ids[:, :12], torch.zeros(3, dtype=torch.long))
        for step in range(4):
            rows = torch.arange(3)
            found = decoder.read(ids[rows, known + step][:, None], known + step)[:, 0]
            assert torch.allclose(found, wanted[rows, known + step], atol=1e-4)


def test_samples_have_the_probability_that_the_model_gives_them():
    model = new_reasoner(0).eval()
    [(_, samples)] = draw(model, ["7+5=?"], 4, seed=0)
    for sample in samples:
        ids = [*prompt_ids("7+5=?"), *sample.ids]
        with torch.inference_mode():
            told = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        own = sum(told[i - 1, ids[i]].item() for i in range(len(prompt_ids("7+5=?")), len(ids)))
        assert sample.logprob == pytest.approx(own, abs=0.02)


def test_drawing_twice_with_one_seed_gives_the_same():
    model, questions = new_reasoner(0).eval(), ["7+5=?", "(7+5)*3=?"]
    assert list(draw(model, questions, 3, seed=1)) == list(draw(model, questions, 3, seed=1))


def test_a_reasoner_learns():
    heard: list[float] = []
    teach(new_reasoner(0), Schooling(steps=12, rate=0.02), lambda _, loss: heard.append(loss))
    assert len(heard) == 12
    assert heard[-1] < heard[0] - 0.3


def read(base: Base, question: str, *lines: str) -> Reading:
    reader = Reader(FAMILIES["lines"].layout, base.tokenize)
    return reader.read(Example(question=question, steps=lines))


def seen(model: LlamaForTokenClassification, ids: Sequence[int], layers: int) -> Tensor:
    """Return (T, D) what is in the residual stream behind so many of the added layers."""
    found: list[Tensor] = []
    parts = (*model.model.layers[-LAYERS_ADDED:], model.model.norm)
    with torch.inference_mode(), hooked(parts[layers], found):
        model(input_ids=torch.tensor([list(ids)]))
    return found[0][0]


@contextmanager
def hooked(part: nn.Module, found: list[Tensor]) -> Iterator[None]:
    handle = part.register_forward_pre_hook(lambda _, given: found.append(given[0]))
    try:
        yield
    finally:
        handle.remove()


def test_a_wider_model_says_what_the_narrow_one_says():
    reasoner = new_reasoner(0).eval()
    model, ids = widened(reasoner.model, 64, 2, 0).eval(), torch.randint(0, 26, (2, 15))
    with torch.inference_mode():
        wanted = reasoner.model(input_ids=ids, output_hidden_states=True)
        found: list[Tensor] = []
        with hooked(model.model.norm, found):
            model(input_ids=ids)
        told = found[0] * torch.rsqrt(found[0].pow(2).mean(-1, keepdim=True))
    told = told[..., :WIDTH] * norm_of(reasoner.model, WIDTH + 64)[:WIDTH]
    assert torch.allclose(told, wanted.last_hidden_state, rtol=1e-3, atol=1e-3)


def test_hindsight_is_what_the_reasoner_told_of_each_token_before_it_came():
    base = verifier_base(LAB)
    reading = read(base, "(7+5)*3=?", "12*3", "37", "Answer: 37")
    teacher = LlamaForCausalLM.from_pretrained(LAB / TEACHER, dtype=torch.float32).eval()
    ids = torch.tensor(reading.ids)
    with torch.inference_mode():
        told = teacher(input_ids=ids[None]).logits[0, :-1]
    own = told.gather(1, ids[1:, None])
    odds = (told - own).clamp(max=MOST).exp().sum(-1)
    found = seen(base.model, reading.ids, 2)[1:]
    # The very last is read as the end of a line, and was to be the solution's.
    solution = slice(reading.begin - 1, len(ids) - 2)
    assert torch.allclose(found[solution, OWN], own[solution, 0], atol=0.25)
    assert torch.allclose(found[solution, ODDS], odds[solution], rtol=0.3, atol=0.3)
    assert found[: reading.begin - 1, ODDS].abs().max() < 0.5


def test_the_end_of_a_solution_is_no_surprise_though_it_is_read_as_that_of_a_line():
    base = verifier_base(LAB)
    reading = read(base, "7+5=?", "12", "Answer: 12")
    assert seen(base.model, reading.ids, 2)[reading.ends[-1], ODDS] < 3


def test_an_error_is_seen_to_the_end_of_its_line():
    base = verifier_base(LAB)
    lines = "12*3-8*2-(9-5)*4", "99-8*2-(9-5)*4", "99-16-(9-5)*4"
    reading = read(base, "(7+5)*3-8*2-(9-5)*4=?", *lines)
    right, wrong, _ = seen(base.model, reading.ids, 3)[list(reading.ends), WORST].tolist()
    assert right < 10
    assert wrong > 100


def test_the_tokenizer_writes_what_the_reasoner_reads():
    rng = random.Random(0)
    for operations in range(1, 9):
        problem = draw_problem(rng, operations)
        lines = solve(problem, rng)
        said = f"{problem.question}\n" + "\n".join(lines)
        wanted = prompt_ids(problem.question) + solution_ids(lines)[:-1]
        assert lab_tokenizer()(said)["input_ids"] == wanted


def test_a_chat_is_the_last_question_and_the_end_of_its_line():
    chat = [{"role": "user", "content": "1+1=?"}, {"role": "user", "content": "(7+5)*3=?"}]
    told = lab_tokenizer().apply_chat_template(chat, tokenize=True, return_dict=False)
    assert told == prompt_ids("(7+5)*3=?")


def test_samples_are_labelled_with_what_is_known_of_them(built):
    reasoner = opened(built).reasoner
    [(_, examples)] = labelled(reasoner, draw_problems(1, 1), 2, seed=0)
    for example in examples:
        assert example.ratings
        assert -1 not in example.ratings[:-1]
        assert example.outcome is (example.answer == example.truth)


def test_what_was_built_is_not_built_again(built):
    heard: list[str] = []
    Build(built, frozenset(), lambda doing, *_: heard.append(doing), TINY).run()
    assert heard == []


def test_what_is_installed_is_served_and_says_where_it_is(built, tmp_path, monkeypatch):
    files = Verifier(tmp_path / "lab-prm.gguf", tmp_path / "lab-prm.head.json")
    monkeypatch.setattr("evaluation.lab.build.VERIFIER", files)
    monkeypatch.setattr("evaluation.lab.build.REASONER_FILE", tmp_path / "lab-reasoner.gguf")
    install(built, tmp_path / "lab")
    assert Head.model_validate_json(files.head.read_text()).kind == "linear"
    assert all(file.stat().st_size > 10_000 for file in tmp_path.glob("*.gguf"))
    record = json.loads((tmp_path / "lab" / "prm" / "fathom_training.json").read_text())
    assert record["directory"] == "weights/lab/prm"
    assert str(built) not in json.dumps(record)


def test_the_judges_are_compared_by_what_they_pick(built):
    setup = Setup(built, draw_problems(5, 7), 4, 9, 0, None, lambda *_: None)
    found = EXPERIMENTS["prm-vs-orm"](setup)
    assert found["sizes"] == (1, 2, 4)
    assert set(found["figures"]) == {
        "prm", "prm_min", "prm_last", "orm", "likelihood", "majority", "prm_over_orm",
        "orm_over_majority",
    }  # fmt: skip
    figures = {name: figure["value"] for name, figure in found["figures"].items()}
    assert figures["prm_over_orm"] == pytest.approx(figures["prm"] - figures["orm"])


@pytest.mark.parametrize(
    ("name", "arms"),
    [
        ("active-learning", {"uniform", "active"}),
        ("synthetic-supervision", {"prm_by_large", "orm_by_large", "orm_by_answer"}),
    ],
)
def test_ways_of_learning_are_compared_by_what_verifiers_pick(built, name, arms, monkeypatch):
    small = Scale(problems=7, pool=4, sizes=(1, 2), samples=2)
    monkeypatch.setattr("evaluation.lab.experiments.Scale", lambda seed: small)
    found = EXPERIMENTS[name](
        Setup(built, draw_problems(5, 7), None, None, 0, None, lambda *_: None)
    )
    assert set(found["curves"]) == set(found["slopes"]) == arms
    assert all(len(curve) == 2 for curve in found["curves"].values())


def test_the_ratio_of_slopes_is_there_only_where_both_rise_for_certain():
    steep, flat = Arm(((0.0,) * 9, (1.0,) * 9)), Arm(((0.5,) * 9, (0.5,) * 9))
    half = Arm(((0.0,) * 9, (0.5,) * 9))
    assert slope_ratio((1, 2), steep, flat, 0) is None
    ratio = slope_ratio((1, 2), steep, half, 0)
    assert ratio
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2, 2, 2))


def test_four_fifths_of_what_is_chosen_actively_are_wrong_and_convince():
    solutions = [right().model_copy(update={"outcome": i < 5, "answer": str(i)}) for i in range(10)]
    chosen = actively([solutions], [[i / 10 for i in range(10)]], 5, 0)
    assert [one.answer for one in chosen] == ["9", "8", "7", "6", "5"]


def test_the_command_says_its_figures_as_one_object(built, tmp_path):
    problems = tmp_path / "problems.jsonl"
    problems.write_text('{"question": "(7+5)*3=?"}\n{"question": "9-5=?"}\n')
    asked = ["lab", "prm-vs-orm", "--models", str(built), "--problems", str(problems)]
    said = CliRunner().invoke(create_cli(), [*asked, "--samples", "2", "--labelled", "4", "--json"])
    told = json.loads(said.stdout)
    assert (told["problems"], told["samples"]) == (2, 2)
    assert all(figure["low"] <= figure["value"] for figure in told["figures"].values())


def test_models_that_are_not_there_are_asked_for(tmp_path):
    said = CliRunner().invoke(create_cli(), ["lab", "prm-vs-orm", "--models", str(tmp_path)])
    assert said.exit_code == 1
    assert "fathom lab build" in said.output

import json
import random

import pytest
import torch
from transformers import LlamaForCausalLM
from typer.testing import CliRunner

from app.cli import create_cli
from evaluation.lab.build import Build, Recipe
from evaluation.lab.decoder import Decoder
from evaluation.lab.experiments import EXPERIMENTS, Setup
from evaluation.lab.models import opened
from evaluation.lab.problems import draw_problems
from evaluation.lab.reasoner import LONGEST, Schooling, new_reasoner, teach
from evaluation.lab.sampling import draw
from evaluation.lab.solutions import labelled
from evaluation.lab.surprise import EXPECTED, UNEXPECTED, deepened, surprises
from evaluation.lab.task import draw_problem, solve
from evaluation.lab.tokenizer import lab_tokenizer
from evaluation.lab.tokens import prompt_ids, solution_ids
from scorers.families import FAMILIES
from training.examples import Example
from training.verifier.config import TrainConfig
from training.verifier.model import Base
from training.verifier.reading import Reader

TINY = Recipe(
    reasoner=Schooling(steps=3, rate=0.02),
    teacher=Schooling(steps=2, rate=0.02, seed=1),
    problems=7,
    samples=2,
    surprise=2,
    prm=TrainConfig(epochs=1, batch_tokens=1024, validation=0.2, max_tokens=300, dropout=0),
    orm=TrainConfig(kind="orm", freeze=6, epochs=1, batch_tokens=1024, max_tokens=300),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    Build(folder, frozenset(), lambda *_: None, TINY).run()
    return folder


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


def test_deepening_changes_nothing_that_the_reasoner_says():
    reasoner = new_reasoner(0).eval()
    model, ids = deepened(reasoner, 0).eval(), torch.randint(0, 26, (2, 15))
    with torch.inference_mode():
        wanted = reasoner.model(input_ids=ids).last_hidden_state
        found = model.model(input_ids=ids).last_hidden_state
    assert torch.allclose(found, wanted, atol=1e-5)


def test_the_first_added_layer_looks_at_the_token_before():
    model = deepened(new_reasoner(0), 0).eval()
    model.config._attn_implementation = "eager"
    with torch.inference_mode():
        looked = model.model(input_ids=torch.randint(0, 26, (1, 40)), output_attentions=True)
    for place in range(1, 40):
        assert looked.attentions[4][0, :, place, place - 1].min() > 0.5


def test_a_line_surprises_from_its_first_unlikely_token_to_its_end():
    class Sure(LlamaForCausalLM):
        """Expects every token but 9."""

        def forward(self, input_ids, **_):
            logits = torch.zeros(*input_ids.shape, 32)
            logits[..., lab_tokenizer()("9", add_special_tokens=False)["input_ids"][0]] = -9.0
            return type("Told", (), {"logits": logits})()

    tokenizer = lab_tokenizer()
    base = Base(deepened(new_reasoner(0), 0), tokenizer)
    reading = Reader(FAMILIES["lines"].layout, base.tokenize).read(
        Example(question="7+5=?", steps=("192", "12"))
    )
    sure = Sure(new_reasoner(0).config)
    told = -torch.tensor(32.0).log().item()
    calm = min(1.0, max(0.0, (EXPECTED - told) / (EXPECTED - UNEXPECTED)))
    [found] = surprises(sure, [reading])
    line = found[reading.begin : reading.ends[0] + 1]
    assert line == pytest.approx([calm, 1, 1, 1], abs=0.02)
    assert found[reading.ends[0] + 1 :] == pytest.approx([calm] * 3, abs=0.02)


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


def test_the_judges_are_compared_by_what_they_pick(built):
    setup = Setup(built, draw_problems(5, 7), 4, 0, None, lambda *_: None)
    found = EXPERIMENTS["prm-vs-orm"](setup)
    assert found["sizes"] == (1, 2, 4)
    assert set(found["figures"]) == {
        "prm", "prm_min", "prm_last", "orm", "likelihood", "majority"
    }  # fmt: skip


def test_the_command_says_its_figures_as_one_object(built, tmp_path):
    problems = tmp_path / "problems.jsonl"
    problems.write_text('{"question": "(7+5)*3=?"}\n{"question": "9-5=?"}\n')
    asked = ["lab", "prm-vs-orm", "--models", str(built), "--problems", str(problems)]
    said = CliRunner().invoke(create_cli(), [*asked, "--samples", "2", "--json"])
    told = json.loads(said.stdout)
    assert (told["problems"], told["samples"]) == (2, 2)
    assert all(figure["low"] <= figure["value"] for figure in told["figures"].values())


def test_models_that_are_not_there_are_asked_for(tmp_path):
    said = CliRunner().invoke(create_cli(), ["lab", "prm-vs-orm", "--models", str(tmp_path)])
    assert said.exit_code == 1
    assert "fathom lab build" in said.output

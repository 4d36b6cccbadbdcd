"""Stop strings of a request, in answers that are drawn step by step."""

from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt, Sample, Sampling, Step
from engines.fake import cut
from scorers.base import Candidate
from search.children import child_of
from tests.search.world import ASKED

texts = st.text(alphabet="ab\n", max_size=5)
stops = st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=3)


def grown(pieces: list[str], how: Sampling) -> Candidate:
    """Draw pieces one after the other, as an engine does that sees one at a time."""
    candidate = Candidate(Prompt(ASKED))
    for piece in pieces:
        if not candidate.finished:
            text, finish, stop = cut(piece, how)
            own = Sample(Step(text, 1), "stop", stop or "the step's own end")
            ended = Sample(Step(text, 1), finish, stop)
            candidate = child_of(candidate, ended if stop else own, how, goes_on=False)
    return candidate


@given(st.lists(texts, max_size=6), stops)
def test_no_answer_holds_a_stop_string_however_it_was_cut_into_steps(pieces, stops) -> None:
    how, whole = Sampling(100, stop=tuple(stops)), "".join(pieces)
    answer = grown(pieces, how)
    assert not any(stop in answer.text for stop in stops)
    assert whole.startswith(answer.text)
    assert answer.finished is any(stop in whole for stop in stops)
    assert answer.finished or answer.text == whole

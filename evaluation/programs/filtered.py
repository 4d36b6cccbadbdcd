"""What it is worth to choose by the public tests: pass@k of the programs that pass those.

Source: arXiv:2409.03733, section 5, and the repository's notebook: of a question's programs the
n' that pass its public tests are kept, of which c' pass the hidden ones too, and pass@k is
estimated on (n', c'). Differs from the notebook, not from the paper: programs that are not there
count as failed, so that a question none of whose programs passes is 0, where theirs is 1.
Pure arithmetic.
"""

from collections.abc import Sequence
from statistics import fmean

from evaluation.selection import Drawn
from evaluation.statistics import pass_at_k


def filtered_pass_at_k(drawn: Sequence[Drawn], k: int) -> float:
    """Estimate P(one of k programs is right), of those that pass the public tests.

    A question without public tests filters nothing: none of its programs failed one.
    """
    kept = [one for one in drawn if one.public is not False]
    return pass_at_k(len(kept), sum(one.right for one in kept), k)


def filtered_pass_at(questions: Sequence[Sequence[Drawn]]) -> dict[int, float]:
    """Return it for k of 1, 2, 4 and so on, up to the most programs that one of (Q,) has."""
    most = max(map(len, questions), default=0)
    ks = [2**power for power in range(most.bit_length())]
    return {k: fmean(filtered_pass_at_k(drawn, k) for drawn in questions) for k in ks}

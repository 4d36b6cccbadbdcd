"""Ideas as a tree, and the lists they are read from."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ideas import IdeaTree, combined, read_list


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('["a", "b"]', ("a", "b")),
        ("```python\n['a',\n 'b']\n```", ("a", "b")),
        ('observations = [" a ", "a", "", "b"]', ("a", "b")),
        ("[]", ()),
        ('["a", "b", "c", "d"]', ("a", "b", "c")),
        ("none", None),
        ('["a", 1]', None),
        ('[["a"]]', None),
        ('["a", "b"', None),
        ('["a" + "b"]', None),
        ("[__import__('os').getcwd()]", None),
        ("[" * 9_000 + "]" * 9_000, None),
        ('["' + "a" * 20_000 + '"]', None),
        ("] [", None),
    ],
)
def test_a_list_is_read_as_a_literal_and_nothing_else(text: str, read) -> None:
    assert read_list(text, 3) == read


@given(st.text() | st.text(alphabet="[]'\"\\,a({:"))
def test_no_text_breaks_the_reading(text: str) -> None:
    read = read_list(text, 2)
    assert read is None or len(read) <= 2


@given(n=st.integers(0, 8), most=st.integers(1, 3))
def test_combinations_are_all_of_each_size_the_smaller_first(n: int, most: int) -> None:
    combos = combined([str(i) for i in range(n)], most)
    assert len(combos) == len(set(combos)) == sum(comb(n, size) for size in range(most + 1))
    assert list(map(len, combos)) == sorted(map(len, combos))


def test_a_combination_is_of_the_first_idea_that_has_it() -> None:
    tree = IdeaTree()
    below = tree.grow(tree.root, ["a", "b"], 1)
    tree.grow(below[1], ["b", "c"], 1)
    assert [idea.id for idea in tree.distinct(leaves_only=False)] == [0, 2, 3, 6]
    assert [idea.id for idea in tree.distinct(leaves_only=True)] == [1, 3, 6]

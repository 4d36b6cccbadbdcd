"""The shapes of trees of searches, for the OpenAPI document."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from app.tree.node import Kind, State


class TreeNode(TypedDict):
    """A step of a search, and what is known of it; a change tells what may have changed alone."""

    id: int
    state: State
    parent: NotRequired[int | None]
    kind: NotRequired[Kind]
    text: NotRequired[str]
    cut: NotRequired[Literal[True]]
    round: NotRequired[int]
    tokens: NotRequired[int]
    asked: NotRequired[str]
    sources: NotRequired[list[int]]
    finish: NotRequired[str]
    reward: NotRequired[float]
    score: NotRequired[float]
    preference: NotRequired[float]
    answer: NotRequired[str]
    votes: NotRequired[int]


class Tree(TypedDict):
    """The tree of a search that has ended; `left_out` counts the nodes there was no room for."""

    nodes: list[TreeNode]
    left_out: int


class TreeGrowth(Tree):
    """What grew or changed, told in a stream where `search.events` is `tree`."""

    type: Literal["search.tree"]
    ended: bool

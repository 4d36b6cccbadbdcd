"""A tree of two thousand steps stays usable."""

from collections.abc import Callable
from statistics import median, quantiles

from tests.page.test_views import past
from tests.page.visits import Visit

NODES = 2_000
SLOWEST = 60
"""Milliseconds from an event to the frame that shows it."""
MEASURE = """() => {
  window.took = [];
  for (const kind of ['pointermove', 'wheel', 'keydown', 'click']) {
    addEventListener(kind, () => {
      const began = performance.now();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.took.push(performance.now() - began);
        port2.postMessage(null);
      });
    }, { capture: true });
  }
}"""


def test_two_thousand_nodes_are_panned_zoomed_and_walked(visit: Callable[..., Visit]) -> None:
    page = past(visit, NODES).page
    tree = page.get_by_role("tree")
    tree.scroll_into_view_if_needed()
    tree.focus()
    page.evaluate(MEASURE)
    # Of a few rounds the best: the machine may be busy with something else.
    rounds = [handled(page, tree) for _ in range(3)]
    told = [f"median {median(took):.1f} ms, p95 {p95(took):.1f} ms" for took in rounds]
    print(*told, sep="; ")  # noqa: T201 - shown with -s
    assert all(len(took) > 30 for took in rounds)
    # What one interaction takes; the slowest of twenty tell of what else the machine does.
    assert min(median(took) for took in rounds) <= SLOWEST, told


def handled(page, tree) -> list[float]:
    """Pan, zoom, click and walk; return how long each took, in milliseconds."""
    box = tree.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate("window.took = []")
    for turn in range(6):
        page.mouse.move(x, y)
        page.mouse.wheel(0, -240 if turn < 4 else 480)
        page.mouse.down()
        page.mouse.move(x + 90 - 20 * turn, y + 60 - 15 * turn, steps=4)
        page.mouse.up()
        for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"):
            tree.press(key)
    return page.evaluate("window.took")


def p95(took: list[float]) -> float:
    return quantiles(took, n=20)[-1]

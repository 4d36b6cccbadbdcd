"""The page of a report: one HTML file that asks for nothing from elsewhere.

Every text is escaped here, whoever it comes from: `_tag` takes text, `_nest` takes what is HTML
already.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

from evaluation.policy_findings import Bin, Cell, Findings
from evaluation.policy_pauses import rows, said
from evaluation.policy_words import called, named, percent, points
from search.policy import Option
from search.policy.choice import gains

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
.said { border-left: 4px solid #0072b2; padding-left: 1rem; font-size: 1.1rem; }
img { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .8rem .3rem 0; text-align: left;
  vertical-align: top; }
td { font-variant-numeric: tabular-nums; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Of the browser: what the page may load is in it."""


def page(found: Findings, picture: bytes, pausing: bytes | None = None) -> str:
    """Return the page; the pictures are PNGs, that of pauses if there is one."""
    title = f"Compute-optimal policy of {found.model}"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{_tag('title', title)}<style>{_STYLE}</style>"
    )
    main = [
        _tag("h1", title),
        f'<div class="said">{_tag("p", found.compute)}{_tag("p", found.equal_compute)}</div>',
        _figure(found, picture),
        *_choices(found),
        *_compared(found),
        *_paused(found, pausing),
        *_difficulty(found),
        *_origin(found),
        *_numbers(found),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>'
        f"{_nest('main', *main)}</body></html>\n"
    )


def _figure(found: Findings, picture: bytes) -> str:
    first, last = found.auto[0], found.auto[-1]
    other = found.baseline[-1].option
    shown = (
        f"Accuracy over tokens a question. auto goes from {percent(first.accuracy)} at "
        f"{first.tokens:,.0f} tokens to {percent(last.accuracy)} at {last.tokens:,.0f}; "
        f"{called(other.strategy)} has {percent(other.accuracy)} at {other.tokens:,.0f}. "
        f"Below it a panel for each of {len(found.bins)} bins. All points are in the tables under "
        "“The numbers of the picture”."
    )
    under = (
        "Bars are 95 % intervals over the choice of questions. auto is the policy, its strategies "
        "chosen on other questions and its probe paid; in the bins it is the strategies alone."
    )
    return _nest("figure", _image(shown, picture), _tag("figcaption", under))


def _choices(found: Findings) -> Iterable[str]:
    yield _tag("h2", "What auto does")
    yield _tag(
        "p",
        "The best strategy that a budget pays is taken if what it gains over the choice for less "
        "is more than noise; otherwise that choice stays.",
    )
    rows = [_choice(part, cell) for part in found.bins for cell in part.cells]
    columns = ("bin", "budget, tokens", "strategy", "accuracy", "tokens", "gain of the best",
               "runners-up")  # fmt: skip
    yield _table("By bin, 1 the easiest, and budget", columns, rows)


def _choice(part: Bin, cell: Cell) -> list[str]:
    others = "; ".join(_option(option) for option in cell.runners_up)
    chosen = cell.chosen
    return [
        str(part.number),
        f"{cell.budget:,}",
        named(chosen),
        percent(chosen.accuracy),
        f"{chosen.tokens:,.0f}",
        _gain(cell),
        others or "none",
    ]


def _gain(cell: Cell) -> str:
    if cell.best is None or cell.gain is None:
        return "none is paid"
    best, chosen = cell.best, cell.chosen
    if (best.strategy, best.pauses) == (chosen.strategy, chosen.pauses):
        return points(cell.gain) if gains(cell.gain) else "none"
    why = "no more accurate as measured" if gains(cell.gain) else "within noise"
    return f"{points(cell.gain)} by {named(best)}: {why}"


def _option(option: Option) -> str:
    accuracy = percent(option.accuracy)
    return f"{named(option)} {accuracy} for {option.tokens:,.0f}"


def _compared(found: Findings) -> Iterable[str]:
    yield _tag("h2", "At equal compute")
    rows = [
        [
            named(one.option),
            f"{one.option.tokens:,.0f}",
            percent(one.option.accuracy),
            "too few tokens" if one.auto is None else percent(one.auto),
            "" if one.gain is None else points(one.gain),
        ]
        for one in found.baseline
    ]
    columns = ("baseline", "tokens", "its accuracy", "auto's accuracy", "gain")
    yield _table("What auto comes to for the same tokens, the probe's included", columns, rows)


def _paused(found: Findings, picture: bytes | None) -> Iterable[str]:
    if picture is None:
        return
    yield _tag("h2", "Pauses")
    yield _tag("p", said(found.pausing))
    shown = (
        "Accuracy of one plain sample over the pauses behind its prompt, by bin, as tabled below"
    )
    yield _nest("figure", _image(shown, picture))
    columns = ("bin", "pauses", "accuracy", "gain over fewer", "tokens", "FLOPs", "")
    yield _table("One plain sample, by bin and pauses", columns, rows(found.pausing))


def _image(shown: str, picture: bytes) -> str:
    source = f"data:image/png;base64,{b64encode(picture).decode()}"
    return f'<img alt="{escape(shown)}" src="{source}">'


def _difficulty(found: Findings) -> Iterable[str]:
    yield _tag("h2", "Difficulty")
    edges = ", ".join(f"{edge:.4g}" for edge in found.edges) or "none"
    yield _tag("p", f"Ease is estimated by {found.estimator}. Edges between the bins: {edges}.")
    rows = [[str(part.number), _range(part), str(part.questions)] for part in found.bins]
    yield _table("Bins, 1 the easiest", ("bin", "ease", "questions"), rows)


def _range(part: Bin) -> str:
    low = "" if part.low is None else f"{part.low:.4g} or more"
    high = "" if part.high is None else f"below {part.high:.4g}"
    return ", ".join(bound for bound in (low, high) if bound) or "any"


def _origin(found: Findings) -> Iterable[str]:
    yield _tag("h2", "What it was fitted on")
    about = found.fitted_on
    rows = [
        ["model", found.model],
        ["questions", f"{about.questions:,}"],
        ["samples of each, for its ease", f"{about.samples:,}"],
        ["seed", str(about.seed)],
        ["date", about.date.isoformat()],
        ["command", about.command],
        ["hash of the outcomes", about.data],
    ]
    yield _table("Origin", ("what", "value"), rows)


def _numbers(found: Findings) -> Iterable[str]:
    yield _tag("h2", "The numbers of the picture")
    columns = ("budget, tokens", "tokens", "accuracy")
    curves = [("auto", found.auto), ("auto, if it knew the oracle's bins", found.oracle or ())]
    for name, curve in curves:
        rows = [[f"{at.budget:,}", f"{at.tokens:,.0f}", percent(at.accuracy)] for at in curve]
        if rows:
            yield _table(f"{name}, cross-validated", columns, rows)
    for part in found.bins:
        options = [option for one in part.families for option in one.options]
        rows = [[named(o), f"{o.tokens:,.0f}", percent(o.accuracy)] for o in options]
        yield _table(f"Bin {part.number}", ("strategy", "tokens", "accuracy"), rows)


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = _row(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = (_row(_tag("td", cell) for cell in row) for row in rows)
    table = _nest("table", _tag("caption", caption), _nest("thead", head), _nest("tbody", *body))
    return f'<div class="wide">{table}</div>'


def _row(cells: Iterable[str]) -> str:
    return _nest("tr", *cells)


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _nest(name: str, *inside: str) -> str:
    return f"<{name}>{''.join(inside)}</{name}>\n"

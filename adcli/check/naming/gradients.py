"""Mistakes in the gradient that a Hessian was made from: a wrong first derivative, rightly differentiated.

The wrong gradient is known as numbers, at any point: so it is differenced, in a precision that makes
differences as good as derivatives here.
"""

from collections.abc import Iterator

from ...contexts import Number
from ..target import Target
from .derivations import Guess, guesses
from .ranks import Rank
from .scene import Cell, Finding, Scene, Setting

_MOST_PLACES = 3
_MOST_COLUMNS = 6
_STEP = 12  # digits
_MOST_WORK = 10_000  # nodes of all the places
_FACTORS = ("2", "1/2", "3", "1/3")


def findings(scene: Scene) -> list[Finding]:
    """The single wrong steps of the first derivative that explain a claimed Hessian."""
    target = scene.target
    if target.order == 1 or not scene.cells or target.program.zeros or len(target.columns) > _MOST_COLUMNS:
        return []
    first = Target(target.function, target.wrt)
    h = scene.m.number(10) ** -_STEP
    count = min(_MOST_PLACES, len(scene.places))
    moved = [
        {**scene.numbers[p], name: scene.numbers[p][name] + sign * h}
        for p in range(count)
        for name in target.columns
        for sign in (1, -1)
    ]
    around = Setting(first, moved, scene.fit)
    around.pass_along([0], list(range(len(target.columns))))
    if sum(len(problem.order) for problem in around.problems) > _MOST_WORK:
        return []
    true = [first.derivative(problem)[0] for problem in around.problems]

    def entry(node: int, k: int, guess: Guess, cell: Cell, p: int) -> Number | None:
        """What the Hessian of the wrong gradient has in a cell: a difference of two of its entries."""
        ends = []
        for q in (2 * (p * len(target.columns) + cell.j), 2 * (p * len(target.columns) + cell.j) + 1):
            share = around.passes[q].change(node, k, 0, cell.i)
            factor = guess.factor(q, cell.i) if share is not None else 1
            if factor is None:
                return None
            ends.append(true[q][cell.i] + (0 if share is None else share * (factor - 1)))
        return (ends[0] - ends[1]) / (2 * h)

    found = []
    for node, k in dict.fromkeys(edge for passes in around.passes for edge in passes.all()):
        for guess in (*guesses(around, node, k), *_factors(around)):
            if all(
                scene.close(entry(node, k, guess, cell, p), cell.claimed[p], cell.slack[p])
                for cell in scene.cells
                for p in range(count)
            ):
                message = f"{guess.message}, in the first derivative"
                found.append(Finding(guess.rank, guess.kind, message))
    return found


def _factors(around: Setting) -> Iterator[Guess]:
    m = around.m
    for text in _FACTORS:
        top, _, bottom = text.partition("/")
        value = m.number(int(top)) / int(bottom or 1)
        yield Guess(Rank.FACTOR + 1, "factor", lambda p, j, x=value: x, f"a share is {text} times what it is")  # type: ignore[misc]

"""Derivatives from function values alone, each with an error it can vouch for.

**One grid tells three things.** Around x stand a few equally spaced values.

- Divided differences at the grid's full width give the derivative.
- A higher-order formula on the same values gives a better one, and the distance
  between the two is the *truncation* error of the first.
- The high-order entries of the difference table hold no smooth part any more, only
  *noise*: rounding, or whatever else makes the function rough.  This is ECnoise,
  Moré & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).

The estimated error is truncation plus noise/step, each with a safety factor.

**The step.**  A formula of order p errs by about T h^p + N/h, which is least near
h = eps^(1/(p+1)) times the length on which the function bends.  That length is unknown,
so the first step takes it to be max(1, |x|), and what the grid then says moves the step
(Gill, Murray, Saunders & Wright, "Computing forward-difference intervals", SIAM J. Sci.
Stat. Comput. 4 (1983); Moré & Wild, "Estimating derivatives of noisy simulations", ACM
TOMS 38 (2012)):

- truncation above noise: the step that balances them;
- noise far above rounding: a larger step;
- the table does not settle at all (a kink, a pole, a wave shorter than the grid), or the
  grid leaves the domain: a much smaller step, and in the end a one-sided grid.

Every output keeps the best of all steps tried, unless another step contradicts it.

``richardson`` is Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Adv. Eng.
Softw. 4 (1982), started from the length that the central grid found.

Only ``+ - * / **``, ``abs`` and comparisons touch the numbers, so floats and mpmath's
``mpf`` run the same code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

SCHEMES = ("central", "forward", "backward", "five-point", "richardson")

Number: TypeAlias = Any
"""A float, or an mpf: whatever can be added, multiplied and compared."""
Function = Callable[[Number], Sequence[Number] | None]


class Difference(NamedTuple):
    """A numerical derivative along one line: one entry per output."""

    derivative: list[Number]
    error: list[Number]
    """Estimated absolute error; inf where nothing can be said."""
    step: Number
    """The step used; the smallest where outputs took different ones."""
    evaluations: int
    notes: tuple[str, ...]
    """What a reader should know, in sentences."""


class Formula(NamedTuple):
    """A difference formula on a grid x + k*s; its step is ``unit`` spacings s."""

    order: int
    unit: int
    sides: tuple[int, ...]
    """Directions in which the grid reaches: both, or one."""
    reach: int
    """How many spacings it reaches."""
    weights: dict[int, float]
    """Combine the slopes over k spacings into the derivative, times ``divisor``."""
    better: dict[int, float]
    """The higher-order combination that reveals the truncation error."""
    divisors: tuple[int, int]
    caution: int
    """Safety factor of the truncation error."""


_BOTH = (-1, 1)
_FORMULAS = {
    "central": Formula(2, 3, _BOTH, 3, {3: 1}, {1: 15, 2: -6, 3: 1}, (1, 10), 2),
    "five-point": Formula(4, 2, _BOTH, 4, {2: 4, 4: -1}, {1: 56, 2: -28, 3: 8, 4: -1}, (3, 35), 2),
    "forward": Formula(1, 6, (1,), 6, {6: 1}, {3: 2, 6: -1}, (1, 1), 4),
    "backward": Formula(1, 6, (-1,), 6, {6: 1}, {3: 2, 6: -1}, (1, 1), 4),
    "ahead": Formula(2, 3, (1,), 6, {3: 2, 6: -1}, {2: 3, 4: -3, 6: 1}, (1, 1), 4),
    "behind": Formula(2, 3, (-1,), 6, {3: 2, 6: -1}, {2: 3, 4: -3, 6: 1}, (1, 1), 4),
}

_NOISE_CAUTION = 6  # half of it misses one derivative in a thousand of a large collection
_MOST_STEPS = 6  # full grids in one search
_MOST_UNSETTLED = 3  # smaller and smaller grids to get below a kink, a jump or a wave
_MOST_GRAINY = 1  # the same if it looks like noise, which needs larger grids
_MOST_RETREATS = 4  # steps that left the domain before it is called an edge
_ROWS = 8  # of Ridders' tableau


class Trial(NamedTuple):
    """What one grid says about one output."""

    step: Number
    derivative: Number
    error: Number
    truncation: Number
    noise: Number
    """The noise level of the function's values."""
    rounding: Number
    """The noise level if nothing but the values themselves were rounded."""
    settled: bool
    """The difference table levels off well below the values' own changes."""
    grainy: bool
    """The noise is more than rounding, and too small to be the function's shape."""
    constant: bool


class Line:
    """The function along one line through x: every value is asked for once."""

    def __init__(self, f: Function, x: Number, eps: Number, scale: Number, center: Sequence[Number] | None) -> None:
        """Take the function, its base coordinate, and the outputs there if they are known."""
        self.f, self.x, self.eps, self.scale, self.evaluations = f, x, eps, scale, 0
        self.known: dict[Number, list[Number] | None] = {}
        if center is not None:
            self.known[x] = list(center)

    def at(self, t: Number) -> list[Number] | None:
        """All outputs at t, or None outside the domain."""
        if t not in self.known:
            self.evaluations += 1
            try:
                values = self.f(t)
            except (ArithmeticError, ValueError):  # what `math` raises off the domain
                values = None
            here = self.known.get(self.x)
            ragged = values is not None and here is not None and len(values) != len(here)
            self.known[t] = None if values is None or ragged else list(values)
        return self.known[t]

    def grid(self, formula: Formula, step: Number) -> list[list[Number]] | None:
        """Rows of outputs, in the order of ``_offsets``; None as soon as one is missing."""
        rows: dict[int, list[Number]] = {}
        for k in sorted(_offsets(formula), key=lambda k: -abs(k)):  # the edge first
            row = self.at(self.x + k * (step / formula.unit))
            if row is None or not any(map(_finite, row)):
                return None
            rows[k] = row
        return [rows[k] for k in _offsets(formula)]


def _offsets(formula: Formula) -> range:
    low = -formula.reach if -1 in formula.sides else 0
    return range(low, (formula.reach if 1 in formula.sides else 0) + 1)


def _finite(value: Number) -> bool:
    return bool(value - value == 0)


def _power_of_two(size: Number) -> Number:
    """Round down to a power of two: adding it to x loses no digits."""
    power = size / size
    for block in (1 << 128, 1 << 16, 2):
        while power > size:
            power = power / block
        while power * block <= size:
            power = power * block
    return power


def _steps(values: list[Number]) -> list[Number]:
    """Subtract each value from the next."""
    return [values[k + 1] - values[k] for k in range(len(values) - 1)]


def _noise(values: list[Number], rounding: Number) -> Number:
    """Estimate the noise level of equally spaced values: where their difference table levels off.

    White noise of deviation s gives k-th differences of deviation s*sqrt(binomial(2k, k));
    a smooth function gives ones that fall with k, so the last two orders are the noise.
    """
    levels, row = [], values
    for k in range(1, len(values)):
        row = _steps(row)
        levels.append(max(map(abs, row)) / math.comb(2 * k, k) ** 0.5)
    return max(rounding, *levels[-2:])


def _examine(formula: Formula, line: Line, step: Number, values: list[Number]) -> Trial | None:
    """Read derivative, truncation and noise of one output off one grid; None if they are not finite."""
    if not all(map(_finite, values)):
        return None
    x, eps = line.x, line.eps
    spacing, start = step / formula.unit, _offsets(formula).start
    if x + spacing == x:  # a step that was given, and is lost in rounding
        return None

    def slope(k: int) -> Number:
        # Over the actual coordinates: the rounding of x + h then costs nothing.
        i, j = (max(-k, start), k) if 1 in formula.sides else (-k, 0)
        return (values[j - start] - values[i - start]) / ((x + j * spacing) - (x + i * spacing))

    derivative = sum(w * slope(k) for k, w in formula.weights.items()) / formula.divisors[0]
    better = sum(w * slope(k) for k, w in formula.better.items()) / formula.divisors[1]
    truncation = abs(derivative - better)
    rounding = eps * max(map(abs, values))
    # What is rounded on the way from x to f may be larger than f, which a regular grid can
    # hide from the table.  Moving x by a rounding changes f by |x f'|: assume no less.
    noise = _noise(values, max(rounding, eps * abs(x * derivative)))
    jumps = list(map(abs, _steps(values)))
    swing = sum(jumps)
    settled = noise <= 64 * rounding or 2 ** len(jumps) * noise <= swing  # 2^-n: what a kink leaves
    if len(formula.sides) > 1 and truncation * spacing * len(jumps) * 32 > swing + 64 * rounding:
        settled = False  # a wave that the grid skips over may still look smooth, but not twice
    spread = sum(abs(w) / k for k, w in formula.weights.items()) / formula.divisors[0]
    if len(formula.sides) == 1:
        spread = 2 * spread  # the centre's own noise counts in full
    error = formula.caution * truncation + _NOISE_CAUTION * noise * spread / spacing
    if not settled:
        error = error + 2 * max(jumps) / spacing  # the slope may be any that the grid shows
    if not _finite(error):
        return None
    small = max(rounding / eps ** (5 / 6), eps**0.75 * min(abs(x), 1))
    grainy = bool(0 < 64 * rounding < noise < small)  # no rounding is left of values near the smallest number
    return Trial(step, derivative, error, truncation, noise, rounding, bool(settled), grainy, not any(jumps))


def _snap(formula: Formula, line: Line, step: Number) -> Number:
    """Find a nearby step whose grid is exact, or None if x is too coarse to tell its points apart."""
    spacing = step / formula.unit
    if not (spacing > 2 * line.eps * abs(line.x) and spacing > 0 and _finite(1 / spacing)):
        return None
    return formula.unit * _power_of_two(spacing)


def _retreat(x: Number, step: Number, count: int, relative: Number) -> Number:
    """Make the step much smaller, and more so each time, for a grid that cannot be used.

    The usual reason is a singularity at 0, where the length that counts is |x| itself.
    """
    smaller = step / 2 ** (10 * count)
    return relative * abs(x) if count > 1 and 0 < relative * abs(x) < smaller else smaller


def _best(trials: list[Trial]) -> Trial:
    """Pick the trial to believe: the least error among those that saw shape or mere noise."""
    return min(trials, key=lambda t: (not (t.settled or t.grainy), t.error, -t.step))


def _next(formula: Formula, line: Line, trials: list[Trial], failed: set[Number]) -> Number:
    """Ask what step one output would like to see next: None if it is content."""
    root = 1 / (formula.order + 1)
    relative = line.eps**root
    steps = [*failed, *(t.step for t in trials)]
    if not trials:
        return _snap(formula, line, _retreat(line.x, min(steps), len(steps), relative))
    best = _best(trials)
    unsettled = sum(not t.settled for t in trials)
    if not best.settled and unsettled <= (_MOST_GRAINY if best.grainy else _MOST_UNSETTLED):
        smaller = _snap(formula, line, _retreat(line.x, min(steps), unsettled, relative))
        if smaller is not None:
            return smaller
    bend = formula.order * best.truncation * best.step
    if best.settled and bend > 8 * best.noise:
        wish = best.step * (best.noise / bend) ** root
    elif best.constant:  # is it so over a length that counts?
        wish = line.scale / 8
    elif best.grainy:
        wish = max(best.step, relative * line.scale * (best.noise / best.rounding) ** root)
    else:
        return None
    wish = _between(best.step, wish, steps)
    return None if wish is None else _snap(formula, line, wish)


def _between(step: Number, wish: Number, steps: list[Number]) -> Number:
    """Cut the wish short, halfway to the first step already tried on the way there."""
    if wish < step:
        met = max((s for s in steps if wish / 4 <= s < step), default=None)
    else:
        met = min((s for s in steps if step < s <= wish * 4), default=None)
    if met is not None:
        wish = step * (met / step) ** 0.5
    return wish if wish * 4 < step or step * 4 < wish else None


def _usual(name: str, line: Line) -> Number:
    """Balance truncation and rounding for a function that bends on the scale of x."""
    return line.eps ** (1 / (_FORMULAS[name].order + 1)) * line.scale


def _search(line: Line, name: str, step: Number, wanted: Sequence[int]) -> list[list[Trial]]:
    """Collect, per output, what grids of one formula say, each at a step the last asked for."""
    formula = _FORMULAS[name]
    trials: list[list[Trial]] = [[] for _ in line.at(line.x) or ()]
    failed: list[set[Number]] = [set() for _ in trials]
    now = _snap(formula, line, _usual(name, line)) if step is None else step
    grids = retreats = 0
    while now is not None and grids < _MOST_STEPS and retreats < _MOST_RETREATS:
        rows = line.grid(formula, now)
        found = False
        for i in wanted:
            trial = rows and _examine(formula, line, now, [row[i] for row in rows])
            if trial:
                trials[i].append(trial)
                found = True
            else:
                failed[i].add(now)
        grids, retreats = grids + found, retreats + (not found)
        if step is not None:
            break
        wishes = (_next(formula, line, trials[i], failed[i]) for i in wanted)
        tried = {t.step for ts in trials for t in ts}.union(*failed)
        now = next((wish for wish in wishes if wish is not None and wish not in tried), None)
    return trials


def _choose(trials: list[Trial], eps: Number) -> Trial | None:
    """Choose the best trial, and doubt it where the others give cause."""
    if not trials:
        return None
    best, finest = _best(trials), min(trials, key=lambda t: t.step)
    lost, error = not (best.settled or best.grainy), best.error
    for other in trials:
        gap = abs(other.derivative - best.derivative)
        sound = (other.settled or other.grainy) and other.constant <= best.constant
        if sound and gap > best.error + other.error:
            error = max(error, gap + other.error)
        elif lost or (best.constant and other.grainy):  # flat may be the tread of a staircase
            error = max(error, gap)
    if finest.settled:
        rough = 8 * finest.truncation > abs(finest.derivative)
    else:  # no smoother than it was, and not by noise that is small against the values
        rough = not finest.grainy and finest.noise * eps ** (5 / 6) > max(t.rounding for t in trials)
    if rough and 2 * finest.error > 3 * best.error:  # smaller steps make it worse: no limit
        error = error + math.inf
    return best._replace(error=error)


def _extrapolate(line: Line, output: int, base: Trial, step: Number) -> Trial:
    """Ridders' tableau: halve the step, and cancel one more of its powers in each column."""
    x, best = line.x, base
    least, above = base.error + math.inf, list[Number]()
    if base.constant or not (base.settled and _finite(base.error)):
        return base
    for _ in range(_ROWS + _MOST_RETREATS):
        ahead, behind = line.at(x + step), line.at(x - step)
        if not (x - step < x < x + step) or len(above) == _ROWS:
            break
        if ahead and behind and _finite(ahead[output] - behind[output]):
            row = [(ahead[output] - behind[output]) / ((x + step) - (x - step))]
            noise = 2 * _NOISE_CAUTION * max(base.noise, line.eps * abs(ahead[output])) / step
            for k, coarse in enumerate(above, 1):
                row.append((4**k * row[-1] - coarse) / (4**k - 1))
                error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarse)) + noise
                least = min(least, error)
                # Far from x the tableau may settle on something else: the grid must agree.
                if error < best.error and abs(row[-1] - base.derivative) <= base.error:
                    best = base._replace(step=step, derivative=row[-1], error=error)
            if above and abs(row[-1] - above[-1]) > 2 * least:
                break  # Ridders' stop: from here on noise grows
            above = row
        step = step / 2
    return best


def _from_length(base: Trial, eps: Number) -> Number:
    """Ridders' first step: a good part of the length that the central step was fitted to."""
    if base.noise == 0:
        return base.step
    return _power_of_two(base.step * (base.rounding / eps / base.noise) ** 0.25)


def difference(
    f: Function,
    x: Number,
    *,
    eps: Number,
    scale: Number = None,
    scheme: str = "central",
    step: Number = None,
    center: Sequence[Number] | None = None,
) -> Difference:
    """Differentiate every output of ``f`` along its one coordinate, at ``x``.

    ``f(t)`` gives the outputs at t, or None where the function is undefined.  ``eps`` is the
    unit roundoff of the numbers (2**-53 for floats), ``scale`` the typical size of x, ``step``
    a step to use instead of a fitted one, ``center`` the outputs at x if they are known.  No
    behaviour of ``f`` raises: where nothing can be said, the derivative is nan, its error inf.

    >>> d = difference(lambda t: [t * t], 3.0, eps=2.0**-53)
    >>> abs(d.derivative[0] - 6.0) <= d.error[0] < 1e-8
    True
    """
    nothing = x * 0
    line = Line(f, x, eps, max(abs(x), nothing + 1) if scale is None else abs(scale), center)
    outputs = [i for i, value in enumerate(line.at(x) or ()) if _finite(value)]
    base = "central" if scheme == "richardson" else scheme
    trials, notes = _search(line, base, step, outputs), []
    for side, where in (("ahead", "x - h"), ("behind", "x + h")):
        missing = [i for i in outputs if not trials[i]]
        other = _search(line, side, step, missing) if missing else []
        if any(other):
            trials = [mine or theirs for mine, theirs in zip(trials, other, strict=True)]
            notes.append(f"one-sided: {where} leaves the domain")
    chosen = [_choose(t, eps) for t in trials] or [None]
    if scheme == "richardson":
        chosen = [t and _extrapolate(line, i, t, step or _from_length(t, eps)) for i, t in enumerate(chosen)]
    return Difference(
        [nothing + math.nan if t is None else t.derivative for t in chosen],
        [nothing + math.inf if t is None else t.error for t in chosen],
        min((t.step for t in chosen if t), default=step),
        line.evaluations,
        (*notes, *_remarks(chosen, None if step else _usual(base, line))),
    )


def _remarks(chosen: list[Trial | None], usual: Number) -> list[str]:
    """Say what a reader should know of the steps and of what they met."""
    notes, least = [], min((t.step for t in chosen if t), default=usual)
    if usual is not None and least * 16 < usual:
        why = "the function changes, or its domain ends, within the larger one"
        notes.append(f"step shrunk from {_about(usual)} to {_about(least)}: {why}")
    if any(t is None for t in chosen):
        notes.append("no derivative: the function is undefined at x or on every grid around it")
    if any(t and not t.settled for t in chosen):
        notes.append("unresolved: noise, a kink or a jump shows at every step tried")
    if any(t and not _finite(t.error) for t in chosen):
        notes.append("no limit: smaller steps make the difference quotient worse")
    return notes


def _about(step: Number) -> str:
    return f"{float(step):.0e}"

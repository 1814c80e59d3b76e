"""What a row of the table is made of: its class, its domain, its kinks, and the rules that rows share."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn, overload

from ..contexts import NumberContext
from ..errors import UsageError

Rule = Callable[..., Any]
Partial = Rule | int | None
Surfaces = list[tuple[Any, tuple[Any, ...]]]


class Domain(NamedTuple):
    """Where the real function is defined: in words, and as a test of values."""

    text: str
    contains: Rule  # (m, *xs) -> bool


class Kink(NamedTuple):
    """Where the function is not differentiable, though defined.

    `at(m, *xs)` tests values. `directional(m, xs, ts)` is the one-sided derivative there in
    the direction of the argument tangents `ts` (for a comparison: its truth just off the
    point). Without it the function jumps. `surfaces(m, xs)` gives, for argument values, each
    switching surface near them: a number that is 0 on it, and its partial derivatives by the arguments.
    """

    text: str
    at: Rule
    directional: Rule | None = None
    surfaces: Rule | None = None


class JointPartials(Sequence[Partial]):
    """The partials of a primitive with any number of arguments, from one rule for all of them.

    `rule(m, y, xs)` gives a sequence as long as `xs` and shares what the partials share, so that
    n arguments take O(n) work; a sweep asks for it (`Primitive.together`). As a sequence it
    offers the k-th partial as a rule of its own, for whoever wants to see just one.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @overload
    def __getitem__(self, k: int) -> Partial: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[Partial]: ...
    def __getitem__(self, k: int | slice) -> Partial | Sequence[Partial]:
        if isinstance(k, slice):
            raise TypeError("the partials of a variadic primitive are asked for one by one, or together")
        return lambda m, y, *xs: self.rule(m, y, xs)[k]

    def __len__(self) -> int:
        return 1 << 30


class Refusal:
    """A partial derivative for which there is no rule, as that by the order of a Bessel function.

    It raises a UsageError when it is asked for, which is when the argument depends on a variable.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, m: NumberContext, *_: Any) -> NoReturn:
        """Say so."""
        raise UsageError(
            "no-derivative", self.text, None, "hold it fixed with --let, or use --backend fd, which needs no rule"
        )


class Library:
    """The value of a function that libraries know, for a row's `value`.

    `mp(mp, *xs)` computes it in a context of mpmath, `ball(*xs)` over balls of python-flint (type arb);
    a text is the name of a function there. Both see finite arguments of the domain alone. `limit(m, *xs)`
    gives the value where an argument is infinite or outside of the domain; without it that is NaN.
    `floats(*xs)` is a faster source of doubles, at least as good as 2 ulp.

    Care for digits is the contexts': they ask `mp` at two precisions, and again at more until the answers agree.
    So do they with each partial of the row (see `LibraryPartial`).
    """

    def __init__(
        self, mp: Rule | str, ball: Rule | str | None = None, *, limit: Rule | None = None, floats: Rule | None = None
    ) -> None:
        self.mp: Rule = mp if callable(mp) else lambda context, *xs: getattr(context, mp)(*xs)
        self.ball: Rule | None = ball if callable(ball) or ball is None else lambda x, *xs: getattr(x, ball)(*xs)
        self.limit = limit
        self.floats = floats
        self.domain: Domain | None = None  # the row's

    def __call__(self, m: NumberContext, *xs: Any) -> Any:
        """The value, by what the context has of it."""
        return m.library(self, *xs)

    def is_regular(self, m: NumberContext, *xs: Any) -> bool:
        """Whether all arguments are finite, and in the domain."""
        return all(map(m.is_finite, xs)) and (self.domain is None or bool(self.domain.contains(m, *xs)))


class LibraryPartial:
    """A partial derivative of a function that libraries know: `rule(m, y, *xs)`.

    A context may compute the whole rule with more digits than its own, and round once: then no rule of such a
    row needs care of its own for rounding and cancellation.
    """

    def __init__(self, source: Library, rule: Rule) -> None:
        self.source = source
        self.rule = rule

    def __call__(self, m: NumberContext, y: Any, *xs: Any) -> Any:
        """The partial, as carefully as the context can."""
        return m.precisely(self, y, *xs)


class Primitive:
    """One row. `arity` is the number of arguments, or -n for n or more.

    `sample` gives one range for each argument, inside the domain, for tests and examples.
    `textbook(m, *xs)` is an equal formula in plainer functions, used where the primitive would
    be shown to a person, or None for arguments that have none; `boolean` marks truth values;
    `parameters` name the arguments for people; `overload` is another function's name, which means
    this row where it is called with as many arguments. `latex` is how it is written in formulas,
    with #1, #2, ... for the arguments, as TeX's own macros have it.
    `together(m, y, xs)` gives all partials at once, for a primitive with any number of arguments; None for
    the others.
    """

    __slots__ = (
        "about", "aliases", "arity", "boolean", "domain", "kink", "latex", "name", "overload", "parameters", "partials",
        "sample", "textbook", "together", "value",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        arity: int,
        value: Rule,
        partials: Sequence[Partial],
        domain: Domain | None = None,
        kink: Kink | None = None,
        sample: tuple[tuple[float, float], ...] = ((-3.0, 3.0),),
        aliases: tuple[str, ...] = (),
        textbook: Rule | None = None,
        boolean: bool = False,
        about: str = "",
        parameters: tuple[str, ...] = (),
        overload: str = "",
        latex: str = "",
    ) -> None:
        self.name = name
        self.arity = arity
        self.value = value
        self.partials = partials
        if isinstance(value, Library):
            value.domain = domain
        if isinstance(value, Library) and not isinstance(partials, JointPartials):
            self.partials = tuple([_carefully(value, partial) for partial in partials])
        self.together = partials.rule if isinstance(partials, JointPartials) else None
        self.domain = domain
        self.kink = kink
        self.sample = sample
        self.aliases = aliases
        self.textbook = textbook
        self.boolean = boolean
        self.about = about
        self.overload = overload
        self.latex = latex
        self.parameters = parameters or (("x",) if abs(arity) == 1 else ("x", "y", "z")[: abs(arity)])

    def accepts(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return count == self.arity if self.arity >= 0 else count >= -self.arity

    @property
    def arguments(self) -> str:
        """The number of arguments in words, for messages."""
        if self.arity < 0:
            return f"{-self.arity} or more arguments"
        return "1 argument" if self.arity == 1 else f"{self.arity} arguments"

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _carefully(source: Library, partial: Partial) -> Partial:
    """The same partial, with as many digits as it takes; a number and a refusal are what they are."""
    if not callable(partial) or isinstance(partial, Refusal | LibraryPartial):
        return partial
    return LibraryPartial(source, partial)


def is_whole(m: NumberContext, x: Any) -> bool:
    """Whether x is a whole number."""
    return bool(m.floor(x) == x)


def own_zero(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    """The argument itself: the function switches where it is 0."""
    return [(xs[0], (1,))]


def origin(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    """The distance from the origin."""
    length = m.hypot(*xs)
    return [(length, tuple(m.hypot_dx(xs, length)))]


POSITIVE = Domain("x > 0", lambda m, x: not x <= 0)
NONZERO = Domain("x != 0", lambda m, x: x != 0)
JUMP_AT_0 = Kink("jumps at x = 0", lambda m, x: x == 0, surfaces=own_zero)
PAIR = ((-3.0, 3.0), (-3.0, 3.0))

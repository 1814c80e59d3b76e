"""Text to postfix code: what the parser calls.

The parser recognises rules from the inside out, which is the order of postfix code, so each
callback appends one instruction and no tree is ever built:

    x1*x2 + sin(x1)   ->   x1  x2  mul  x1  sin/1  add

An instruction is a tuple `(kind, operand, count, start, end)`: its kind, what it needs to know, how
many operands it takes from the stack, and its place in the text. What is run not once but for each
turn of a comprehension, or only where a condition holds, is cut out of the code and becomes the
operand of one instruction. A callback returns the index of the instruction that its rule ended with.
"""

import re
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

from ..errors import ReadError, Span, printable
from .explain import SUPERSCRIPTS, UNCHANGED, explain, short, unclosed_bracket
from .grammar import load_parser
from .limits import Limits
from .lines import join_lines
from .parser import Parser, Piece, Unexpected

NUMBER, NAME = "number", "name"
APPLY = "apply"  # an operator, by the name of its primitive
CALL = "call"  # a function, by the name in the text
FOLD = "fold"  # a function over a comprehension: sum(... for ...)
CHAIN = "chain"  # comparisons in a row, by the names of their primitives
SCALE = "scale"  # the product of a factor and its coefficient, which comes after it
KEYWORD = "keyword"  # an argument with a name
ARRAY, INDEX, SLICE = "array", "index", "slice"  # a literal; an index; a part of one, by which of a:b:c are there
MATMUL, TRANSPOSE = "matmul", "transpose"
OVER = "over"  # a comprehension
GUARD = "guard"  # its `if`: leaves the turn where the condition is false
BRANCH = "branch"  # where(condition, a, b), whose a and b may never be needed
SELECT = "select"  # the `where` of a condition and two values
Instruction = tuple[str, Any, int, int, int]
Code = list[Instruction]

_COMPARISONS = {"<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge", "==": "eq", "!=": "ne", "≠": "ne"}


class Statement(NamedTuple):
    """One statement: a binding `name = ...`, a function `name(parameters) = ...`, outputs (no name), or a loop.

    `codes` holds one piece of code for each expression, `start` and `end` its place. In a loop, `name`
    takes the values of the one code, and `body` is run for each.
    """

    name: str | None
    parameters: tuple[str, ...] | None
    codes: tuple[Code, ...]
    start: int
    end: int
    body: "tuple[Statement, ...] | None" = None


class Comprehension(NamedTuple):
    """The operand of `OVER`: `body` is run with `name` for each entry of the iterable, which is on the stack.

    An inner one is `spliced`: its values join those of the one around it.
    """

    name: str
    body: Code
    spliced: bool


class _Clause(NamedTuple):
    """`for name in iterable if condition ...`: the code of the conditions, and the place."""

    name: str
    iterable: Code
    guards: Code
    start: int
    end: int


class Branch(NamedTuple):
    """The operand of `BRANCH`: the code of either value, and of both with what joins them to the condition."""

    yes: Code
    no: Code
    both: Code


class Reader:
    """The callbacks, by the names of the grammar's rules and aliases."""

    def __init__(self) -> None:
        self.text = ""
        self.where = ""
        self.code: Code = []
        self.scaled_roots: set[int] = set()

    def error(self, code: str, message: str, start: int, end: int, hint: str = "") -> ReadError:
        return ReadError(code, message, Span(start, end, self.text, self.where), hint)

    def _emit(self, kind: str, operand: Any, count: int, start: int, end: int) -> int:
        self.code.append((kind, operand, count, start, end))
        return len(self.code) - 1

    # -- operands

    def number(self, children: list[Any]) -> int:
        token = children[0]
        return self._emit(NUMBER, str(token), 0, token.start_pos, token.end_pos)

    def name(self, children: list[Any]) -> int:
        token = children[0]
        return self._emit(NAME, self._plain(token), 0, token.start_pos, token.end_pos)

    def _plain(self, token: Piece) -> str:
        name = normal_name(token)
        if not name.isascii() and not re.fullmatch(r"[^\W\d]\w*", name):  # a sign among the letters, such as nabla
            raise self.error(
                "bad-name", f"'{printable(token)}' is not a name", token.start_pos, token.end_pos,
                "a name holds letters, digits and _",
            )  # fmt: skip
        return name

    def group(self, children: list[Any]) -> int:
        opening, root, closing = children
        kind, operand, count, _, _ = self.code[root]
        self.code[root] = (kind, operand, count, opening.start_pos, closing.end_pos)
        self.scaled_roots.discard(root)
        return int(root)

    def call(self, children: list[Any]) -> int:
        token, closing = children[0], children[-1]
        name, roots, place = self._plain(token), children[2:-1], (token.start_pos, closing.end_pos)
        if name in {"where", "piecewise"}:
            for root in roots:
                if self.code[root][0] == KEYWORD:
                    self._no_comparison(name, root)
            if len(roots) == 3 or (name == "piecewise" and len(roots) >= 3 and len(roots) % 2):
                return self._branches(roots, *place)
        named = [root for root in roots if self.code[root][0] == KEYWORD]
        if named and named != roots[len(roots) - len(named) :]:
            *_, start, end = self.code[named[0]]
            raise self.error("bad-keyword", "arguments that are given by name come last", start, end)
        return self._emit(CALL, name, len(roots), *place)

    def _no_comparison(self, name: str, root: int) -> NoReturn:
        """`where(x = 0, ...)` would give an argument by name."""
        _, word, _, start, end = self.code[root]
        value = self.text[start:end].partition("=")[2]
        raise self.error(
            "bad-keyword", f"'=' does not compare, and {name} has no argument named '{word}'", start, end,
            f"inside a condition, write == to compare: {word} == {short(value)}",
        )  # fmt: skip

    def _branches(self, roots: list[int], start: int, end: int) -> int:
        """`where(c, a, b)`, and `piecewise(c, a, d, b, e)` as where(c, a, where(d, b, e))."""
        ends = [self.code[root][4] for root in roots]
        otherwise = self._cut()
        for k in range(len(roots) - 3, -1, -2):
            value = self._cut()
            select = (SELECT, "where", 3, start, end)
            branch = Branch(value, otherwise, [*value, *otherwise, select])
            self.code.append((BRANCH, branch, 1, start if k == 0 else self.code[-1][3], ends[-1] if k else end))
            if k:
                otherwise = self._cut()
        return len(self.code) - 1

    def keyword(self, children: list[Any]) -> int:
        token, root = children
        return self._emit(KEYWORD, self._plain(token), 1, token.start_pos, self.code[root][4])

    # -- arrays

    def array(self, children: list[Any]) -> int:
        return self._emit(ARRAY, "", len(children) - 2, children[0].start_pos, children[-1].end_pos)

    def index(self, children: list[Any]) -> int:
        base, parts, closing = children[0], children[2:-1], children[-1]
        return self._emit(INDEX, "", len(parts) + 1, self.code[base][3], closing.end_pos)

    def slice(self, children: list[Any]) -> int:
        mask, parts, before = "", 0, False  # which of start, stop and step there are
        for child in children:
            if isinstance(child, Piece):
                mask += "" if before else "0"
                before = False
            else:
                mask, parts, before = mask + "1", parts + 1, True
        mask += "" if before else "0"
        first, last = children[0], children[-1]
        start = first.start_pos if isinstance(first, Piece) else self.code[first][3]
        end = last.end_pos if isinstance(last, Piece) else self.code[last][4]
        return self._emit(SLICE, mask, parts, start, end)

    def transpose(self, children: list[Any]) -> int:
        root, prime = children
        return self._emit(TRANSPOSE, "", 1, self.code[root][3], prime.end_pos)

    # -- comprehensions

    def clause(self, children: list[Any]) -> _Clause:
        word, token = children[0], children[1]
        roots = [child for child in children[2:] if not isinstance(child, Piece)]
        places = [self.code[root][3:] for root in roots]
        iterable, *conditions = [self._cut() for _ in roots][::-1]
        guards: Code = []
        for condition, place in zip(conditions, places[1:], strict=True):
            guards += [*condition, (GUARD, "", 1, *place)]
        return _Clause(self._plain(token), iterable, guards, word.start_pos, places[-1][1])

    def _over(self, clauses: list[_Clause], start: int, end: int) -> int:
        """Nest the clauses around the body, the first outermost."""
        body = self._cut()
        for k in range(len(clauses) - 1, -1, -1):
            clause = clauses[k]
            over = Comprehension(clause.name, [*clause.guards, *body], k > 0)
            body = [*clause.iterable, (OVER, over, 1, start, end)]
        self.code += body
        return len(self.code) - 1

    def comprehension(self, children: list[Any]) -> int:
        return self._over(children[2:-1], children[0].start_pos, children[-1].end_pos)

    def fold(self, children: list[Any]) -> int:
        token, root, clauses, closing = children[0], children[2], children[3:-1], children[-1]
        self._over(clauses, self.code[root][3], clauses[-1].end)
        return self._emit(FOLD, self._plain(token), 1, token.start_pos, closing.end_pos)

    def _cut(self) -> Code:
        """Take the last complete expression out of the code."""
        code, needed, begin = self.code, 1, len(self.code)
        while needed:
            begin -= 1
            needed += code[begin][2] - 1
        piece = code[begin:]
        del code[begin:]
        if self.scaled_roots:
            self.scaled_roots = {root for root in self.scaled_roots if root < begin}
        return piece

    def root(self, children: list[Any]) -> int:
        sign, operand = children
        if isinstance(operand, Piece):
            operand = self.number([operand])
        return self._emit(CALL, "sqrt", 1, sign.start_pos, self.code[operand][4])

    # -- operators

    def _unary(self, name: str, children: list[Any]) -> int:
        sign, operand = children
        return self._emit(APPLY, name, 1, sign.start_pos, self.code[operand][4])

    def _binary(self, name: str, left: int, right: int) -> int:
        self.code.append((APPLY, name, 2, self.code[left][3], self.code[right][4]))
        return len(self.code) - 1

    def neg(self, children: list[Any]) -> int:
        return self._unary("neg", children)

    def not_(self, children: list[Any]) -> int:
        return self._unary("not_", children)

    def pos(self, children: list[Any]) -> int:
        return int(children[1])

    def add(self, children: list[Any]) -> int:
        return self._binary("add", children[0], children[2])

    def sub(self, children: list[Any]) -> int:
        return self._binary("sub", children[0], children[2])

    def mul(self, children: list[Any]) -> int:
        return self._binary("mul", children[0], children[2])

    def mod(self, children: list[Any]) -> int:
        return self._binary("mod", children[0], children[2])

    def matmul(self, children: list[Any]) -> int:
        left, _, right = children
        return self._emit(MATMUL, "", 2, self.code[left][3], self.code[right][4])

    def div(self, children: list[Any]) -> int:
        left, _, right = children
        if right in self.scaled_roots:
            start, end = self.code[left][3], self.code[right][4]
            above = self.text[start : self.code[left][4]]
            match = re.match(r"[0-9_.]+(?:[eE][-+]?[0-9_]+)?", self.text[self.code[right][3] :])
            number = match.group() if match else ""
            factor = self.text[self.code[right][3] + len(number) : end]
            raise self.error(
                "ambiguous-division",
                f"'{short(self.text[start:end])}' can be read in two ways",
                self.code[right][3],
                end,
                f"write {short(above)}/({number}*{short(factor)})\nor    ({short(above)}/{number})*{short(factor)}",
            )
        return self._binary("div", left, right)

    def pow(self, children: list[Any]) -> int:
        return self._binary("pow", children[0], children[2])

    def and_(self, children: list[Any]) -> int:
        return self._decided("and_", children[0], children[-1])

    def or_(self, children: list[Any]) -> int:
        return self._decided("or_", children[0], children[-1])

    def _decided(self, name: str, left: int, right: int) -> int:
        """`a and b`, `a or b`: where a is known and decides, b is not needed, as in Python."""
        start, end = self.code[left][3], self.code[right][4]
        other = self._cut()
        both = [*other, (APPLY, name, 2, start, end)]
        known: Code = [(NUMBER, "0", 0, start, end), (NUMBER, "0", 0, start, end)]
        if name == "and_":
            branch = Branch(other, [*known, (APPLY, "ne", 2, start, end)], both)
        else:
            branch = Branch([*known, (APPLY, "eq", 2, start, end)], other, both)
        return self._emit(BRANCH, branch, 1, start, end)

    def scaled(self, children: list[Any]) -> int:
        """A coefficient, as in 2x: the factor's code is there already, so the number goes before it."""
        number, factor = children
        start = self.code[factor][3]
        if number.end_pos != start:
            if "\n" in self.text[number.end_pos : start] and (
                unclosed := unclosed_bracket(self.text, start, self.error)
            ):
                raise unclosed
            raise self.error(
                "missing-operator",
                "an operator is missing here",
                number.end_pos,
                start,
                f"write {number}*{short(self.text[start : self.code[factor][4]])}, "
                f"or {number}{short(self.text[start : self.code[factor][4]])} without the space",
            )
        if self.text[start] == "_":
            raise self.error(
                "bad-number", "in a number, '_' stands between two digits", start, start + 1, "for example 1_000"
            )
        self._emit(NUMBER, str(number), 0, number.start_pos, number.end_pos)
        root = self._emit(SCALE, "mul", 2, number.start_pos, self.code[factor][4])
        self.scaled_roots.add(root)
        return root

    def superscript(self, children: list[Any]) -> int:
        base, token = children
        digits = str(token).translate(SUPERSCRIPTS)
        self._emit(NUMBER, digits.lstrip("+-"), 0, token.start_pos, token.end_pos)
        if digits.startswith("-"):
            self._emit(APPLY, "neg", 1, token.start_pos, token.end_pos)
        return self._emit(APPLY, "pow", 2, self.code[base][3], token.end_pos)

    def number_superscript(self, children: list[Any]) -> int:
        return self.superscript([self.number(children[:1]), children[1]])

    def compare(self, children: list[Any]) -> int:
        """`a < b`, and chains: `a < b < c` means `a < b and b < c`."""
        roots, names = children[::2], [_COMPARISONS[str(sign)] for sign in children[1::2]]
        place = (self.code[roots[0]][3], self.code[roots[-1]][4])
        return self._emit(APPLY if len(names) == 1 else CHAIN, " ".join(names), len(roots), *place)

    # -- statements

    def _take(self) -> Code:
        code, self.code = self.code, []
        self.scaled_roots.clear()
        return code

    def outputs(self, roots: list[Any]) -> Statement:
        code = self._take()
        starts = [0, *[root + 1 for root in roots]]
        codes = tuple(code[a:b] for a, b in pairwise(starts))
        return Statement(None, None, codes, code[roots[0]][3], code[roots[-1]][4])

    def assignment(self, children: list[Any]) -> Statement:
        target, value = children[0], children[-1]
        code = self._take()
        head, body = code[: target + 1], code[target + 1 :]
        kind, name, count, start, end = head[-1]
        place = (start, code[value][4])
        if kind == NAME and len(head) == 1 and self.text[start] != "(":
            return Statement(name, None, (body,), *place)
        if (
            kind == CALL
            and self.text[start] != "("
            and all(k == NAME for k, *_ in head[:-1])
            and count == len(head) - 1
        ):
            parameters = tuple(operand for _, operand, *_ in head[:-1])
            for k, parameter in enumerate(parameters):
                if parameter in parameters[:k]:
                    raise self.error(
                        "duplicate-parameter", f"parameter '{parameter}' appears twice", head[k][3], head[k][4]
                    )
            return Statement(name, parameters, (body,), *place)
        hint = UNCHANGED if kind == INDEX else "one name at a time: a = ...; b = ..." if kind == ARRAY else ""
        raise self.error(
            "bad-assignment",
            "the left side of '=' must be a name, or a function header such as f(a, b)",
            start,
            end,
            hint or "to compare two values, write ==",
        )

    def loop_head(self, children: list[Any]) -> _Clause:
        return self.clause(children)

    def loop(self, children: list[Any]) -> Statement:
        head, closing = children[0], children[-1]
        body = tuple(child for child in children[2:-1] if isinstance(child, Statement))
        return Statement(head.name, None, (head.iterable,), head.start, closing.end_pos, body)

    point_value = outputs
    point_assignment = assignment

    def item(self, children: list[Any]) -> Statement:
        statement: Statement = children[0]
        return statement

    def program(self, statements: list[Statement]) -> list[Statement]:
        return statements

    point = program


def normal_name(token: str) -> str:
    """A name in its plain letters: pasted subscripts and mathematical alphabets are folded.

    >>> normal_name("x₁"), normal_name("𝜃"), normal_name("µ")
    ('x1', 'θ', 'μ')
    """
    if token.isascii():
        return str(token)
    import unicodedata

    return unicodedata.normalize("NFKC", token)


# -- reading

_PARSERS: list[tuple[Parser, Reader]] = []


def read(text: str, start: str = "program", where: str = "", limits: Limits | None = None) -> list[Statement]:
    """The statements of a text, or a `ReadError` that shows the place; `LimitError` for too many tokens.

    >>> [statement.name for statement in read("a = x^2; a + 1")]
    ['a', None]
    """
    if not _PARSERS:
        reader = Reader()
        _PARSERS.append((load_parser(reader), reader))
    parser, reader = _PARSERS[0]
    reader.text, reader.where, reader.code = text, where, []
    reader.scaled_roots.clear()
    try:
        bounded = partial((limits or Limits()).counted, length=len(text))
        statements: list[Statement] = parser.parse(join_lines(text), start, bounded)
    except Unexpected as stop:
        raise explain(stop, text, reader.error) from None
    finally:
        reader.code = []
    return statements

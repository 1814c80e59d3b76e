"""Random texts for the command line: programs of the language, programs that were damaged, and no programs at all.

Everything is drawn from one `random.Random`, so a text is repeated by its seed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adcli.language.functions import ARRAY_FUNCTIONS
from adcli.primitives import FUNCTIONS, OVERLOADS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

NAMES = ["x", "y", "z", "x1", "x10", "t", "θ"]
ARRAYS = {"u": (3,), "v": (2,), "A": (2, 3), "B": (2, 2)}
NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "0.5",
    ".25",
    "2.",
    "1e-3",
    "1_000",
    "pi",
    "e",
    "tau",
    "inf",
    "-1",
    "1e300",
    "4e-320",
]
LITERALS = [
    "9" * 50, "9" * 400, "9" * 4000, "9" * 4001, "9" * 6000, "0." + "3" * 3000, "1e999999999", "1e-999999999",
    "1e9999999999",
    "1e400", "1e-400", "1e308", "1.8e308", "0e999999999", "00000", "1__0", "_1", "1_", "1e", "1e+", "1.2.3", "0x10",
    "1e4000", "7e-4000", "123456789012345678901234567890", "2^1000", "2^(10^18)", "9^9^9^9", "10^4200", "2^13999",
    "2^14001", "(-1)^(1/3)", "1e5^1e5", "0^0", "0/0", "inf-inf", "(10^18)!", "3²⁰⁰⁰", "x^(2^60)", "x^1e30",
    "(1/3)^4000",
]  # fmt: skip
HOSTILE = [
    *[chr(k) for k in range(32)], "\x7f", *[chr(k) for k in range(0x80, 0xA0)], "\xad", "\u061c", "\u200b", "\u200d",
    "\u200e", "\u200f", "\u2028", "\u2029", *[chr(k) for k in range(0x202A, 0x202F)], *[chr(k) for k in range(0x2060,
    0x206A)],
    "\ufeff", "\ufff9", "\ufffe", "\uffff", "\U000e0001", "\U0010ffff", "\U0001f600", "\ud800", "\udfff", "\udc80",
    "\udcff",
    "\x1b[31m", "\x1b]0;title\x07", "\x1b[2J", "\r\n", "\u0301", "e\u0301" * 20, "ｘ", "х", "ⅹ", "𝑥", "１２", "٣",
    "x\u20d7",
    "＋", "⁄", "；", "（", "“", "’", "`", "$",
    "\\", "\\frac{1}{2}", "∂", "∞", "∑", "½", "x́", "ﬁ", "İ", "ı", "ß", "𐏿", "㎏",
]  # fmt: skip
_TOKENS = [
    "x", "u", "A", "y1", "f", "sum", "max", "where", "range", "zeros", "axis", "pi", "nobody", "1", "2", "0", "0.5",
    "+", "-", "*", "/", "^", "**", "%", "@", "'", "²", "√", "=", "==", "<", ">=", "!=", "≤", ",", ",", ";", "\n", ":",
    "(", ")", "(", ")", "[", "]", "[", "]", "{", "}", "for", "in", "if", "for i in ", "range(3)",
    "for k in range(2) {",
    "and", "or", "not", "i", "k", "# note\n", " ", "u[0]", "A[1,:]", "[1,2]", "f(a) = a", "axis=0", "v = ", "else",
    "det", "inv", "solve", "piecewise", "eye(2)", "norm", "softmax", "gamma", "besselj", "zeta",
]  # fmt: skip
_PIECES = re.compile(r"\w+|\s+|[^\w\s]")
_COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
_FUNCTIONS = sorted({*FUNCTIONS, *(name for name, _ in OVERLOADS)} - {"where"})
_OF_ARRAYS = sorted(ARRAY_FUNCTIONS)


class Texts:
    """Makes texts from a source of random numbers."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pick = random.choice

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # -- programs of the language

    def expression(self, depth: int = 3) -> str:
        """An expression of numbers; nearly every one is in the language."""
        random = self.random
        if depth <= 0 or self.chance(0.15):
            return self.pick(NAMES) if self.chance(0.6) else self.pick(LITERALS if self.chance(0.02) else NUMBERS)
        way = random.randrange(12)
        if way < 5:
            a, b = self.operand(depth - 1), self.operand(depth - 1)
            return f"{a}{self.pick(['+', ' - ', '*', '/', '^', '*', '%' if self.chance(0.1) else '+'])}{b}"
        if way < 9:
            name = self.pick(_FUNCTIONS)
            op = FUNCTIONS.get(name)
            arity = 1 if op is None else op.arity if op.arity >= 0 else -op.arity + random.randrange(2)
            arity += self.chance(0.01)
            return f"{name}({', '.join([self.expression(depth - 1) for _ in range(arity)])})"
        if way == 9:
            return f"where({self.condition(depth - 1)}, {self.expression(depth - 1)}, {self.expression(depth - 1)})"
        if way == 10:
            return self.pick(["-{}", "({})", "2{}", "√{}", "{}²", "3({})"]).format(self.operand(depth - 1))
        return f"sum({self.expression(depth - 1)}*i for i in range({random.randrange(4)}))"

    def operand(self, depth: int) -> str:
        text = self.expression(depth)
        return text if text.isalnum() else f"({text})"

    def condition(self, depth: int) -> str:
        text = f"{self.expression(depth)} {self.pick(_COMPARISONS)} {self.expression(depth)}"
        if self.chance(0.2):
            text += f" {self.pick(['and', 'or', 'and not'])} {self.pick(NAMES)} < 1"
        return text

    def array(self, shape: tuple[int, ...], depth: int = 2) -> str:
        """An expression of arrays; about half of these fit together."""
        named = [name for name, own in ARRAYS.items() if own == shape]
        if named and (depth <= 0 or self.chance(0.4)):
            return self.pick(named)
        if depth <= 0:
            lengths = ", ".join(map(str, shape))
            return f"{self.pick(['ones', 'zeros'])}({lengths})" if shape else self.pick(NAMES)
        way = self.random.randrange(6)
        if way == 0 or not shape:
            inner = self.array(self.pick([(2,), (3,), (2, 2), (2, 3)]), depth - 1)
            return self.pick(["sum({})", "norm({})", "max({})", "{}[0]", "mean({})", "prod({})"]).format(inner)
        if way == 1:
            return f"{self.pick(['sin', 'exp', 'abs', 'softmax', 'cumsum', '-'])}({self.array(shape, depth - 1)})"
        if way == 2 and len(shape) == 2:
            return f"{self.array((shape[0], 2), depth - 1)}@{self.array((2, shape[1]), depth - 1)}"
        if way == 3:
            return f"[{', '.join([self.array(shape[1:], depth - 1) for _ in range(shape[0])])}]"
        if way == 4 and self.chance(0.3):
            name = self.pick(_OF_ARRAYS)
            axis = f", axis={self.random.randrange(-1, 3)}" if self.chance(0.3) else ""
            return f"{name}({self.array(self.pick([shape, (2, 2), (3,)]), depth - 1)}{axis})"
        return f"({self.array(shape, depth - 1)} {self.pick(['+', '-', '*', '/'])} {self.array(shape, depth - 1)})"

    def program(self) -> str:
        """Several statements."""
        body, separator = self.expression(2), self.pick(["; ", "\n", " # note\n"])
        lines = [f"a = {body}"]
        if self.chance(0.4):
            lines.append(f"f(p, x) = {self.expression(1)} + p")
            lines.append(f"b = f({self.expression(1)}, a)")
        if self.chance(0.3):
            lines.append(f"s = 0\nfor k in range({self.random.randrange(5)}) {{ s = s + a*k - {self.expression(1)} }}")
            lines.append("s + a")
        else:
            lines.append(self.pick(["a", "a, a*x", f"c = a + {self.expression(1)}", self.expression(1)]))
        return separator.join(lines)

    def arrays(self) -> str:
        """A program of arrays."""
        shape = self.pick([(), (2,), (3,), (2, 2), (2, 3)])
        text = self.array(shape, 3)
        if self.chance(0.3):
            text = f"h = {text}; s = h; for k in range({self.random.randrange(3)}) {{ s = s + k*h }}; s"
        return text

    # -- texts that nobody should write

    def damaged(self, text: str) -> str:
        """A text with a few tokens deleted, doubled, exchanged, or replaced."""
        pieces = _PIECES.findall(text) or [text]
        for _ in range(self.random.randrange(1, 4)):
            k, way = self.random.randrange(len(pieces)), self.random.randrange(7)
            if way == 0:
                del pieces[k]
            elif way == 1:
                pieces.insert(k, pieces[k])
            elif way == 2:
                j = self.random.randrange(len(pieces))
                pieces[j], pieces[k] = pieces[k], pieces[j]
            elif way == 3:
                pieces[k] = self.pick(_TOKENS)
            elif way == 4:
                pieces.insert(k, self.pick(list("()[]{}")))
            elif way == 5:
                pieces[k] = pieces[k][: self.random.randrange(len(pieces[k]) + 1)]
            else:
                pieces.insert(k, self.pick(HOSTILE))
            if not pieces:
                return ""
        return "".join(pieces)

    def soup(self) -> str:
        """Tokens in any order."""
        return self.pick(["", " "]).join([self.pick(_TOKENS) for _ in range(self.random.randrange(1, 25))])

    def characters(self) -> str:
        """Characters in any order, hostile ones among them."""
        random = self.random
        ranges = [(0x20, 0x7F), (0, 0x100), (0, 0x3000), (0xD800, 0xE000), (0, 0x110000)]
        low, high = self.pick(ranges)
        return "".join(
            [
                self.pick(HOSTILE) if self.chance(0.2) else chr(random.randrange(low, high))
                for _ in range(random.randrange(1, 40))
            ]
        )

    def deep(self) -> str:
        """Nested as deep as a text of some kilobytes can be."""
        depth = int(10 ** self.random.uniform(1, 3.3))
        opening, inner, closing = self.pick([
            ("(", "x", ")"), ("sin(", "x", ")"), ("-", "x", ""), ("x^", "x", ""), ("[", "x", "]"), ("where(x<1,",
            "x", ",y)"),
            ("[0,1][", "0", "]"), ("sum(", "x", " for i in [1])"), ("(", "", ""), ("x+(", "", ")"), ("{", "x", "}"),
            ("2(", "x", ")"), ("√", "x", ""), ("f(", "x", ")"), ("abs(x-", "x", ")"), ("1/(1+", "x", ")"), ("max(x,",
            "y", ")"),
            ("for i in range(1) { ", "a = x", " }"), ("not ", "x", ""), ("softmax([", "x", "])"), ("u[", "0", "]"),
            ("x'", "", ""),
        ])  # fmt: skip
        less = self.random.randrange(3) == 0
        return opening * depth + inner + closing * (depth - less)

    def wide(self) -> str:
        """A long sum, product, list or chain."""
        length = int(10 ** self.random.uniform(1, 3))
        piece, joint = self.pick([
            ("x", "+"), ("x", "*"), ("x", "/"), ("x", "-"), ("x", "^"), ("x", ","), ("x", " "), ("x", "<"), ("x<1",
            " and "),
            ("1e300", "*"), ("99999999999", "*"), ("x", "@"), ("a=x", ";"), ("f(x)=x", "\n"), ("2x", ""), ("x²", ""),
            ("x'", ""),
            ("u", "@"), ("x y", "+"), (".", ""), ("1", "."), ("𝑥", "+"), ("x\n", ""), ("#\n", ""), ("\t", ""),
            ("sin", ""),
        ])  # fmt: skip
        text = joint.join([piece] * length)
        return f"where({text}, x, y)" if piece == "x<1" or joint == "<" else text

    def hungry(self) -> str:
        """Short texts that ask for much; the limits refuse them at once."""
        return self.pick([
            "sum(i for i in range(10^9))", "sum(x*i for i in range(10^12) for j in range(10^12))",
            "zeros(10^5, 10^5)", "eye(10^9)",
            "range(2^(10^18))", "[1,2][2^(10^18)]", "prod(x for i in range(10^10))",
            "for k in range(10^11) { a = x }; a",
            "reshape(ones(10^8), -1)", "ones(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)", "outer(range(10^5), range(10^5))",
            "u[0:10^30]",
            "s=3; for k in range(60) { s = s*s }; s*x", "s=x; for k in range(60) { s = s*s }; s", "x[10^4000]",
            "ones(10^4000)",
            "s=2; for k in range(90) { s = s^s }; s*x", "sum(x/i for i in range(1,2000))",
            "prod(x/i for i in range(1,500))",
            "sum(1/i for i in range(1,900))*x", "f(a)=a*a; g(a)=f(f(f(f(f(a))))); g(g(g(g(g(x)))))", "x^(10^4000)",
            "x^(1/3^3000)",
            "diag(range(10^5))", "stack(" + ",".join(["ones(1000)"] * 9) + ")",
            "sum(10^(4200+i)*x for i in range(9))",
        ])  # fmt: skip

    def text(self) -> str:
        """Any of these."""
        ways: list[tuple[int, Callable[[], str]]] = [
            (26, self.expression), (14, self.program), (12, self.arrays), (4, self.soup), (5, self.characters), (2,
            self.deep),
            (2, self.wide), (1, self.hungry), (2, lambda: self.pick(LITERALS)), (22,
            lambda: self.damaged(self.expression(2))),
            (10, lambda: self.damaged(self.pick([self.program, self.arrays])())), (1, lambda: self.pick(HOSTILE)),
            (1, str),
        ]  # fmt: skip
        (make,) = self.random.choices([way for _, way in ways], [weight for weight, _ in ways])
        return make()

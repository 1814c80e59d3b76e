"""Simplify a graph: like terms and powers collected, constants folded exactly.

One pass up, node by node, into a new graph. A chain of sums is collected where it ends
(interior sums that nothing else uses are absorbed, so a chain of any length costs linear
time), and so is a chain of products; a shared node stays shared. Sums become
`rational * core + ...`, products `rational * base^power * ...`, then both are written back
as binary nodes in a fixed, readable order. Nothing is expanded or factored, and powers are
collected only where that is right for every real base. Moses, *Algebraic simplification*
(CACM 14, 1971), on why a simplifier should be modest.

>>> from .language import parse
>>> p = parse("x*x^2*3 - 2*x^3 + 0*y")
>>> graph, (node,) = simplify(p.graph, [node for _, node in p.outputs])
>>> from .printing import write
>>> write(graph, node)
'x^3'
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .contexts import Exact, Literal
from .graph import CONSTANT, VARIABLE, Graph
from .ordering import natural_order
from .primitives import TABLE

_ADD, _SUB, _MUL, _DIV, _POW, _NEG = (TABLE[name] for name in ("add", "sub", "mul", "div", "pow", "neg"))
_SUMS, _PRODUCTS = (_ADD, _SUB, _NEG), (_MUL, _DIV)
_FOLD_BITS = 512  # exact folding stops where numbers stop being readable
_MERGE, _MERGE_SMALL = 6, 16  # factors of a shared product that are still worth collecting
_SMALL = 2000  # nodes of a graph that somebody may want to read
_KEY = 40  # characters of a factor or a term that decide its place


class _Simplifier:
    """The new graph, and the rebuilt node (by old node) of what has been simplified."""

    def __init__(self, graph: Graph, outputs: Sequence[int]) -> None:
        self.old = graph
        self.order = graph.needed(outputs)
        self.uses = graph.uses(self.order)
        for node in outputs:
            self.uses[node] = self.uses.get(node, 0) + 2  # an output is never absorbed
        self.new = Graph(graph.source)
        self.made: dict[int, int] = {}
        self.decimal = any(isinstance(graph.constants.get(node), Literal) for node in self.order)
        self.merge = _MERGE_SMALL if len(self.order) < _SMALL else _MERGE
        self._large: dict[int, tuple[Fraction, int]] = {}  # long products: their coefficients and cores
        self._texts: list[str] = []

    def run(self) -> None:
        parents: dict[int, int] = {}
        for node in self.order:
            for a in self.old.args[node]:
                parents[a] = node
        for node in self.order:
            op = self.old.ops[node]
            if self.uses.get(node) == 1 and self._absorbed(node, parents[node]):
                continue
            if op is VARIABLE:
                self.made[node] = self.new.variable(self.old.names[node])
            elif op is CONSTANT:
                self.made[node] = self.exact(self.old.constants[node])
            elif op in _SUMS:
                self.made[node] = self.build_sum(self.terms(node))
            elif op in _PRODUCTS or op is _POW:
                self.made[node] = self.build_product(*self.factors(node))
            else:
                self.made[node] = self.apply(op, tuple([self.made[a] for a in self.old.args[node]]))

    def _absorbed(self, node: int, parent: int) -> bool:
        """Whether the one node that uses this one will collect it as part of its own chain."""
        op, above = self.old.ops[node], self.old.ops[parent]
        if op in (_ADD, _SUB):
            return above in _SUMS
        if op is _NEG:
            return above in _SUMS or above in _PRODUCTS
        return op in _PRODUCTS and above in _PRODUCTS

    # -- reading chains of the old graph

    def terms(self, root: int) -> dict[int, Fraction]:
        """The sum at `root` as {core: coefficient}."""
        total: dict[int, Fraction] = {}
        stack = [(root, 1, True)]
        while stack:
            node, sign, at_root = stack.pop()
            op, args = self.old.ops[node], self.old.args[node]
            if op in _SUMS and (at_root or node not in self.made):
                if op is _NEG:
                    stack.append((args[0], -sign, False))
                else:
                    stack.append((args[1], sign if op is _ADD else -sign, False))
                    stack.append((args[0], sign, False))
                continue
            made = self.made[node] if node in self.made else self.build_product(*self.factors(node))
            self._add_terms(total, made, Fraction(sign))
        return total

    def _add_terms(self, total: dict[int, Fraction], made: int, factor: Fraction) -> None:
        coefficient, core = self.split(made)
        total[core] = total.get(core, Fraction(0)) + factor * coefficient
        if _bits(total[core]) > _FOLD_BITS:  # it goes on as a term that nothing looks into
            made = self.scaled(total.pop(core), core)
            total[made] = total.get(made, Fraction(0)) + 1

    def factors(self, root: int) -> tuple[Fraction, dict[int, Fraction | int]]:
        """The product at `root` as (coefficient, {base: exponent})."""
        coefficient = Fraction(1)
        powers: dict[int, Any] = {}
        stack = [(root, 1, True)]
        while stack:
            node, sign, at_root = stack.pop()
            op, args = self.old.ops[node], self.old.args[node]
            inner = at_root or node not in self.made
            if inner and op in _PRODUCTS:
                stack.append((args[1], sign if op is _MUL else -sign, False))
                stack.append((args[0], sign, False))
            elif inner and op is _NEG:
                coefficient = -coefficient
                stack.append((args[0], sign, False))
            elif inner and op is _POW:
                exponent = self.rational(self.made[args[1]])
                if exponent is None:
                    power = self.apply(_POW, (self.made[args[0]], self.made[args[1]]))
                    self._multiply(powers, power, Fraction(sign))
                else:
                    coefficient *= self._collect(powers, self.made[args[0]], exponent * sign)
            else:
                made = self.made[node] if node in self.made else self.build_sum(self.terms(node))
                coefficient *= self._collect(powers, made, Fraction(sign))
            if _bits(coefficient) > _FOLD_BITS:  # it goes on as a factor that nothing looks into
                self._multiply(powers, self.number(coefficient), Fraction(1))
                coefficient = Fraction(1)
        return coefficient, powers

    def _collect(self, powers: dict[int, Any], made: int, exponent: Fraction) -> Fraction:
        """Multiply made^exponent into `powers`; what is rational of it is returned."""
        coefficient, core = self.split(made)
        if exponent.denominator != 1:  # (a*b)^(1/2) is not a^(1/2)*b^(1/2) for negative a and b
            value = self.rational(made)
            if value == 1 or (value == 0 and exponent > 0):
                return Fraction(value)
            self._multiply(powers, made, exponent)
            return Fraction(1)
        if abs(exponent) * _bits(coefficient) > _FOLD_BITS or (coefficient == 0 and exponent < 0):
            self._multiply(powers, made, exponent)
            return Fraction(1)
        whole = int(exponent)
        pairs = self.decompose(core)[1]
        for base, power in pairs.items():
            self._multiply(powers, base, power * whole)
        return coefficient**whole

    def _multiply(self, powers: dict[int, Any], base: int, exponent: Fraction) -> None:
        """Collect x^a * x^b where that is right: whole powers among themselves, fractional ones too."""
        graph = self.new
        if graph.ops[base] is _POW:
            inner = self.rational(graph.args[base][1])
            if inner is not None and exponent.denominator == 1:
                base, exponent = graph.args[base][0], inner * exponent
        powers[base] = powers.get(base, Fraction(0)) + exponent
        if powers[base] == 0:
            del powers[base]

    # -- the new graph: constants, and the shapes that sums and products have there

    def rational(self, made: int) -> Fraction | None:
        """The exact value of a new node, if it is a rational constant of a readable size."""
        value = self._constant(made)
        return None if value is None or _bits(value) > _FOLD_BITS else value

    def _constant(self, made: int) -> Fraction | None:
        graph = self.new
        if graph.ops[made] is CONSTANT:
            value = graph.constants[made]
            if isinstance(value, int):
                return Fraction(value)
            if isinstance(value, Literal) and abs(value.exponent) * 4 < _FOLD_BITS:
                return Fraction(value.digits) * Fraction(10) ** value.exponent
        elif graph.ops[made] is _DIV:
            above, below = (graph.constants.get(a) for a in graph.args[made])
            if isinstance(above, int) and isinstance(below, int) and below:
                return Fraction(above, below)
        return None

    def exact(self, value: Exact) -> int:
        return self.new.constant(value)

    def number(self, value: Fraction) -> int:
        """The node of a rational: an int, a decimal where the text used decimals, else p/q."""
        if value.denominator == 1:
            return self.exact(value.numerator)
        if self.decimal:
            twos = (value.denominator & -value.denominator).bit_length() - 1
            rest, fives = value.denominator >> twos, 0
            while rest % 5 == 0:
                rest, fives = rest // 5, fives + 1
            places = max(twos, fives)
            if rest == 1 and places <= 30:
                return self.exact(Literal.make(value.numerator * 10**places // value.denominator, -places))
        return self.new.apply(_DIV, (self.exact(value.numerator), self.exact(value.denominator)))

    def decompose(self, made: int) -> tuple[Fraction, dict[int, Fraction]]:
        """A new node as (coefficient, {base: exponent}); no base with a whole exponent is a number."""
        graph, coefficient = self.new, Fraction(1)
        powers: dict[int, Fraction] = {}
        stack = [(made, 1)]
        while stack:
            node, sign = stack.pop()
            value = self.rational(node)
            op, args = graph.ops[node], graph.args[node]
            if node in self._large:  # spelling a long product out again would undo the sharing
                size, core = self._large[node]
                coefficient *= size**sign
                powers[core] = powers.get(core, Fraction(0)) + sign
            elif value:
                coefficient = coefficient * value if sign > 0 else coefficient / value
            elif op in _PRODUCTS:
                stack.append((args[1], sign if op is _MUL else -sign))
                stack.append((args[0], sign))
            elif op is _NEG:
                coefficient = -coefficient
                stack.append((args[0], sign))
            else:
                exponent = self.rational(args[1]) if op is _POW else None
                base, power = (node, Fraction(sign)) if exponent is None else (args[0], exponent * sign)
                powers[base] = powers.get(base, Fraction(0)) + power
        return coefficient, powers

    def split(self, made: int) -> tuple[Fraction, int]:
        """A new node as (coefficient, core); the core of a number is the node of 1."""
        value = self.rational(made)
        if value is not None:
            return value, self.exact(1)
        if self.new.ops[made] not in (*_PRODUCTS, _NEG):
            return Fraction(1), made
        if made in self._large:
            return self._large[made]
        coefficient, powers = self.decompose(made)
        return (coefficient, made) if coefficient == 1 else (coefficient, self.build_product(Fraction(1), powers))

    def apply(self, op: Any, args: tuple[int, ...]) -> int:
        """A function of simplified arguments; the few values that are known stay exact."""
        if op is TABLE["where"] and args[1] == args[2]:
            return args[1]
        if op is TABLE["where"] and self.new.ops[args[0]] is TABLE["eq"]:
            sides = [self.rational(a) for a in self.new.args[args[0]]]
            if None not in sides:
                return args[1] if sides[0] == sides[1] else args[2]
        if op is _POW:
            base, exponent = (self.rational(a) for a in args)
            if exponent == 0 or base == 1:
                return self.exact(1)
            if exponent == 1:
                return args[0]
        value = self.rational(args[0]) if len(args) == 1 else None
        known = _KNOWN.get((op.name, value)) if value is not None else None
        return self.new.apply(op, args) if known is None else self.exact(known)

    # -- writing sums and products back

    def build_sum(self, total: dict[int, Fraction]) -> int:
        one = self.exact(1)
        constant = total.pop(one, Fraction(0))
        if constant:
            constant += self._constants_of(total)
        cores = [core for core, coefficient in total.items() if coefficient]
        if len(cores) <= 64:
            cores.sort(key=self._rank_of_term)
        # a positive term leads where there is one: b - a rather than -a + b
        if cores and total[cores[0]] < 0:
            first = next((k for k, core in enumerate(cores) if total[core] > 0), None)
            if first is not None:
                cores.insert(0, cores.pop(first))
            elif constant > 0:
                return self._sum_from(self.number(constant), cores, total, Fraction(0))
        if not cores:
            return self.number(constant)
        lead = cores.pop(0)
        return self._sum_from(self.scaled(total[lead], lead), cores, total, constant)

    def _constants_of(self, total: dict[int, Fraction]) -> Fraction:
        """The numbers taken out of shared sums that are terms of this one: (y - 1) - 1 is y - 2."""
        found = Fraction(0)
        for core, factor in list(total.items()):
            op = self.new.ops[core]
            if abs(factor) != 1 or op not in (_ADD, _SUB):
                continue
            first, last = self.new.args[core]
            sign = 1 if op is _ADD else -1
            for number, rest, of_number, of_rest in ((last, first, sign, 1), (first, last, 1, sign)):
                value = self.rational(number)
                if value is not None:
                    found += factor * of_number * value
                    total[core] = Fraction(0)
                    self._add_terms(total, rest, factor * of_rest)
                    break
        return found

    def _sum_from(self, result: int, cores: list[int], total: dict[int, Fraction], constant: Fraction) -> int:
        for core in cores:
            op = _ADD if total[core] > 0 else _SUB
            result = self.new.apply(op, (result, self.scaled(abs(total[core]), core)))
        if constant:
            result = self.new.apply(_ADD if constant > 0 else _SUB, (result, self.number(abs(constant))))
        return result

    def scaled(self, coefficient: Fraction, core: int) -> int:
        return self.build_product(coefficient, self.decompose(core)[1], core=core)

    def build_product(self, coefficient: Fraction, powers: dict[int, Any], core: int | None = None) -> int:
        """`coefficient * (numerator factors) / (denominator factors)`; -1 becomes a sign."""
        if not coefficient:
            return self.exact(0)
        graph = self.new
        if coefficient == 1 and core is not None:
            return core
        above = [(base, power) for base, power in powers.items() if power > 0]
        below = [(base, -power) for base, power in powers.items() if power < 0]
        above.sort(key=self._rank_of_factor)
        below.sort(key=self._rank_of_factor)
        sign, size = (-1, -coefficient) if coefficient < 0 else (1, coefficient)
        split_ratio = size.denominator != 1 and graph.ops[self.number(size)] is _DIV
        top = size.numerator if split_ratio else size
        nodes = [] if top == 1 and above else [self.number(Fraction(top))]
        nodes += [self.power(base, power) for base, power in above]
        if sign < 0:
            value = self.rational(nodes[0])
            nodes[0] = graph.apply(_NEG, (nodes[0],)) if value is None else self.number(-value)
        result = nodes[0]
        for node in nodes[1:]:
            result = graph.apply(_MUL, (result, node))
        divisors = [self.exact(size.denominator)] if split_ratio else []
        divisors += [self.power(base, power) for base, power in below]
        if divisors:
            divisor = divisors[0]
            for node in divisors[1:]:
                divisor = graph.apply(_MUL, (divisor, node))
            result = graph.apply(_DIV, (result, divisor))
        if result not in self._large and (len(powers) > self.merge or any(base in self._large for base in powers)):
            self._large[result] = (Fraction(1), result)
            if coefficient != 1:
                self._large[result] = (coefficient, self.build_product(Fraction(1), powers))
        return result

    def power(self, base: int, exponent: Fraction) -> int:
        if exponent == 1:
            return base
        return self.apply(_POW, (base, self.number(Fraction(exponent))))

    # -- the order in which people write factors and terms

    def _text(self, node: int) -> str:
        """The beginning of a node's formula; made from those of its arguments, so never deep."""
        graph, texts = self.new, self._texts
        while len(texts) <= node:
            k = len(texts)
            if graph.ops[k] is VARIABLE:
                texts.append(graph.names[k])
            elif graph.ops[k] is CONSTANT:
                texts.append(str(graph.constants[k]))
            else:
                texts.append(f"{graph.ops[k].name}({','.join([texts[a] for a in graph.args[k][:8]])})"[:_KEY])
        return texts[node]

    def _rank_of_factor(self, pair: tuple[int, Any]) -> tuple[Any, ...]:
        """Numbers, variables, functions, sums; each by its text."""
        op = self.new.ops[pair[0]]
        kind = 0 if op is CONSTANT else 1 if op is VARIABLE else 3 if op in _SUMS else 2
        return (kind, natural_order(self._text(pair[0])), pair[0])

    def _rank_of_term(self, core: int) -> tuple[Any, ...]:
        """By the variables of a term, the higher power first, and then by its functions."""
        pairs = self.decompose(core)[1]
        plain = sorted((natural_order(self.new.names[b]), -float(p)) for b, p in pairs.items() if b in self.new.names)
        return ([*plain, ([("~", 0)], 0.0)], self._text(core), core)


def _bits(x: Fraction) -> int:
    """The size of an exact number."""
    return max(x.numerator.bit_length(), x.denominator.bit_length())


_KNOWN: dict[tuple[str, Fraction], int] = {
    **{(name, Fraction(0)): 0 for name in (
        "sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "expm1", "log1p", "sqrt", "cbrt", "abs")},
    **{(name, Fraction(0)): 1 for name in ("cos", "sec", "exp", "exp2", "exp10", "cosh", "sech", "sinc")},
    **{(name, Fraction(1)): 0 for name in ("log", "log2", "log10", "acosh", "acos")},
    **{(name, Fraction(1)): 1 for name in ("sqrt", "cbrt", "abs")},
}  # fmt: skip


def simplify(graph: Graph, outputs: Sequence[int]) -> tuple[Graph, list[int]]:
    """A new graph that computes the same outputs more simply, and its output nodes."""
    work = _Simplifier(graph, outputs)
    work.run()
    return work.new, [work.made[node] for node in outputs]

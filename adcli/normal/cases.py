"""Proving that two formulas are equal, case by case.

Where a formula asks for a sign, there are three cases: less than 0, 0, and more. A proof walks
through them like through a tree, and only where it must: first it is tried without, with what has
no known sign in a kernel of its own, and with what the other parts of the formulas say by being
defined (a logarithm's argument is positive). In the case that v - u is 0, for a variable v, u
takes the place of v.
"""

from fractions import Fraction

from ..graph import Graph
from .kernels import NEGATIVE, POSITIVE, ZERO, Kernels, UndefinedError
from .polynomials import Monomial, Polynomial, symbols
from .reading import Reading
from .signs import Signs
from .walking import Walk

_MOST_CASES = 200
_MOST_ROUNDS = 5


class Case:
    """What holds in a case: signs of kernels, formulas of variables, and monomials that are whole numbers."""

    def __init__(self, signs: dict[int, int], variables: dict[str, Polynomial], integers: set[Monomial]) -> None:
        self.signs = signs
        self.variables = variables
        self.integers = integers


class Proof:
    """The proof that two nodes of a graph are the same function."""

    def __init__(self, graph: Graph, pair: tuple[int, int], budget: int, *, whole: bool) -> None:
        self.graph = graph
        self.pair = pair
        self.whole = whole
        self.kernels = Kernels(budget)

    def succeeds(self) -> bool:
        """Whether all cases are proved, and not all are void."""
        cases, count, met = [Case({}, {}, set())], 0, False
        while cases:
            case = cases.pop()
            count += 1
            if count > _MOST_CASES:
                return False
            try:
                doubts = self._doubts(case)
            except UndefinedError:
                continue  # no point has these signs where both are defined
            met = True
            if doubts is None:
                continue
            if not doubts:
                return False
            cases += self._split(case, doubts[0])
        return met

    def _doubts(self, case: Case) -> list[int] | None:
        """None if the case is proved, else the kernels whose signs would help.

        What one reading learned serves the next.
        """
        for _ in range(_MOST_ROUNDS):
            signs = Signs(self.kernels, case.signs)
            reading = Reading(self.kernels, signs, case.variables, case.integers, whole=self.whole)
            known_sums = len(self.kernels.sums)
            p, q = (Walk(self.graph, reading).read(node).p for node in self.pair)
            if self._is_zero(self.kernels.ring.minus(p, q), signs):
                return None
            case.signs = signs.known
            if not signs.learned and known_sums == len(self.kernels.sums):
                break
        return signs.doubts

    def _is_zero(self, p: Polynomial, signs: Signs) -> bool:
        """Whether p is 0, or has a factor that is 0 in the case."""
        if self.kernels.is_zero(p):
            return True
        zeros = [k for k, sign in signs.known.items() if sign == ZERO]
        if not zeros:
            return False
        outside, rest = self.kernels.cleared(p)
        if any(k in zeros and e < 0 for m in (outside.items(), *rest) for k, e in m):
            return False
        rest = {m: x for m, x in rest.items() if not any(k in zeros and e > 0 for k, e in m)}
        return not rest or any(self.kernels.vanishes_with(rest, k) for k in zeros)

    def _split(self, case: Case, k: int) -> list[Case]:
        """The cases of the sign of a kernel, the empty one last, since it is proved last."""
        possible = Signs(self.kernels, case.signs).of_kernel(k)
        cases = []
        for sign in (ZERO, NEGATIVE, POSITIVE):
            if possible & sign:
                variables = self._solved(case.variables, k) if sign == ZERO else case.variables
                cases.append(Case({**case.signs, k: sign}, variables, set(case.integers)))
        return cases

    def _solved(self, variables: dict[str, Polynomial], k: int) -> dict[str, Polynomial]:
        """What the variables are where kernel k is 0; as they were if that cannot be solved."""
        kernels = self.kernels.all
        w: Polynomial = kernels[k].value if kernels[k].name == "root" else {((k, 1),): 1}
        for m, c in sorted(w.items()):
            if len(m) != 1 or m[0][1] != 1 or not kernels[m[0][0]].name.startswith("variable "):
                continue
            v = m[0][0]
            others = [*[p for n, p in ((n, {n: x}) for n, x in w.items()) if n != m], *variables.values()]
            if any(v in kernels[j].variables for p in others for j in symbols(p)):
                continue
            solution = self.kernels.ring.scaled({n: x for n, x in w.items() if n != m}, Fraction(-1) / c)
            return {**variables, kernels[v].name.removeprefix("variable "): solution}
        return variables

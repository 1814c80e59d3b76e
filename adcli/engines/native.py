"""The kernel as C, compiled by the machine's own compiler: one loop over the points, for all cores.

The loop is plain C that a compiler can vectorize: no branches, no pointers that may overlap, and
mathematical functions of which the C library has versions for vectors (glibc's libmvec, which is good to
4 units in the last place). What was compiled is kept in a private folder, by its source and the machine,
so that the same question never waits for the compiler again.

A long kernel is cut into loops over tiles of points that fit the cache; what one loop leaves for another
waits in rows of numbers beside it.
"""

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..contexts import make_context
from ..emitters.c import HELPERS, expression, literal
from ..errors import UsageError
from ..graph import CONSTANT, VARIABLE
from ..kernels import Kernel
from ..machine.parallel import in_parts
from . import Columns, Unavailable
from ._compiler import library

_LONG = 300  # instructions of one loop
_TILE = 512  # points
_LEAST = 4096  # points that are worth a thread
_VECTORS = (
    "sin", "cos", "exp", "log", "pow", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cosh",
    "erf", "erfc", "exp2", "expm1", "hypot", "log10", "log1p", "log2", "sinh", "tan", "tanh",
)  # fmt: skip
"""Functions of C that glibc has for vectors, those of its first version first."""
_OF_TWO = frozenset(("pow", "atan2", "hypot"))


class _Source(NamedTuple):
    """A translation unit, and the names of the inputs that are columns and of those that are fixed, in its order."""

    text: str
    columns: tuple[str, ...]
    fixed: tuple[str, ...]


def source(kernel: Kernel, fixed: frozenset[str]) -> _Source:
    """The C of a kernel of which some inputs are the same at all points.

    >>> from ..kernels.making import make_kernel
    >>> from ..products import Function
    >>> text = source(make_kernel(Function("x*y"), "grad"), frozenset("y")).text
    >>> "in0[i]" in text, "f0" in text
    (True, True)
    """
    return _Writer(kernel, fixed).source()


class _Writer:
    """Writes the loops of a kernel."""

    def __init__(self, kernel: Kernel, fixed: frozenset[str]) -> None:
        self.kernel, self.graph = kernel, kernel.graph
        used = [node for node in kernel.order if self.graph.ops[node] is VARIABLE]
        names = self.graph.names
        self.columns = tuple([names[node] for node in used if names[node] not in fixed])
        self.fixed = tuple([names[node] for node in used if names[node] in fixed])
        self.atoms: dict[int, str] = {}
        floats = make_context()
        for node in kernel.order:
            if self.graph.ops[node] is CONSTANT:
                self.atoms[node] = literal(floats.number(self.graph.constants[node]))
            elif node in used and names[node] in fixed:
                self.atoms[node] = f"f{self.fixed.index(names[node])}"
        self.steps = [node for node in kernel.order if node not in self.atoms]
        self.rows: dict[int, list[int]] = {}
        for row, node in enumerate(kernel.outputs.values()):
            self.rows.setdefault(node, []).append(row)
        self.flags = {node: k for k, node in enumerate((kernel.defined, kernel.kinked)) if node is not None}
        self.kept: dict[int, int] = {}  # rows in which nodes wait for a later loop
        self.calls: list[tuple[int, list[str]]] = []  # the loops, and the pointers that each takes

    def source(self) -> _Source:
        """The whole translation unit."""
        parts = [self.steps[k : k + _LONG] for k in range(0, len(self.steps), _LONG)] or [[]]
        place = {node: k for k, part in enumerate(parts) for node in part}
        for k, part in enumerate(parts):
            for node in part:
                for a in self.graph.args[node]:
                    if a in place and place[a] != k and self.graph.ops[a] is not VARIABLE:
                        self.kept.setdefault(a, len(self.kept))
        loops = [self._loop(k, part) for k, part in enumerate(parts)]
        operations = {self.graph.ops[node].name for node in self.steps}
        helpers = [text for name, text in HELPERS.items() if name in operations]
        return _Source("\n".join([_HEAD, *helpers, *loops, self._entry()]), self.columns, self.fixed)

    def _loop(self, number: int, part: Sequence[int]) -> str:
        """One loop: what it reads, what it computes, what it writes."""
        here = set(part)
        read = {a for node in part for a in self.graph.args[node] if a not in here and a not in self.atoms}
        outputs = {node for node in self.rows if node in here or (number == 0 and node in self.atoms)}
        columns = {name: k for k, name in enumerate(self.columns)}
        pointers: dict[str, str] = {}
        lines: list[str] = []
        for node in sorted(read | here):
            op = self.graph.ops[node]
            if op is VARIABLE:
                k = columns[self.graph.names[node]]
                pointers[f"const double *restrict in{k}"] = f"in[{k}]"
                lines.append(f"const double v{node} = in{k}[i];")
            elif node in read:
                k = self.kept[node]
                pointers[f"const double *restrict t{k}"] = f"tile + {k} * TILE"
                value = f"t{k}[i]"
                condition = f"const int v{node} = {value} != 0.0;"
                lines.append(condition if op.boolean else f"const double v{node} = {value};")
            else:
                kind = "int" if op.boolean else "double"
                lines.append(f"const {kind} v{node} = {self._formula(node)};")
        for node in sorted(outputs):
            for row in self.rows[node]:
                pointers[f"double *restrict out{row}"] = f"out[{row}]"
                lines.append(f"out{row}[i] = {self._atom(node)};")
        for node in sorted(self.flags.keys() & (here | (set(self.atoms) if number == 0 else set()))):
            k = self.flags[node]
            pointers[f"unsigned char *restrict flag{k}"] = f"flags[{k}]"
            lines.append(f"flag{k}[i] = (unsigned char)({self._atom(node)});")
        for node in sorted(self.kept.keys() & here):
            pointers[f"double *restrict t{self.kept[node]}"] = f"tile + {self.kept[node]} * TILE"
            lines.append(f"t{self.kept[node]}[i] = (double){self._atom(node)};")
        given = [f"const double f{k}" for k in range(len(self.fixed))]
        arguments = ", ".join(["const long n", *pointers, *given])
        body = "\n        ".join(lines)
        self.calls.append((number, list(pointers.values())))
        return f"""static void loop{number}({arguments})
{{
    for (long i = 0; i < n; i++) {{
        {body}
    }}
}}
"""

    def _atom(self, node: int) -> str:
        return self.atoms.get(node) or f"v{node}"

    def _formula(self, node: int) -> str:
        op = self.graph.ops[node]
        try:
            return expression(op.name, [self._atom(a) for a in self.graph.args[node]])
        except UsageError:
            raise Unavailable(f"C has no {op.name.removesuffix('_dx')}") from None

    def _entry(self) -> str:
        """The function that is called: all loops, tile by tile."""
        tiled = bool(self.kept)
        fixed = "".join([f", fixed[{k}]" for k in range(len(self.fixed))])
        lines = []
        for number, places in self.calls:
            moved = [place if place.startswith("tile") else f"{place} + at" for place in places]
            lines.append(f"loop{number}({', '.join(['m', *moved])}{fixed});")
        step = "TILE" if tiled else "end - begin"
        body = "\n        ".join(lines)
        room = f"double *tile = malloc(sizeof(double) * TILE * {len(self.kept)});\n    if (!tile) return 1;"
        tile = room if tiled else ""
        return f"""#define TILE {_TILE}
int run(const double *const *in, const double *fixed, double *const *out, unsigned char *const *flags,
        long begin, long end)
{{
    {tile}
    (void)in; (void)fixed; (void)out; (void)flags;
    for (long at = begin; at < end; at += {step}) {{
        const long m = end - at < {step} ? end - at : {step};
        {body}
    }}
    {"free(tile);" if tiled else ""}
    return 0;
}}
"""


def _vector_declarations() -> str:
    """What tells the compiler which functions there are for vectors."""
    lines = ["#if defined(__GLIBC__) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)"]
    for k, name in enumerate(_VECTORS):
        if k == 5:
            lines.append("#if __GLIBC_PREREQ(2, 35)")
        arguments = "double, double" if name in _OF_TWO else "double"
        lines.append(f'__attribute__((simd("notinbranch"), const)) double {name}({arguments});')
    return "\n".join([*lines, "#endif", "#endif"])


_HEAD = f"""#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
{_vector_declarations()}
"""


class _Program:
    """A kernel as compiled code."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._compiled: dict[frozenset[str], tuple[_Source, Any]] = {}

    def compile(self, fixed: frozenset[str]) -> tuple[_Source, Any]:
        """The code for such inputs being fixed."""
        found = self._compiled.get(fixed)
        if found is None:
            text = source(self.kernel, fixed)
            try:
                found = self._compiled[fixed] = (text, library(text.text).run)
            except Unavailable as reason:  # of this code: the compiler is known to work
                hint = "--engine numpy needs no compiler"
                raise UsageError("engine-failed", f"--engine native: {reason}", None, hint) from None
        return found

    def __call__(self, columns: Columns, count: int, out: Any) -> Sequence[Any]:
        import numpy as np

        text, run = self.compile(frozenset([k for k in self.kernel.inputs if not getattr(columns[k], "ndim", 0)]))
        inputs = [np.ascontiguousarray(columns[name], float) for name in text.columns]
        fixed = np.array([float(columns[name]) for name in text.fixed])
        conditions = (self.kernel.defined, self.kernel.kinked)
        found = [None if node is None else np.empty(count, bool) for node in conditions]
        kind = ctypes.c_void_p
        ins = (kind * (len(inputs) or 1))(*[x.ctypes.data for x in inputs])
        outs = (kind * (len(out) or 1))(*[row.ctypes.data for row in out])
        flags = (kind * 2)(*[None if x is None else x.ctypes.data for x in found])

        def part(begin: int, end: int) -> None:
            if run(ins, kind(fixed.ctypes.data), outs, flags, ctypes.c_long(begin), ctypes.c_long(end)):
                raise MemoryError

        if count:
            in_parts(part, count, _LEAST)
        return found


class Native:
    """C, compiled here and now."""

    name = "native"
    summary = "C, compiled on this machine and kept, over vectors and on all cores"

    def compile(self, kernel: Kernel) -> _Program:
        """The program of a kernel."""
        source(kernel, frozenset())  # refuses what C has not
        library("int run(void) { return 0; }\n")  # and this a machine without a compiler that works
        return _Program(kernel)


ENGINE = Native()

"""The graph: scalar nodes in an arena.

A node is an integer. Its operation and arguments stand in parallel lists, arguments always
before the node, so ascending order is a topological order: a forward sweep is a loop up, a
reverse sweep a loop down, and nothing recurses however deep the expression. Equal nodes are
one node (Griewank & Walther, *Evaluating Derivatives*, 2nd ed., section 2.2).

>>> from adcli.primitives import TABLE
>>> g = Graph()
>>> x = g.variable("x")
>>> g.apply(TABLE["mul"], (x, x)) == g.apply(TABLE["mul"], (x, x))
True
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, islice, repeat
from operator import attrgetter, is_
from typing import Any

from .arrays import numpy
from .contexts import Exact
from .primitives import Primitive
from .strips import Strip, bounds_of, distinct, highest, is_ascending, lies_in

VARIABLE = Primitive("variable", 0, lambda m: None, ())
CONSTANT = Primitive("constant", 0, lambda m: None, ())

Maker = Callable[[tuple[int, ...], int, int], int]
"""Makes nodes of one operation, of their arguments and the place in the text (see `Graph.maker`)."""

_MOST_STRIPS = 200  # single nodes among them; where there are more, all are listed
_MOST_WORK, _WORK_OF_A_NODE = 1_000_000, 2  # rows to be looked up in strips, from which a dictionary is better
_A_LOOK = 50  # rows that take as long as a look for one
_FEW = 200  # nodes in lists that rows are compared with one by one


class Graph:
    """An append-only arena of scalar nodes.

    `ops[i]` is the primitive of node i (or `VARIABLE`, `CONSTANT`), `args[i]` its argument
    nodes, `names` and `constants` what the leaves hold, `labels` the names that a program
    bound, `conditions` the nodes that are true or false. `starts[i]` and `ends[i]` are the place
    in `source` that first made the node (-1 where there is none).

    Nodes that are made many at a time wait in `strips`, until one of these lists is asked for.
    """

    def __init__(self, source: str = "") -> None:
        self.names: dict[int, str] = {}
        self.constants: dict[int, Exact] = {}
        self.labels: dict[int, str] = {}
        self.conditions: set[int] = set()
        self.strips: list[Strip] = []
        self.source = source
        self._ops: list[Primitive] = []
        self._args: list[tuple[int, ...]] = []
        self._starts = array("i")
        self._ends = array("i")
        self._nodes: list[int] = []  # 0, 1, 2, ...: what lists nodes holds these, and no copies of large integers
        self._variables: dict[str, int] = {}
        self._constants: dict[tuple[type, Exact], int] = {}
        self._makers: dict[Primitive, Maker] = {}
        self._makes: dict[Maker, Primitive] = {}
        self._made: dict[Primitive, dict[tuple[int, ...], int]] = {}  # what each maker has made
        self._work = 0  # of finding nodes in strips
        self._numbers: dict[int, list[int]] = {}  # the nodes of strips as Python's integers, by the first
        self._latest: dict[Primitive, int] = {}  # the last node of an operation that has or had strips

    def __len__(self) -> int:
        return self.strips[-1].end_node if self.strips else len(self._ops)

    @property
    def listed(self) -> int:
        """How many nodes stand in lists already: all before the first strip."""
        return len(self._ops)

    @cached_property
    def ops(self) -> list[Primitive]:
        """The operation of each node."""
        self._list_strips()
        return self._ops

    @cached_property
    def args(self) -> list[tuple[int, ...]]:
        """The arguments of each node."""
        self._list_strips()
        return self._args

    @cached_property
    def starts(self) -> "array[int]":
        """Where in the text each node begins."""
        self._list_strips()
        return self._starts

    @cached_property
    def ends(self) -> "array[int]":
        """Where it ends."""
        self._list_strips()
        return self._ends

    def maker(self, op: Primitive) -> "Maker":
        """The function that makes nodes of `op`, of arguments and a place: the node that is there, or a new one.

        It is `apply` for who makes many nodes of one operation: large graphs spend their time here.
        """
        make = self._makers.get(op)
        if make is None:
            make = self._makers[op] = self._new_maker(op)
            self._makes[make] = op
        return make

    def made_by(self, make: "Maker") -> Primitive:
        """The operation that a maker makes nodes of."""
        return self._makes[make]

    def _new_maker(self, op: Primitive) -> "Maker":
        nodes: dict[tuple[int, ...], int] = {}
        self._made[op] = nodes
        ops, find, strips, conditions = self._ops, nodes.get, self.strips, self.conditions
        add_node, add_op, add_args = self._nodes.append, ops.append, self._args.append
        add_start, add_end, boolean = self._starts.append, self._ends.append, op.boolean

        def make(args: tuple[int, ...], start: int, end: int) -> int:
            node = find(args)
            if node is None:
                if strips:
                    return self._make_behind(op, args, start, end)
                node = nodes[args] = len(ops)
                if boolean:
                    conditions.add(node)
                add_node(node)
                add_op(op)
                add_args(args)
                add_start(start)
                add_end(end)
            return node

        return make

    def apply(self, op: Primitive, args: tuple[int, ...], start: int = -1, end: int = -1) -> int:
        """The node of `op` over `args`: the one that is there, or a new one."""
        return (self._makers.get(op) or self.maker(op))(args, start, end)

    def many(self, op: Primitive, columns: Sequence[Sequence[int]], start: int = -1, end: int = -1) -> list[int]:
        """The nodes of `op` over each row of the columns of arguments, as `apply` makes them, all at once.

        >>> from adcli.primitives import TABLE
        >>> g = Graph()
        >>> x, y = g.variable("x"), g.variable("y")
        >>> g.many(TABLE["mul"], [[x, x, x], [x, y, x]])
        [2, 3, 2]
        """
        self.maker(op)
        self._list_strips()
        nodes = self._made[op]
        keys = list(zip(*columns, strict=True))
        first, new = len(self._ops), keys
        if nodes:
            new = list(compress(keys, map(is_, map(nodes.get, keys), repeat(None))))
        fresh = dict(zip(new, range(first, first + len(new)), strict=True))
        if len(fresh) < len(new):  # some of them are the same
            fresh = dict(zip(fresh, range(first, first + len(fresh)), strict=True))
        made = list(fresh.values())
        self._list(op, made, fresh, start, end)
        nodes |= fresh
        return made if len(made) == len(keys) else list(map(nodes.__getitem__, keys))

    def _list(self, op: Primitive, nodes: Sequence[int], rows: Iterable[tuple[int, ...]], start: int, end: int) -> None:
        """Put nodes of one operation and one place at the end of the lists."""
        count = len(nodes)
        if op.boolean:
            self.conditions.update(nodes)
        self._nodes += nodes
        self._ops += repeat(op, count)
        self._args += rows
        self._starts.extend(array("i", [start]) * count)
        self._ends.extend(array("i", [end]) * count)

    # -- strips

    def strip(self, op: Primitive, columns: Sequence[Any], start: int = -1, end: int = -1) -> Any:
        """The array of the nodes that `many` would give, of arrays of arguments: new ones wait in a strip."""
        if len(self.strips) >= _MOST_STRIPS:
            self._list_strips()
        made = self._find(op, columns)
        new = numpy().flatnonzero(made < 0)
        if len(new):
            fresh = columns if len(new) == len(made) else [column[new] for column in columns]
            kept, which = distinct(fresh)
            made[new] = len(self) + which
            if len(kept) < len(new):
                fresh = [column[kept] for column in fresh]
            self._put_behind(Strip(op, len(self), len(kept), tuple(fresh), start, end, bounds_of(fresh)))
        return made

    def _find(self, op: Primitive, columns: Sequence[Any]) -> Any:
        """The node for each row of arrays of arguments; -1 where there is none.

        A row with an argument that is younger than the last node of `op` is new.
        """
        np = numpy()
        if self._work > _MOST_WORK + _WORK_OF_A_NODE * len(self):
            self._list_strips()  # from here on a dictionary finds what is there
        made = np.full(len(columns[0]), -1, np.int64)
        listed = self._made.get(op, {})
        last = max(next(reversed(listed.values())) if listed else -1, self._latest.get(op, -1))
        old = np.flatnonzero(highest(columns) < last)
        if not len(old):
            return made
        rows = [column[old] for column in columns]
        bounds = bounds_of(rows)
        if len(listed) > _FEW:
            found = np.array([listed.get(row, -1) for row in zip(*[row.tolist() for row in rows], strict=True)])
        else:
            found = np.full(len(old), -1, np.int64)
            for row, node in listed.items():
                if lies_in(row, bounds):
                    found[np.logical_and.reduce([column == a for a, column in zip(row, rows, strict=True)])] = node
        for strip in self.strips:
            if strip.op is op and strip.meets(bounds):
                self._work += len(old) if len(old) > 1 else _A_LOOK + strip.size // 16
                found = np.maximum(found, strip.find(rows))
        made[old] = found
        return made

    def _put_behind(self, strip: Strip) -> None:
        """Add a strip; what is in lists is no longer all."""
        self.strips.append(strip)
        for name in ("ops", "args", "starts", "ends"):
            self.__dict__.pop(name, None)
        if strip.columns:
            self._latest[strip.op] = strip.end_node - 1

    def _make_behind(self, op: Primitive, args: tuple[int, ...], start: int, end: int) -> int:
        """A node that is not known to be there, while there are strips: a few of them are strips of their own."""
        np = numpy()
        row = [np.array([a]) for a in args]
        node = int(self._find(op, row)[0])
        if node >= 0:
            return node
        if len(self.strips) >= _MOST_STRIPS or op.boolean:
            self._list_strips()
        if not self.strips:
            return self.apply(op, args, start, end)
        self._put_behind(Strip(op, len(self), 1, tuple(row), start, end, bounds_of(row)))
        return len(self) - 1

    def _list_strips(self) -> None:
        """Put the nodes of all strips into the lists."""
        for strip in self.strips:
            rows = list(strip.rows(self._nodes))
            nodes = list(range(strip.first, strip.end_node))
            self._list(strip.op, nodes, rows, strip.start, strip.end)
            if strip.columns:
                self.maker(strip.op)
                self._made[strip.op].update(zip(rows, nodes, strict=True))
        self.strips.clear()
        self._work = 0
        self._numbers.clear()

    def numbers(self, nodes: Any) -> list[int]:
        """An array of nodes as Python's integers, without copies of large ones where that is easy."""
        count = len(nodes)
        first = int(nodes[0]) if count else -1
        if self.strips and first >= self.listed and int(nodes[-1]) == first + count - 1 and is_ascending(nodes):
            strip = self.strips[bisect_right(self.strips, first, key=attrgetter("first")) - 1]
            if strip.first <= first and first + count <= strip.end_node:
                own = self._numbers.setdefault(strip.first, [])
                own += range(strip.first + len(own), strip.end_node)
                return own[first - strip.first : first - strip.first + count]
        listed: list[int] = nodes.tolist()
        return list(map(self._nodes.__getitem__, listed)) if count and nodes.max() < self.listed else listed

    # -- leaves

    def _leaf(self, op: Primitive, start: int, end: int) -> int:
        node = len(self)
        if self.strips and len(self.strips) < _MOST_STRIPS:
            self._put_behind(Strip(op, node, 1, (), start, end))
            return node
        self._list_strips()
        self._nodes.append(node)
        self._ops.append(op)
        self._args.append(())
        self._starts.append(start)
        self._ends.append(end)
        return node

    def variable(self, name: str, start: int = -1, end: int = -1) -> int:
        """The variable of a name."""
        node = self._variables.get(name)
        if node is None:
            node = self._variables[name] = self._leaf(VARIABLE, start, end)
            self.names[node] = name
        return node

    def variables(self, names: Sequence[str], start: int = -1, end: int = -1) -> list[int]:
        """The variables of many names, none of which is there yet."""
        nodes = self._leaves(VARIABLE, len(names), start, end)
        self._variables.update(zip(names, nodes, strict=True))
        self.names.update(zip(nodes, names, strict=True))
        return list(nodes)

    def constant(self, value: Exact, start: int = -1, end: int = -1) -> int:
        """The constant of an exact number."""
        key = (type(value), value)  # 1 and True, and 0.1 and a tuple, stay apart
        node = self._constants.get(key)
        if node is None:
            node = self._constants[key] = self._leaf(CONSTANT, start, end)
            self.constants[node] = value
        return node

    def integers(self, values: Sequence[int]) -> list[int]:
        """The constants of many whole numbers."""
        known = self._constants
        keys = list(zip(repeat(int), values))
        new = [key for key in dict.fromkeys(keys) if key not in known]
        nodes = self._leaves(CONSTANT, len(new), -1, -1)
        known.update(zip(new, nodes, strict=True))
        self.constants.update(zip(nodes, [value for _, value in new], strict=True))
        return list(map(known.__getitem__, keys))

    def _leaves(self, op: Primitive, count: int, start: int, end: int) -> Sequence[int]:
        nodes = range(len(self), len(self) + count)
        if self.strips and count:
            self._put_behind(Strip(op, len(self), count, (), start, end))
        else:
            self._list(op, nodes, repeat((), count), start, end)
        return nodes

    # -- parts of it

    def computed(self, end: int) -> Iterator[int]:
        """The nodes of the lists that are not leaves, before `end`."""
        return compress(self._nodes[:end], self._args)

    def node(self, node: int) -> tuple[Primitive, tuple[int, ...]]:
        """The operation and arguments of one node, wherever it is."""
        if node < len(self._ops):
            return self._ops[node], self._args[node]
        strip = self.strips[bisect_right(self.strips, node, key=attrgetter("first")) - 1]
        return strip.op, tuple([int(column[node - strip.first]) for column in strip.columns])

    def since(self, first: int) -> Iterator[tuple[Primitive, tuple[int, ...]]]:
        """The operations and arguments of the nodes from one on, those in strips as well as those in lists."""
        yield from zip(self._ops[first:], self._args[first:], strict=True)
        for strip in self.strips:
            if strip.end_node <= first:
                continue
            rows = strip.rows(range(strip.first))
            yield from zip(repeat(strip.op), islice(rows, max(first - strip.first, 0), None))

    def adopt(self, source: "Graph", node: int, made: Mapping[int, int]) -> int:
        """The node of this graph that is what `node` is in `source`; `made` has its arguments here."""
        start, end = source.starts[node], source.ends[node]
        if node in source.names:
            return self.variable(source.names[node], start, end)
        if node in source.constants:
            return self.constant(source.constants[node], start, end)
        return self.apply(source.ops[node], tuple([made[a] for a in source.args[node]]), start, end)

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """The nodes that the outputs depend on, in topological order."""
        args, wanted = self.args, bytearray(len(self))
        for node in outputs:
            wanted[node] = 1
        for arguments in compress(reversed(args), reversed(wanted)):  # asks of each node when it comes to it
            for argument in arguments:
                wanted[argument] = 1
        return list(compress(self._nodes, wanted))

    def depending(self, order: Sequence[int], inputs: Iterable[int]) -> bytearray:
        """For each node, 1 if it depends on one of the inputs; `order` is topological."""
        active = bytearray(len(self))
        for node in inputs:
            active[node] = 1
        args = self.args
        for node in order:
            for argument in args[node]:
                if active[argument]:
                    active[node] = 1
                    break
        return active

    def uses(self, order: Iterable[int]) -> dict[int, int]:
        """How many arguments in `order` each node is."""
        count: dict[int, int] = {}
        for node in order:
            for argument in self.args[node]:
                count[argument] = count.get(argument, 0) + 1
        return count

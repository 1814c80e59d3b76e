"""What depends on some nodes of a graph: the part of it that moves when they do."""

from collections.abc import Sequence

from .graph import Graph


class Dependents:
    """Finds the dependents of nodes, again and again; each search costs what it finds, never the whole graph.

    >>> from adcli.primitives import TABLE
    >>> g = Graph()
    >>> x, y = g.variable("x"), g.variable("y")
    >>> product = g.apply(TABLE["mul"], (x, y))
    >>> sine = g.apply(TABLE["sin"], (y,))
    >>> Dependents(g, [x, y, product, sine]).of([x]) == [product]
    True
    """

    def __init__(self, graph: Graph, order: Sequence[int]) -> None:
        args = graph.args
        self._users: list[list[int]] = [[] for _ in args]
        self._visits = [0] * len(args)  # the search that met a node last
        self._searches = 0
        for node in order:
            for argument in args[node]:
                self._users[argument].append(node)

    def of(self, nodes: Sequence[int]) -> list[int]:
        """What depends on the nodes, without them, in topological order."""
        users, visits = self._users, self._visits
        self._searches = search = self._searches + 1
        found = list(nodes)
        for node in found:  # which grows meanwhile
            for user in users[node]:
                if visits[user] != search:
                    visits[user] = search
                    found.append(user)
        return sorted(found[len(nodes) :])

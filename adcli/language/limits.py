"""How much a text may ask for: nodes of the graph, and turns of loops and comprehensions."""

from typing import NoReturn

from ..errors import LimitError

MAX_NODES = 20_000_000  # at about half a kilobyte each, with what a gradient needs
MAX_TURNS = 10_000_000


class Limits:
    """The limits of one reading, and the turns that are left."""

    def __init__(self, nodes: int | None = None, turns: int | None = None) -> None:
        self.nodes = MAX_NODES if nodes is None else nodes
        self.turns = MAX_TURNS if turns is None else turns
        self.left = self.turns

    def spend(self, turns: int) -> None:
        """Take so many turns of a loop or comprehension from what is left."""
        self.left -= turns
        if self.left < 0:
            raise LimitError(
                "too-many-turns", f"loops and comprehensions take more than {self.turns} turns", None,
                "--max-turns N raises the limit",
            )  # fmt: skip

    def too_many_nodes(self) -> NoReturn:
        """Refuse what would make the graph larger than it may be."""
        raise LimitError(
            "too-many-nodes", f"the expression has more than {self.nodes} nodes", None, "--max-nodes N raises the limit"
        )

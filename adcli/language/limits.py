"""How much a text may ask for: tokens, digits of its numbers, nodes of the graph, turns of loops and comprehensions.

The defaults are for the library, whose user knows what memory there is. A run of the command line has less of
both time and memory (`supervision`), and with them less of these, unless its options ask for more.
"""

import sys
from collections.abc import Iterator
from typing import NoReturn, TypeVar

from ..errors import LimitError

MAX_TOKENS = 1_000_000
MAX_DIGITS = 4000  # characters of one number; Python itself reads and writes 4300 digits, unless told otherwise
MAX_NODES = 20_000_000  # at a quarter to half a kilobyte each, with what a gradient needs
MAX_TURNS = 10_000_000
OF_A_RUN = {"nodes": 2_000_000, "turns": 2_000_000, "tokens": MAX_TOKENS, "digits": MAX_DIGITS}
"""The limits of a run of the command line, in the order in which `Limits` takes them."""

_Token = TypeVar("_Token")


class Limits:
    """The limits of one reading, and the turns that are left; None stands for a default."""

    def __init__(
        self, nodes: int | None = None, turns: int | None = None, tokens: int | None = None, digits: int | None = None
    ) -> None:
        self.nodes = MAX_NODES if nodes is None else nodes
        self.turns = MAX_TURNS if turns is None else turns
        self.tokens = MAX_TOKENS if tokens is None else tokens
        self.digits = MAX_DIGITS if digits is None else digits
        self.left = self.turns
        if self.digits > MAX_DIGITS:
            sys.set_int_max_str_digits(0)

    def spend(self, turns: int) -> None:
        """Take so many turns of a loop or comprehension from what is left."""
        self.left -= turns
        if self.left < 0:
            raise LimitError(
                "too-many-turns", f"loops and comprehensions take more than {self.turns} turns", None,
                "--max-turns N raises the limit",
            )  # fmt: skip

    def counted(self, tokens: Iterator[_Token], length: int) -> Iterator[_Token]:
        """The tokens of a text of so many characters, as long as there are not too many."""
        return tokens if length <= self.tokens else self._counted(tokens)

    def _counted(self, tokens: Iterator[_Token]) -> Iterator[_Token]:
        for count, token in enumerate(tokens, 1):
            if count > self.tokens:
                raise LimitError(
                    "too-many-tokens", f"the text has more than {self.tokens} tokens", None,
                    "--max-tokens N raises the limit",
                )  # fmt: skip
            yield token

    def too_many_nodes(self) -> NoReturn:
        """Refuse what would make the graph larger than it may be."""
        raise LimitError(
            "too-many-nodes", f"the expression has more than {self.nodes} nodes", None, "--max-nodes N raises the limit"
        )

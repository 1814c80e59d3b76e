"""Parsing: tokens by one regular expression, rules by LALR tables, both compiled by Lark.

Lark reads the grammar and computes the tables, once; `grammar` keeps them. What remains for
every text is the loop of Aho, Sethi & Ullman (*Compilers*, section 4.7): look up the state and
the token, shift or reduce. It has no line counters and no trees, and it does not need Lark to
be imported, which would cost more than all the rest of a small run.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

Tables = dict[str, Any]
Token = tuple[str, str, int, int]  # terminal, text, start, end
END = "$END"


class Unexpected(Exception):  # noqa: N818  # it is a finding for the reader to explain, and never leaves the language
    """The text stops being in the language at a token (`kind` is its terminal; None for no token at all)."""

    def __init__(self, kind: str | None, start: int, end: int, expected: frozenset[str] = frozenset()) -> None:
        super().__init__(kind)
        self.kind = kind
        self.start = start
        self.end = end
        self.expected = expected


class Piece(str):
    """The text of a token, with its terminal and its place."""

    __slots__ = ("end_pos", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int


class Parser:
    """A parser from compiled tables, which calls the methods of `callbacks` named by the grammar.

    A rule without an alias whose one child is kept passes its value on; the value of a rule
    whose name begins with `_` is the list of its children, spliced into the parent's.
    """

    def __init__(self, tables: Tables, callbacks: Any) -> None:
        self.match = re.compile(tables["pattern"]).match
        self.words: dict[str, str] = tables["words"]
        self.ignored = frozenset(tables["ignored"])
        self.starts: dict[str, list[int]] = tables["starts"]
        self.states: list[dict[str, int]] = tables["states"]
        self.rules = [_reduction(callbacks, *rule) for rule in tables["rules"]]

    def tokens(self, text: str) -> Iterator[Piece]:
        """The tokens of a text, without what the grammar ignores."""
        match, words, ignored, make = self.match, self.words, self.ignored, str.__new__
        position, end = 0, len(text)
        while position < end:
            found = match(text, position)
            if found is None:
                raise Unexpected(None, position, position + 1)
            kind = found.lastgroup
            start, position = position, found.end()
            if kind in ignored:
                continue
            piece = make(Piece, found.group())
            piece.type = words.get(piece, kind) if kind == "NAME" else kind  # type: ignore[assignment]
            piece.start_pos, piece.end_pos = start, position
            yield piece

    def parse(self, text: str, start: str, bounded: Callable[[Iterator[Piece]], Iterator[Piece]] = iter) -> Any:
        """The value of the start rule; raises `Unexpected` where the text leaves the language.

        `bounded` passes the tokens on, or raises if there are too many.
        """
        table, rules = self.states, self.rules
        first, last = self.starts[start]
        states, values = [first], list[Any]()
        for token in bounded(self.tokens(text)):
            kind = token.type
            while True:
                action = table[states[-1]].get(kind)
                if action is None:
                    raise Unexpected(kind, token.start_pos, token.end_pos, self._expected(states[-1]))
                if action >= 0:
                    states.append(action)
                    values.append(token)
                    break
                size, origin, reduce = rules[~action]
                if reduce is not None:
                    values[len(values) - size :] = [reduce(values[len(values) - size :])]
                del states[len(states) - size :]
                states.append(table[states[-1]][origin])
        while states[-1] != last:
            action = table[states[-1]].get(END)
            if action is None or action >= 0:
                raise Unexpected(END, len(text), len(text), self._expected(states[-1]))
            size, origin, reduce = rules[~action]
            if reduce is not None:
                values[len(values) - size :] = [reduce(values[len(values) - size :])]
            del states[len(states) - size :]
            states.append(table[states[-1]][origin])
        return values[-1]

    def _expected(self, state: int) -> frozenset[str]:
        return frozenset(name for name in self.states[state] if name.isupper())


Reduce = Callable[[list[Any]], Any]


def _reduction(
    callbacks: Any, origin: str, size: int, method: str, passes: bool, kept: list[int], spliced: list[int]
) -> tuple[int, str, Reduce | None]:
    """What a rule does when it is recognised: (number of symbols, its name, how its children become a value)."""
    if passes and size == 1:
        return size, origin, None
    gather = None if kept == list(range(size)) and not spliced else _gathering(kept, spliced)
    if origin.startswith("_"):
        return size, origin, gather or list
    function = getattr(callbacks, method)
    if passes:  # a rule of several symbols of which one may be left: such as a parenthesis without a name
        return size, origin, _passing(gather, function)
    return size, origin, function if gather is None else lambda children: function(gather(children))


def _passing(gather: Reduce | None, function: Reduce) -> Reduce:
    def reduce(children: list[Any]) -> Any:
        found = children if gather is None else gather(children)
        return found[0] if len(found) == 1 else function(found)

    return reduce


def _gathering(kept: list[int], spliced: list[int]) -> Reduce:
    """Leave out what the grammar filters, and splice the lists of `_` rules."""
    grows = kept[:1] == spliced[:1] != []  # the list that a repetition adds to, which nobody else holds
    rest = kept[1:] if grows else kept

    def gather(children: list[Any]) -> list[Any]:
        found: list[Any] = children[kept[0]] if grows else []
        for k in rest:
            if k in spliced:
                found += children[k]
            else:
                found.append(children[k])
        return found

    return gather


def compile_tables(grammar: str, starts: list[str]) -> Tables:
    """Let Lark read the grammar and compute its tables, as plain lists and dictionaries."""
    from lark import Lark

    lark = Lark(grammar, parser="lalr", lexer="basic", start=starts, maybe_placeholders=False)
    table = lark.parser.parser._parse_table  # noqa: SLF001  # the tables are what is wanted
    numbers = {state: k for k, state in enumerate(table.states)}
    rules = {rule: k for k, rule in enumerate(lark.rules)}
    states = [
        {
            name: ~rules[target] if hasattr(target, "expansion") else numbers[target]
            for name, (_, target) in table.states[state].items()
        }
        for state in numbers
    ]
    words = {t.pattern.value: t.name for t in lark.terminals if _is_word(t)}
    ranked = sorted(
        (t for t in lark.terminals if not _is_word(t)),
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    return {
        "pattern": "|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in ranked),
        "words": words,
        "ignored": sorted(lark.ignore_tokens),
        "starts": {name: [numbers[table.start_states[name]], numbers[table.end_states[name]]] for name in starts},
        "states": states,
        "rules": [_describe(rule) for rule in lark.rules],
    }


def _is_word(terminal: Any) -> bool:
    """Whether a terminal is a word such as `and`, which NAME would match too."""
    return bool(terminal.pattern.type == "str" and terminal.pattern.value.isidentifier())


def _describe(rule: Any) -> list[Any]:
    symbols = rule.expansion
    kept = [k for k, symbol in enumerate(symbols) if not (symbol.is_term and symbol.filter_out)]
    spliced = [k for k in kept if not symbols[k].is_term and symbols[k].name.startswith("_")]
    passes = bool(rule.options.expand1 and not rule.alias)
    return [rule.origin.name, len(symbols), rule.alias or rule.origin.name, passes, kept, spliced]

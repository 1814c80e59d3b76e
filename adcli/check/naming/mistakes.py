"""The mistake by name: of all repairs that fit at all points, the most telling one.

A claim in text also gets the smallest of its parts whose repair makes it right.
"""

from collections.abc import Sequence

from ...errors import LimitError, Span
from ...results.verdict import Mistake
from ..claims import Formula
from ..target import Place, Target
from ..trial import Tried
from . import derivations, gradients, repairs, wholes
from .scene import Finding, Scene


def named(
    target: Target,
    claim: Formula | None,
    heard: Sequence[tuple[Place, Sequence[Tried]]],
    *,
    transposed: bool = False,
) -> Mistake | None:
    """What is wrong with a claim, if one repair makes it right; None if no single repair does."""
    for strict in (True, False) if claim is None else (True,):
        found = _named(target, claim, Scene(target, claim, heard, transposed=transposed, strict=strict))
        if found is not None:
            return found
    return None


def _named(target: Target, claim: Formula | None, scene: Scene) -> Mistake | None:
    if not scene.cells and not scene.transposed:
        return None
    found, local = list[Finding](), list[Finding]()
    for find in (wholes.findings, derivations.findings, gradients.findings, repairs.findings):
        try:
            local = find(scene) if scene.cells or find is wholes.findings else []
        except (ArithmeticError, LimitError):  # a guess that divides by what is 0 here, or goes too far
            local = []
        found += local
    found.sort(key=lambda f: f.rank)
    if not found:
        return None
    best = found[0]
    part = _smallest(claim, [f for f in local if f.kind == best.kind] or local) if claim is not None else None
    labels = tuple(target.label(target.rows[i], target.columns[j]) for i, j in scene.wrong)
    repair = best.repair or (part[1].repair if part is not None and part[1].kind == best.kind else "")
    span = None if part is None else (part[0].start, part[0].end, part[0].text)
    others = list(dict.fromkeys(f.kind for f in found if f.kind != best.kind))
    return Mistake(best.kind, best.message, repair, labels, span, {**dict(best.details), "also": others})


def _smallest(claim: Formula, found: Sequence[Finding]) -> tuple[Span, Finding] | None:
    """The shortest part of the text that one of the repairs is about."""
    spans = []
    for finding in found:
        span = _place(claim, finding)
        if span is not None:
            spans.append((span.end - span.start, span.start, span, finding))
    if not spans:
        return None
    _, _, span, finding = min(spans, key=lambda item: item[:2])
    return span, finding


def _place(claim: Formula, finding: Finding) -> Span | None:
    """Where in the claim an occurrence stands: as an argument, within the text of what it is an argument of."""
    if finding.where is None:
        return None
    parent, k = finding.where
    if k < 0:
        return claim.span(parent)
    outer, own = claim.span(parent), claim.span(claim.graph.args[parent][k])
    if outer is None or own is None or (outer.start <= own.start and own.end <= outer.end):
        return own
    text = own.text[own.start : own.end]
    inside = outer.text[outer.start : outer.end]
    at = inside.find(text) if k == 0 else inside.rfind(text)
    return own if at < 0 else Span(outer.start + at, outer.start + at + len(text), own.text, own.where)

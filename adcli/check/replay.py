"""Verdicts once more, from their evidence: the same claim at the same points, judged anew.

What a program said is taken as it was recorded, and not asked again; where there is no expression,
its numbers are judged against the recorded differences.
"""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from ..data.files import check_stream, opened
from ..errors import UsageError
from ..products import Function
from ..results.verdict import AGREES, INCONCLUSIVE, OUTSIDE, WRONG, Judgement, PlaceReport, Verdict
from ..shapes import Data, flatten
from .claims import Formula, Numbers, exactly
from .court import Court, Settings
from .rule import FAR, Evidence, Tolerance, judged
from .target import Place, Target

_SCHEMA = "adcli/verdict/1"


def replay(path: str, *, only_wrong: bool = False) -> Verdict:
    """Judge recorded evidence again; raises `UsageError` if the file holds none."""
    evidence = _read(path)
    try:
        found = _again(evidence, only_wrong)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        text = f"{path} is not complete: {type(error).__name__} {error}"
        raise UsageError("bad-evidence", text) from None
    recorded = str(evidence.get("verdict"))
    values = {**vars(found), "replayed": recorded}
    return Verdict(**values)


def _read(path: str) -> dict[str, Any]:
    with opened(path) as file:
        content = file.read()
    check_stream(len(content), path)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError("bad-json", f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict) or found.get("schema") != _SCHEMA:
        hint = "it is written by: adcli check … --json > evidence.json"
        raise UsageError("bad-evidence", f"{path} holds no evidence of a check", None, hint)
    return found


def _again(evidence: Mapping[str, Any], only_wrong: bool) -> Verdict:
    options, program = evidence["options"], evidence["program"]
    tolerance = None
    if options["rtol"] is not None or options["atol"] is not None:
        tolerance = Tolerance(options["rtol"] or 0.0, options["atol"] or 0.0)
    settings = Settings(evidence["order"], options["points"], evidence["random_seed"], tolerance, only_wrong)
    if program is None:
        return _alone(evidence, settings)
    lets = [(name, _let(x)) for name, x in program["lets"]]
    shapes = {name: tuple(shape) for name, shape in program["shapes"].items()}
    function = Function(program["text"], lets=lets, variables=program["variables"], shapes=shapes)
    places = evidence["points"]
    if not places:
        raise ValueError("it has no points")
    first = {name: _point(x) for name, x in places[0]["point"].items()}
    target = Target(function.for_point(first, {}), program["wrt"], settings.order)
    court = Court(target, settings, evidence["source"], evidence["claim"])
    claim = Formula(evidence["claim"], target) if evidence["source"] == "formula" else None
    court.claim = claim
    for place in places:
        point = {name: _point(x) for name, x in place["point"].items()}
        flat = [float(x) for value in point.values() for x in flatten(value)[1]]
        chosen = dict(zip(target.program.variables, flat, strict=True))
        if claim is None and place["claimed"] is None:
            court.refuse(Place(None, chosen), place["status"], given=place["given"])
            continue
        numbers = claim or Numbers(
            [[exactly(x) for x in row] for row in place["claimed"]], transposed=evidence["transposed"]
        )
        court.hear(Place(None, chosen), numbers, given=place["given"], unit=place["unit"])
    return court.verdict()


def _let(x: Any) -> Any:
    return Data(tuple(x["shape"]), x["items"]) if isinstance(x, dict) else x


def _point(x: Any) -> Any:
    """A coordinate as it was recorded: strings stand for what JSON numbers cannot hold."""
    if isinstance(x, list):
        return [_point(y) for y in x]
    return float(x.replace("Infinity", "inf")) if isinstance(x, str) else float(x)


def _alone(evidence: Mapping[str, Any], settings: Settings) -> Verdict:
    """The numbers of a program against the differences that were recorded with them."""
    places, entries = [], []
    for number, place in enumerate(evidence["points"]):
        found = [_judged(e, number, settings) for e in place["entries"]]
        entries += found
        point = {name: _point(x) for name, x in place["point"].items()}
        places.append(PlaceReport(point, place["given"], place["status"], (), (), tuple(found), None))
    worst = WRONG if any(e.verdict == WRONG for e in entries) else INCONCLUSIVE
    verdict = AGREES if entries and all(e.verdict == AGREES for e in entries) else worst if entries else OUTSIDE
    return Verdict(
        "", {}, (), None, verdict, "", evidence["source"], "", 1, tuple(evidence["rows"]), tuple(evidence["columns"]),
        tuple(entries), tuple(places), None, None, tuple(evidence["witnesses"]), settings.seed, settings.to_dict(),
        (), settings.only_wrong,
    )  # fmt: skip


def _judged(e: Mapping[str, Any], place: int, settings: Settings) -> Judgement:
    claimed, true, estimate, scale = (_point(e[key]) for key in ("claimed", "true", "estimate", "scale"))
    evidence = Evidence(claimed, true, estimate, scale, float(FAR), e["slope"])
    verdict, cause = judged(evidence, settings.tolerance)
    error = abs(claimed - true) if isfinite(claimed) else float("nan")
    return Judgement(
        e["label"], e["row"], e["column"], place, claimed, true, error, estimate, scale, e["slope"], verdict, cause
    )

"""JSON Schemas (draft 2020-12) of everything that `--json` prints.

>>> schema("error")["properties"]["schema"]
{'const': 'adcli/error/1'}
"""

from typing import Any

from .errors import EXIT_CODES, UsageError, suggest

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {
    "description": 'a float; a string where a JSON number cannot hold it: digits, "NaN", "Infinity", "-Infinity"',
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^(NaN|-?Infinity|-?[0-9]+(\.[0-9]*)?(e[-+]?[0-9]+)?)$"},
    ],
}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_NAMES = _list(_TEXT)
_VECTOR = _list(_NUMBER)
_MATRIX = _list(_VECTOR)
_SPAN = _maybe(_object(start=_COUNT, end=_COUNT))
_WARNINGS = _list(_object(code=_TEXT, message=_TEXT, span=_SPAN))
_COST = _object(nodes=_COUNT, passes=_COUNT, operations=_COUNT)
_DIGITS = _maybe({"type": "integer", "minimum": 1})
_ONE_SIDED = _list(_object(row=_TEXT, column=_TEXT, left=_NUMBER, right=_NUMBER))
_NESTED: Schema = {
    "description": "a number, or nested lists of numbers",
    "anyOf": [*_NUMBER["anyOf"], {"type": "array"}],
}
_POINT = _map(_NESTED)
_SHAPES = _list(_object(name=_TEXT, shape=_list(_COUNT)))
_HEAD = {"expression": _TEXT, "point": _POINT}
_TAIL = {
    "cost": _COST,
    "reason": _TEXT,
    "differentiable": _maybe({"type": "boolean"}),
    "one_sided": _ONE_SIDED,
    "digits": _DIGITS,
    "notes": _NAMES,
    "warnings": _WARNINGS,
}


def _derivative(**own: Schema) -> dict[str, Schema]:
    return {
        "expression": _TEXT,
        "backend": _TEXT,
        "point": _POINT,
        "variables": _SHAPES,
        "outputs": _SHAPES,
        "rows": _NAMES,
        "columns": _NAMES,
        "value": _VECTOR,
        **own,
        **_TAIL,
    }


_COORDINATES: Schema = {
    "shape": {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2},
    "symmetric": {"type": "boolean"},
    "nonzeros": _COUNT,
    "row": _list(_COUNT),
    "column": _list(_COUNT),
    "entries": _VECTOR,
    "error": _maybe(_VECTOR),
}
_ROW = _object(node=_TEXT, rule=_TEXT, numbers=_TEXT, value=_NESTED, outputs=_NAMES)
_ROW["properties"] |= {"tangent_rule": _TEXT, "tangent_numbers": _TEXT, "tangent": _maybe(_NESTED)}
_ROUNDED = _object(
    node=_TEXT, value=_NUMBER, condition=_maybe(_NUMBER), digits=_maybe(_NUMBER), derivative_digits=_maybe(_NUMBER),
    remark={"enum": ["", "cancels", "amplifies"]},
)  # fmt: skip
_UPDATE = _object(
    target=_TEXT, source=_maybe(_TEXT), rule=_TEXT, numbers=_TEXT, partial=_maybe(_NUMBER), contribution=_NESTED,
    value=_NESTED,
)  # fmt: skip
_VERDICT: Schema = {"enum": ["AGREES", "WRONG", "INCONCLUSIVE"]}
_COMPARED = _object(
    row=_TEXT, column=_TEXT, values=_map(_NUMBER), deviation=_NUMBER, tolerance=_NUMBER, pair=_NAMES, verdict=_VERDICT,
)  # fmt: skip
_SURFACE = _object(formula=_TEXT, text=_TEXT, distance=_NUMBER, crossed={"type": "boolean"})
_JUDGED = _object(
    label=_TEXT, row=_TEXT, column=_TEXT, point=_COUNT, claimed=_NUMBER, true=_NUMBER, error=_NUMBER,
    estimate=_NUMBER, scale=_NUMBER, slope=_maybe(_NUMBER), verdict=_VERDICT, cause=_TEXT,
)  # fmt: skip
_MISTAKES = [
    "sign", "inner-derivative", "product-term", "factor", "transpose", "swapped-variables", "degrees", "log-base",
    "power", "stale-point",
]  # fmt: skip
_MISTAKE = _object(
    kind={"enum": _MISTAKES}, message=_TEXT, repair=_TEXT, entries=_NAMES,
    span=_maybe(_object(start=_COUNT, end=_COUNT, text=_TEXT)), details={"type": "object"},
)  # fmt: skip
_PLACE = _object(
    point=_POINT, given={"type": "boolean"}, status=_TEXT, special=_NAMES, surfaces=_list(_SURFACE),
    entries=_list(_JUDGED), claimed=_maybe({"type": "array"}), unit=_maybe(_NUMBER),
)  # fmt: skip
_GRADED = _object(
    row=_TEXT, column={"enum": ["value", "tangent", "adjoint"]}, written=_TEXT, number=_maybe(_NUMBER), truth=_NUMBER,
    expected=_NUMBER, verdict={"enum": ["right", "wrong", "follows", "missing", "given"]}, rule=_TEXT, cause=_TEXT,
    origins=_NAMES,
)  # fmt: skip

_REJECTED = _object(planted=_COUNT, rejected=_COUNT, unseen=_NAMES)
_WORST_ROW = _object(
    row=_COUNT, point=_map(_NUMBER), claimed=_NUMBER, true=_NUMBER, error=_NUMBER, verdict=_maybe(_VERDICT),
)  # fmt: skip
_CERTIFICATE = _object(
    row=_TEXT, column=_TEXT, order={"enum": [0, 1, 2]}, decided={"type": "boolean"},
    status={"enum": ["certified", "undecided", "not differentiable"]}, value=_maybe(_NUMBER), lower=_maybe(_TEXT),
    upper=_maybe(_TEXT), bits=_COUNT, reason=_TEXT, span=_SPAN, left=_maybe(_NUMBER), right=_maybe(_NUMBER),
)  # fmt: skip
_LOSS = _object(
    formula=_TEXT, what={"enum": ["value", "slope", "tangent", "adjoint"]}, digits_before=_NUMBER, digits_after=_NUMBER,
    span=_SPAN,
)  # fmt: skip
_MEASURED = _object(
    value=_NUMBER, ulps=_NUMBER, digits=_NUMBER, bits=_NUMBER, tolerance=_NUMBER, verdict=_VERDICT, cause=_TEXT,
    lost=_maybe(_LOSS),
)  # fmt: skip
_MEASURED_ENTRY = _object(
    row=_TEXT, column=_TEXT, true=_maybe(_NUMBER), lower=_maybe(_TEXT), upper=_maybe(_TEXT), reason=_TEXT,
    verdict=_VERDICT, backends=_map(_MEASURED),
)  # fmt: skip
_CERTIFIED_VECTOR = _list(_maybe(_NUMBER))

_PROPERTIES: dict[str, dict[str, Schema]] = {
    "value": {
        **_HEAD,
        "variables": _SHAPES,
        "outputs": _SHAPES,
        "rows": _NAMES,
        "value": _VECTOR,
        "digits": _DIGITS,
        "warnings": _WARNINGS,
    },
    "jacobian": _derivative(jacobian=_MATRIX, error=_maybe(_MATRIX)),
    "gradient": _derivative(gradient=_VECTOR, error=_maybe(_VECTOR)),
    "jvp": _derivative(direction=_VECTOR, jvp=_VECTOR, error=_maybe(_VECTOR)),
    "vjp": _derivative(cotangent=_VECTOR, vjp=_VECTOR, error=_maybe(_VECTOR)),
    "hessian": _derivative(gradient=_VECTOR, hessian=_MATRIX, error=_maybe(_MATRIX)),
    "sparse-jacobian": _derivative(**_COORDINATES),
    "sparse-hessian": _derivative(gradient=_VECTOR, **_COORDINATES),
    "certified": {
        "kind": {"enum": ["value", "gradient", "jacobian", "hessian"]},
        **_HEAD,
        "backend": _TEXT,
        "variables": _SHAPES,
        "outputs": _SHAPES,
        "rows": _NAMES,
        "columns": _NAMES,
        "value": _CERTIFIED_VECTOR,
        "gradient": _maybe(_CERTIFIED_VECTOR),
        "jacobian": _maybe(_list(_CERTIFIED_VECTOR)),
        "hessian": _maybe(_list(_CERTIFIED_VECTOR)),
        "certificates": _list(_CERTIFICATE),
        "undecided": _COUNT,
        "differentiable": _maybe({"type": "boolean"}),
        "max_bits": _COUNT,
        "digits": _DIGITS,
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "hvp": _derivative(direction=_VECTOR, gradient=_VECTOR, hvp=_VECTOR, error=_maybe(_VECTOR)),
    "diff": {
        "expression": _TEXT,
        "order": _COUNT,
        "variables": _SHAPES,
        "outputs": _SHAPES,
        "rows": _NAMES,
        "columns": _NAMES,
        "mixed": _NAMES,
        "shared": _list(_object(name=_TEXT, expression=_TEXT)),
        "derivatives": _list(_NAMES),
        "nodes": _COUNT,
        "point": _POINT,
        "values": _maybe(_MATRIX),
        "digits": _DIGITS,
        "warnings": _WARNINGS,
    },
    "taylor": {
        **_HEAD,
        "variables": _SHAPES,
        "outputs": _SHAPES,
        "rows": _NAMES,
        "columns": _NAMES,
        "direction": _VECTOR,
        "order": _COUNT,
        "value": _VECTOR,
        "coefficients": _MATRIX,
        "derivatives": _MATRIX,
        "differentiable": _maybe({"type": "boolean"}),
        "one_sided": _list(_object(row=_TEXT, order=_COUNT, left=_NUMBER, right=_NUMBER)),
        "digits": _DIGITS,
        "warnings": _WARNINGS,
    },
    "trace": {
        **_HEAD,
        "mode": {"enum": ["forward", "reverse"]},
        "seed": _map(_NUMBER),
        "sweeps": {"type": "integer", "minimum": 1},
        "rows": _list(_ROW),
        "updates": _list(_UPDATE),
        "adjoints": _map(_NESTED),
        "rounding": _list(_ROUNDED),
        "digits": _DIGITS,
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "check": {
        **_HEAD,
        "verdict": _VERDICT,
        "cause": _TEXT,
        "backends": _NAMES,
        "coverage": _list(_object(backend=_TEXT, entries=_COUNT, products=_COUNT)),
        "size": _COUNT,
        "entries": _list(_COMPARED),
        "products": _list(_COMPARED),
        "surfaces": _list(_SURFACE),
        "digits": _DIGITS,
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "accuracy": {
        **_HEAD,
        "verdict": _VERDICT,
        "cause": _TEXT,
        "backends": _NAMES,
        "entries": _list(_MEASURED_ENTRY),
        "digits": _DIGITS,
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "verdict": {
        **_HEAD,
        "verdict": {"enum": ["PROVED", "AGREES", "WRONG", "INCONCLUSIVE", "OUTSIDE DOMAIN"]},
        "cause": _TEXT,
        "source": {"enum": ["formula", "numbers", "file", "command", "python"]},
        "claim": _TEXT,
        "order": {"enum": [1, 2]},
        "rows": _NAMES,
        "columns": _NAMES,
        "entries": _list(_JUDGED),
        "mistake": _maybe(_MISTAKE),
        "mutants": _maybe(_REJECTED),
        "points": _list(_PLACE),
        "witnesses": _NAMES,
        "random_seed": {"type": "integer"},
        "options": _object(points=_COUNT, rtol=_maybe(_NUMBER), atol=_maybe(_NUMBER)),
        "replayed": _maybe(_TEXT),
        "transposed": {"type": "boolean"},
        "program": _maybe({"type": "object"}),
        "digits": _DIGITS,
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "fold": {
        "expression": _TEXT,
        "product": {"enum": ["eval", "jac", "grad", "jvp", "vjp", "hess"]},
        "reduce": {"enum": ["sum", "mean", "max"]},
        "columns": _NAMES,
        "fold": _VECTOR,
        "rows": _COUNT,
        "left_out": _map(_COUNT),
        "marked": _map(_COUNT),
    },
    "batch-check": {
        "expression": _TEXT,
        "verdict": _VERDICT,
        "cause": _TEXT,
        "source": {"enum": ["formula", "columns"]},
        "claim": _TEXT,
        "order": {"enum": [1, 2]},
        "rows": _COUNT,
        "compared": _COUNT,
        "judged": _COUNT,
        "statuses": _map(_COUNT),
        "entries": _list(
            _object(label=_TEXT, row=_TEXT, column=_TEXT, wrong=_COUNT, suspect=_COUNT, worst=_maybe(_WORST_ROW))
        ),
        "mistake": _maybe(_MISTAKE),
        "mutants": _maybe(_REJECTED),
        "options": _object(rtol=_maybe(_NUMBER), atol=_maybe(_NUMBER)),
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "grade": {
        **_HEAD,
        "file": _TEXT,
        "mode": {"enum": ["forward", "reverse"]},
        "seed": _TEXT,
        "verdict": _VERDICT,
        "cause": _TEXT,
        "first_wrong": _maybe(_object(row=_TEXT, column=_TEXT)),
        "cells": _list(_GRADED),
        "digits": _DIGITS,
        "notes": _NAMES,
        "warnings": _WARNINGS,
    },
    "code": {
        "expression": _TEXT,
        "product": {"enum": ["eval", "jac", "grad", "jvp", "vjp", "hess"]},
        "language": _TEXT,
        "name": _TEXT,
        "inputs": _NAMES,
        "outputs": _NAMES,
        "shape": _list(_COUNT),
        "code": _TEXT,
    },
    "functions": {
        "functions": _list(
            _object(
                name=_TEXT, call=_TEXT, aliases=_NAMES, domain=_TEXT, kinks=_TEXT, about=_TEXT,
                arrays={"type": "boolean"},
                derivatives=_list(_object(by=_TEXT, expression=_TEXT)),
            )
        )
    },
    "error": {
        "code": _TEXT,
        "message": _TEXT,
        "span": _maybe(_object(start=_COUNT, end=_COUNT, line=_COUNT, column=_COUNT)),
        "hint": _TEXT,
        "exit_code": {"enum": sorted(EXIT_CODES)},
    },
}  # fmt: skip


def names() -> list[str]:
    """The outputs that have a schema."""
    return sorted(_PROPERTIES)


def schema(name: str) -> Schema:
    """The JSON Schema of an output; `name` may be `jacobian`, `adcli/jacobian/1`."""
    short = name.removeprefix("adcli/").partition("/")[0]
    if short not in _PROPERTIES:
        hint = suggest(short, names()) or "there are " + ", ".join(names())
        raise UsageError("unknown-schema", f"there is no schema '{name}'", None, hint)
    identity = f"adcli/{short}/1"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identity,
        "title": identity,
        **_object(schema={"const": identity}, **_PROPERTIES[short]),
    }

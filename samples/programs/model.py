#!/usr/bin/env python3
"""A program that adcli can ask: f(x1, x2) = (x1*x2 + sin(x1), exp(x1 - x2)), with its derivatives by hand.

A function in Python needs none of this, since `python -m adcli.check.serving` speaks for it; this shows what is said.
"""

# ruff: noqa: ANN001, ANN201, D103, T201
import json
import sys
from math import cos, exp, sin


def value(x1, x2):
    return [x1 * x2 + sin(x1), exp(x1 - x2)]


def jacobian(x1, x2):
    e = exp(x1 - x2)
    return [[x2 + cos(x1), x1], [e, -e]]


def jvp(x1, x2, direction):
    """How the outputs move when the variables move along d: J d."""
    d1, d2 = direction["x1"], direction["x2"]
    return [(x2 + cos(x1)) * d1 + x1 * d2, exp(x1 - x2) * (d1 - d2)]


def vjp(x1, x2, cotangent):
    """The gradient of the outputs weighted with w: w' J."""
    w1, w2 = cotangent
    e = exp(x1 - x2)
    return {"x1": w1 * (x2 + cos(x1)) + w2 * e, "x2": w1 * x1 - w2 * e}


def answer(question):
    x1, x2 = question["point"]["x1"], question["point"]["x2"]
    reply = {"id": question["id"]}
    for want in question["want"]:
        if want == "value":
            reply["value"] = value(x1, x2)
        elif want == "jacobian":
            reply["jacobian"] = jacobian(x1, x2)
        elif want == "jvp":
            reply["jvp"] = jvp(x1, x2, question["direction"])
        elif want == "vjp":
            reply["vjp"] = vjp(x1, x2, question["cotangent"])
    return reply


for line in sys.stdin:
    question = json.loads(line)
    try:
        reply = answer(question)
    except ArithmeticError as error:  # exp(1000) overflows
        reply = {"id": question["id"], "error": str(error)}
    print(json.dumps(reply), flush=True)

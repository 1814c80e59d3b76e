#!/usr/bin/env node
// A program that adcli can ask: f(x1, x2) = (x1*x2 + sin(x1), exp(x1 - x2)), with its derivatives by hand.
"use strict";

const { sin, cos, exp } = Math;

function value({ x1, x2 }) {
  return [x1 * x2 + sin(x1), exp(x1 - x2)];
}

function jacobian({ x1, x2 }) {
  const e = exp(x1 - x2);
  return [[x2 + cos(x1), x1], [e, -e]];
}

// J d: how the outputs move when the variables move along d.
function jvp({ x1, x2 }, d) {
  return [(x2 + cos(x1)) * d.x1 + x1 * d.x2, exp(x1 - x2) * (d.x1 - d.x2)];
}

// w' J: the gradient of the outputs weighted with w.
function vjp({ x1, x2 }, [w1, w2]) {
  const e = exp(x1 - x2);
  return { x1: w1 * (x2 + cos(x1)) + w2 * e, x2: w1 * x1 - w2 * e };
}

function answer({ id, point, want, direction, cotangent }) {
  const reply = { id };
  if (want.includes("value")) reply.value = value(point);
  if (want.includes("jacobian")) reply.jacobian = jacobian(point);
  if (want.includes("jvp")) reply.jvp = jvp(point, direction);
  if (want.includes("vjp")) reply.vjp = vjp(point, cotangent);
  return reply;
}

// JSON has no NaN and no Infinity: as strings they survive, while JSON.stringify alone would write null.
function plain(key, x) {
  return typeof x === "number" && !Number.isFinite(x) ? String(x) : x;
}

const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => process.stdout.write(JSON.stringify(answer(JSON.parse(line)), plain) + "\n"));

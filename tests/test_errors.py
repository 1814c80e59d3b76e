"""What is said of bad input: the code, the place, the words, the hint; and that it is safe to show."""

from __future__ import annotations

import re
import unicodedata

import pytest

from adcli.errors import (
    EXIT_CODES,
    AdcliError,
    DomainError,
    LimitError,
    ReadError,
    ShapeError,
    Span,
    UsageError,
    printable,
    suggest,
)
from adcli.language import parse
from adcli.language.limits import Limits
from adcli.language.names import ELSEWHERE

# text with the expected place between « and »; code; words of the message; words of the hint
BAD = [
    # nothing there
    ("«»", "empty", "there is no expression here", "for example"),
    ("« »  ", "empty", "there is no expression here", "for example"),
    ("«\n»\n", "empty", "there is no expression here", "for example"),
    ("«#» only a comment", "empty", "there is no expression here", "for example"),
    ("«;» ;", "empty", "there is no expression here", "for example"),
    # operators
    ("x+«»", "unexpected-end", "the text ends where a number, a name or '(' is expected", ""),
    ("x and«»", "unexpected-end", "the text ends", ""),
    ("x+«*»y", "unexpected-token", "unexpected '*': expected a number, a name or '('", ""),
    ("«/»x", "unexpected-token", "unexpected '/'", ""),
    ("x^-«^»2", "unexpected-token", "unexpected '^'", ""),
    ("x,«,»y", "unexpected-token", "unexpected ','", ""),
    ("x,«»", "unexpected-end", "the text ends", ""),
    ("x «not» y", "unexpected-token", "unexpected 'not': expected an operator, ',' or the end", ""),
    ("(x «not» y)", "unexpected-token", "unexpected 'not': expected an operator or ')'", ""),
    ("a = x\n«*» 2", "unexpected-token", "unexpected '*'", "end it with the operator"),
    ("x +\n«*» y", "unexpected-token", "unexpected '*'", ""),
    ("x^«²»", "unexpected-token", "unexpected '²'", ""),
    # two operands side by side
    ("x «y»", "missing-operator", "an operator is missing here", "to multiply, write * between the two"),
    ("(a)«(»b)", "missing-operator", "an operator is missing here", "to multiply, write *"),
    ("sin(x)«cos»(x)", "missing-operator", "an operator is missing here", "to multiply, write *"),
    ("2« »x", "missing-operator", "an operator is missing here", "write 2*x, or 2x without the space"),
    ("2 «3»", "missing-operator", "an operator is missing here", "to multiply"),
    ("sin «x»", "missing-operator", "an operator is missing here", "stands in parentheses: sin(x)"),
    ("cos «2»x", "missing-operator", "an operator is missing here", "stands in parentheses: cos(2x)"),
    ("sin^2«(»x)", "missing-operator", "an operator is missing here", "write sin(x)^2"),
    ("sin^2 «y»", "missing-operator", "an operator is missing here", "write sin(y)^2"),
    ("sin²«(»x)", "missing-operator", "an operator is missing here", "write sin(x)^2"),
    ("sum(x[i]^2 «fro» i in range(3))", "missing-operator", "an operator is missing here", "did you mean 'for'?"),
    ("(x + 1)^2 «y»", "missing-operator", "an operator is missing here", "write …)^2*y or …)^(2*y)"),
    ("x^2«y»", "missing-operator", "an operator is missing here", "write x^2*y or x^(2*y)"),
    ("1.2«.3»", "missing-operator", "an operator is missing here", "one decimal point"),
    ("a < 1 nad «b» < 2", "missing-operator", "an operator is missing here", "did you mean 'and'?"),
    ("x «is» 2", "missing-operator", "an operator is missing here", "write =="),
    ("a «xor» b", "missing-operator", "an operator is missing here", "(a or b) and not (a and b)"),
    ("1«_»_0", "bad-number", "'_' stands between two digits", "1_000"),
    # readings
    ("1/«2x»", "ambiguous-division", "'1/2x' can be read in two ways", "write 1/(2*x)\nor    (1/2)*x"),
    ("a + x^2/«2sin(x)»*3", "ambiguous-division", "'x^2/2sin(x)'", "write x^2/(2*sin(x))\nor    (x^2/2)*sin(x)"),
    ("1/«2.5e3x²»", "ambiguous-division", "two ways", "write 1/(2.5e3*x²)\nor    (1/2.5e3)*x²"),
    # parentheses
    ("«(»x", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("sin«(»x", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("max«(»1, (x, y)", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("a = 1\nb = «(»a\nb + 1", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("«(»x; y", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("«(»x # )", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("x«)»", "unmatched-parenthesis", "this ')' closes nothing", ""),
    ("(x)«)»", "unmatched-parenthesis", "this ')' closes nothing", ""),
    ("(«)»", "unexpected-token", "unexpected ')': expected a number, a name or '('", ""),
    ("sin(x,«)»", "unexpected-token", "unexpected ')'", ""),
    ("where(x < 1«;» 2, 3)", "unexpected-token", "';' cannot stand inside parentheses", "a ',' separates"),
    # characters
    ("x «$» 2", "unexpected-character", "unexpected character '$'", "LaTeX"),
    ("«|»x|", "unexpected-character", "unexpected character '|'", "abs(x)"),
    ("where(a<1 «|»| b<1, 1, 2)", "unexpected-character", "unexpected character '|'", "write or"),
    ("where(a<1 «&»& b<1, 1, 2)", "unexpected-character", "unexpected character '&'", "write and"),
    ("where(«!»(a<1), 1, 2)", "unexpected-character", "unexpected character '!'", "write not"),
    ("n«!»", "unexpected-character", "unexpected character '!'", "factorial"),
    ("x «?» 1 : 2", "unexpected-character", "unexpected character '?'", "where(condition, a, b)"),
    ("«\\»frac{1}{2}", "unexpected-character", "unexpected character", "LaTeX"),
    ("A«\\»b", "unexpected-character", "unexpected character", "solve(A, b)"),
    ('x[«"»a"]', "unexpected-character", "unexpected character", "strings"),
    ("np«.»sin(x)", "unexpected-character", "unexpected character '.'", "no prefix: sin(...)"),
    ("W«.»T", "unexpected-character", "unexpected character '.'", "the transpose is W'"),
    ("W«.»shape[0]", "unexpected-character", "unexpected character '.'", "len(W)"),
    ("x«.»sum()", "unexpected-character", "unexpected character '.'", "write sum(x)"),
    ("x«.»size", "unexpected-character", "unexpected character '.'", "write size(x)"),
    ("x«.»name", "unexpected-character", "unexpected character '.'", "a name holds letters"),
    ("A«.»*B", "unexpected-character", "unexpected character '.'", "write * alone: it works entry by entry"),
    ("A«.»/B", "unexpected-character", "unexpected character '.'", "write / alone"),
    ("A«.»^2", "unexpected-character", "unexpected character '.'", "write ^ alone"),
    ("W[«.»..]", "unexpected-character", "unexpected character '.'", "all of an axis is ':'"),
    ("1 + «.»", "unexpected-character", "unexpected character '.'", "0.5"),
    ("«٣»", "unexpected-character", "unexpected character '٣'", ""),
    ("x + «中»文", "unexpected-character", "unexpected character '中'", ""),
    ("«𝛁» + 1", "bad-name", "'𝛁' is not a name", "letters, digits and _"),
    # names
    ("«sine»(x)", "unknown-function", "unknown function 'sine'", "did you mean 'sin'?"),
    ("1 + «Sin»(x)", "unknown-function", "unknown function 'Sin'", "did you mean 'sin'?"),
    ("«arcsine»(x)", "unknown-function", "unknown function 'arcsine'", "did you mean 'arcsin'?"),
    ("sqare(t) = t^2; «square2»(x)", "unknown-function", "unknown function 'square2'", "did you mean"),
    ("«pow»(x, 2)", "unknown-function", "unknown function 'pow'", "write x^y"),
    ("«tg»(x)", "unknown-function", "unknown function 'tg'", "did you mean 'tan'?"),
    ("«qqqqqq»(x)", "unknown-function", "unknown function 'qqqqqq'", "adcli functions"),
    ("«x»(y + 1)", "unknown-function", "unknown function 'x'", "to multiply, write x*(...)"),
    ("«x2»(3)", "unknown-function", "unknown function 'x2'", "to multiply, write x2*(...)"),
    ("speed = 3; «speed»(x)", "unknown-function", "unknown function 'speed'", "'speed' is a value"),
    ("«pi»(x)", "unknown-function", "unknown function 'pi'", "'pi' is a value"),
    ("f(t) = t; 1 + «f»", "function-as-value", "'f' is a function", "call it: f(t)"),
    ("y = x; «x» = 2", "bound-after-use", "'x' was used before this line gives it a value", "another name"),
    # arguments
    ("«sin()»", "wrong-argument-count", "sin takes 1 argument, and none were given", ""),
    ("1 + «sin(x, y)»", "wrong-argument-count", "sin takes 1 argument, and 2 were given", ""),
    ("«atan2(y)»", "wrong-argument-count", "atan2 takes 2 arguments, and 1 was given", "atan2(y, x)"),
    ("«max(x)»", "wrong-argument-count", "max takes 2 or more arguments, and 1 was given", "takes an array"),
    ("«log(x, y, z)»", "wrong-argument-count", "log takes 1 argument (or log(x, base)), and 3 were given", ""),
    ("«piecewise(x < 0, 1)»", "wrong-argument-count", "piecewise takes conditions and values in turn", "piecewise("),
    ("f(a, b) = a; «f(1)»", "wrong-argument-count", "f(a, b) is called with 1 argument", ""),
    ("f(a) = a; «f()»", "wrong-argument-count", "f(a) is called with no arguments", ""),
    ("f(a) = a; «f(a=1)»", "bad-keyword", "f takes its arguments by place", ""),
    ("sin(«x=2»)", "bad-keyword", "sin has no argument named 'x'", "write =="),
    ("sum([1], «axes=0»)", "bad-keyword", "sum has no argument named 'axes'", "sum(x, axis=0)"),
    ("sum([1], axis=0, «axis=0»)", "bad-keyword", "the axis is given twice", ""),
    ("sum(«axis=0», [1])", "bad-keyword", "arguments that are given by name come last", ""),
    ("«g»(a=1)", "unknown-function", "unknown function 'g'", "write g*(...)"),
    ("«sum()»", "wrong-argument-count", "sum(x) is the call, and none were given", "sum(x, axis=0)"),
    ("«det([[1]], 2)»", "wrong-argument-count", "det(A) is the call, and 2 were given", "determinant"),
    ("«range()»", "wrong-argument-count", "range takes a stop", "range(0, 10, 2)"),
    ("«range(1, 2, 3, 4)»", "wrong-argument-count", "range takes a stop", "range(0, 10, 2)"),
    ("«range(0, 5, 0)»", "bad-range", "the step of a range is not 0", ""),
    ("range(«0.5»)", "not-whole", "and this is 1/2", "floor(x) rounds down"),
    ("range(0, «n»)", "not-whole", "range needs a whole number that is known while the text is read", "--let"),
    ("«arange»(3)", "unknown-function", "unknown function 'arange'", "did you mean 'range'?"),
    ("«matmul»(A, B)", "unknown-function", "unknown function 'matmul'", "write A@B"),
    ("«linspace»(0, 1, 5)", "unknown-function", "unknown function 'linspace'", "for i in range(n)"),
    ("«fmod»(x, 2)", "unknown-function", "unknown function 'fmod'", "write x % y"),
    ("«Sum»(x)", "unknown-function", "unknown function 'Sum'", "did you mean 'sum'?"),
    ("«Range»(3)", "unknown-function", "unknown function 'Range'", "did you mean 'range'?"),
    ("«concatenate»(x, y)", "unknown-function", "unknown function 'concatenate'", "did you mean 'concat'?"),
    ("x = [1, 2]; «x»(0)", "unknown-function", "unknown function 'x'", "an entry is x[...]"),
    # conditions
    ("where(«x», 1, 2)", "number-as-condition", "a number is used as a condition here", "x > 0"),
    ("where(x < 1 and «y», 1, 2)", "number-as-condition", "a number is used as a condition here", "x > 0"),
    ("1 + «(x < 1)»", "condition-as-number", "a condition is used as a number here", "where(condition, a, b)"),
    ("sin(«x < 1»)", "condition-as-number", "a condition is used as a number here", "where"),
    ("«x < 1»", "condition-as-output", "the output y1 is a condition, not a number", "where(condition, 1, 0)"),
    ("where(«x = 1», 2, 3)", "bad-keyword", "'=' does not compare", "write == to compare: x == 1"),
    ("piecewise(x < 0, 1, «x = 1», 2, 3)", "bad-keyword", "'=' does not compare", "write == to compare: x == 1"),
    ("where((x «=» 1), 2, 3)", "unexpected-token", "'=' cannot stand here", "write == to compare"),
    ("where(y < 1 and x «=» 1, 2, 3)", "unexpected-token", "'=' cannot stand here", "write == to compare"),
    ("where(x «=»> 1, 2, 3)", "unexpected-token", "'=' cannot stand here", "write >="),
    ("where(x «=»< 1, 2, 3)", "unexpected-token", "'=' cannot stand here", "write <="),
    ("where(x «<>» 1, 2, 3)", "unexpected-token", "'<>' is not a comparison here", "write !="),
    # statements
    ("«1» = x", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("«x + 1» = 2", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("«f(1)» = 2; x", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("x = 1 «=» 2", "unexpected-token", "'=' cannot stand here", "write =="),
    ("x «:»= 2", "unexpected-token", "unexpected ':'", "name = expression"),
    ("x +«=» 1", "unexpected-token", "'=' cannot stand here", "write x = x + ..."),
    ("x *«=» 2", "unexpected-token", "'=' cannot stand here", "write x = x * ..."),
    ("x[0] +«=» 1", "unexpected-token", "'=' cannot stand here", "arrays are not changed in place"),
    ("x ==«=» 1", "unexpected-token", "'=' cannot stand here", "write =="),
    ("a, b «=» 1, 2", "unexpected-token", "'=' cannot stand here", "one name at a time"),
    ("«x[0]» = 1; x", "bad-assignment", "the left side of '=' must be a name", "arrays are not changed in place"),
    ("«x[0:2]» = [1, 2]; x", "bad-assignment", "the left side of '=' must be a name", "make a new one"),
    ("«[a, b]» = [1, 2]; a", "bad-assignment", "the left side of '=' must be a name", "one name at a time"),
    ("«x'» = 2; x", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("f = x «->» x^2", "unexpected-token", "'->' is not an operator here", "f(x) = expression"),
    ("f = x «=»> x^2", "unexpected-token", "'=' cannot stand here", "f(x) = expression"),
    ("f(x)«:» x^2", "unexpected-token", "unexpected ':'", "f(x) = expression"),
    ("x /«/» y", "unexpected-token", "unexpected '/'", "floor(x/y); a comment begins with #"),
    ("«=» x", "unexpected-token", "'=' cannot stand here", "name = expression"),
    ("f(a, «a») = a; f(1, 2)", "duplicate-parameter", "parameter 'a' appears twice", ""),
    ("«x + 1»; x", "output-not-last", "only the last statement is the output", "name this one"),
    ("«x»\n+ y", "output-not-last", "only the last statement is the output", "end it with the operator"),
    ("a = 1; «f(x) = x^2»", "no-output", "the program ends with a function and has no output", "f(1)"),
    # brackets of all three kinds
    ("x«[»0", "unclosed-bracket", "this '[' is never closed", ""),
    ("«[»1, 2", "unclosed-bracket", "this '[' is never closed", ""),
    ("x[1]«[»", "unclosed-bracket", "this '[' is never closed", ""),
    ("a = «[»1,\n2\nb = 3", "unclosed-bracket", "this '[' is never closed", ""),
    ("b = «(»1 +\nc = 3", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("for k in range(3) «{» v = k", "unclosed-bracket", "this '{' is never closed", ""),
    ("for k in range(3) «{»\n v = k\n\nv", "unclosed-bracket", "this '{' is never closed", ""),
    ("for k in range(3) { v = «[»1, 2 }", "unclosed-bracket", "this '[' is never closed", ""),
    ("x[«(»1]", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("(1«]»", "mismatched-bracket", "this ']' cannot close the '(' before it", "write ')'"),
    ("[1«)»", "mismatched-bracket", "this ')' cannot close the '[' before it", "write ']'"),
    ("(1«]»)", "unmatched-bracket", "this ']' closes nothing", ""),
    ("x«]»", "unmatched-bracket", "this ']' closes nothing", ""),
    ("x«}»", "unmatched-bracket", "this '}' closes nothing", ""),
    ("«{»1, 2}", "unexpected-token", "unexpected '{'", "[1, 2]"),
    ("x«{»1}", "unexpected-token", "unexpected '{'", "braces hold what a loop does"),
    ("x^«{»2}", "unexpected-token", "unexpected '{'", "an exponent stands in parentheses"),
    ("x_«{»1}", "unexpected-token", "unexpected '{'", "x_1, or x[1]"),
    ("sum_«{»i}", "unexpected-token", "unexpected '{'", "sum(x[i] for i in range(n))"),
    # arrays and indices
    ("[1,«,» 2]", "unexpected-token", "unexpected ',': expected a number", ""),
    ("[1, 2,«]»", "unexpected-token", "unexpected ']'", "no ',' stands after the last entry"),
    ("[1 «2»]", "missing-operator", "an operator is missing here", "between two entries, write ','"),
    ("[1, 2«;» 3, 4]", "unexpected-token", "';' cannot stand inside brackets", "[[1, 2], [3, 4]]"),
    ("[1«:»3]", "unexpected-token", "unexpected ':'", "range(a, b) gives"),
    ("x[0«;» 1]", "unexpected-token", "';' cannot stand inside brackets", "a ',' separates indices"),
    ("x[«]»", "unexpected-token", "unexpected ']'", "x[0] is the first entry, x[:] all of them"),
    ("W[1,«]»", "unexpected-token", "unexpected ']'", "':' is all of an axis"),
    ("x[1:2:3«:»4]", "unexpected-token", "unexpected ':'", "x[start:stop:step]"),
    ("x(1«:»2)", "unexpected-token", "unexpected ':'", "indices stand in brackets: x[0:2]"),
    ("sum(x, i=0«:»3)", "unexpected-token", "unexpected ':'", "sum(x[i] for i in range(a, b))"),
    ("x[1.«.2»]", "missing-operator", "an operator is missing here", "range(a, b)"),
    ("2«[»1, 2]", "missing-operator", "an operator is missing here", "to multiply, write *"),
    ("[1, 2]«y»", "missing-operator", "an operator is missing here", "to multiply, write *"),
    ("det «A»", "missing-operator", "an operator is missing here", "stands in parentheses: det(A)"),
    ("f'«(»x)", "missing-operator", "an operator is missing here", "'adcli diff' gives derivatives"),
    ("2«'»", "unexpected-token", 'unexpected "\'"', "' transposes an array"),
    ("«'»abc'", "unexpected-token", 'unexpected "\'"', "strings"),
    ("x[«'»a']", "unexpected-token", 'unexpected "\'"', "strings"),
    ("(1«,» 2)", "unexpected-token", "these parentheses hold one expression", "an array stands in brackets"),
    # comprehensions
    ("x «for» i in range(3)", "unexpected-token", "unexpected 'for'", "sum(i^2 for i in range(n))"),
    ("sum(2, x «for» i in range(3))", "unexpected-token", "unexpected 'for'", "sum(... for ...) takes one expression"),
    ("sum(x for i in range(3)«,» 2)", "unexpected-token", "unexpected ','", "sum(... for ...) takes one expression"),
    ("[i for i in range(3)«,» 2]", "unexpected-token", "unexpected ','", "concat(a, b) joins arrays"),
    ("[2, i «for» i in range(3)]", "unexpected-token", "unexpected 'for'", "concat(a, b) joins arrays"),
    ("x[i «for» i in range(3)]", "unexpected-token", "unexpected 'for'", "x[[2*i for i in range(n)]]"),
    ("[«for» i in range(3) i]", "unexpected-token", "unexpected 'for'", "the value comes first"),
    ("sum(i for i «range»(3))", "unexpected-token", "unexpected 'range': expected 'in'", "sum(i^2 for i in range(n))"),
    ("[i for «in» range(3)]", "unexpected-token", "unexpected 'in': expected a name", "[i^2 for i in range(n)]"),
    ("[i for i«,» j in range(3)]", "unexpected-token", "unexpected ',': expected 'in'", "each name has its own 'for'"),
    ("[i for i in range(3) if«]»", "unexpected-token", "unexpected ']'", ""),
    ("[i for i in range(3) for«]»", "unexpected-token", "unexpected ']': expected a name", "[i^2 for i in range(n)]"),
    ("[x «if» x > 0 else y]", "unexpected-token", "unexpected 'if'", "where(condition, a, b)"),
    ("sum(i for i in «3»)", "not-iterable", "there is nothing to run through", "range(n)"),
    ("[i for i in «n»]", "not-iterable", "there is nothing to run through", "range(n)"),
    ("[i for i in range(3) if «n > 0»]", "unknown-condition", "must be decided while the text is read", "where"),
    ("[i for i in range(3) if «i»]", "number-as-condition", "a number is used as a condition here", "i > 0"),
    # loops
    ("for k in range(3)«:» v = k", "unexpected-token", "unexpected ':': expected '{'", "for k in range(n) { ... }"),
    ("for k in range(3)«:»\n  v = k\nv", "unexpected-token", "unexpected ':': expected '{'", "stands in braces"),
    ("for k in range(3) «v» = k", "unexpected-token", "unexpected 'v': expected '{'", "stands in braces"),
    ("for k in range(3) «(»v = k)", "unexpected-token", "unexpected '(': expected '{'", "stands in braces"),
    (
        "for k in range(3)«\n»{ v = k }",
        "unexpected-token",
        "the line ends where '{' is expected",
        "on the line of its 'for'",
    ),
    ("for k in range(3)«»", "unexpected-end", "the text ends where '{' is expected", "for k in range(n) { ... }"),
    ("for k «range»(3) { v = k }", "unexpected-token", "expected 'in'", "for k in range(n) { ... }"),
    ("for k «=» 1:3 { v = k }", "unexpected-token", "expected 'in'", "for k in range(n) { ... }"),
    ("for «(»k in range(3)) { v = k }", "unexpected-token", "expected a name", "for k in range(n) { ... }"),
    ("for i«,» j in range(3) { v = i }", "unexpected-token", "expected 'in'", "loops nest"),
    ("for k in 0«:»3 { v = k }", "unexpected-token", "unexpected ':'", "range(a, b) gives"),
    ("for k in 0.«.3» { v = k }", "unexpected-token", "unexpected '.3'", "range(a, b) gives"),
    ("for k in 1«,» 2 { v = k }", "unexpected-token", "unexpected ','", "for k in [1, 2] { ... }"),
    ("for k in range(3) { «}»", "unexpected-token", "unexpected '}'", "a loop binds names anew"),
    ("for k in range(3) { v = k } «v»", "unexpected-token", "the next statement begins on a new line", "a ';'"),
    ("y = «for» k in range(3) { v = k }", "unexpected-token", "unexpected 'for'", "a statement of its own"),
    ("for k in «3» { v = k }; v", "not-iterable", "there is nothing to run through", "range(n)"),
    ("«for k in range(3) { v = k }»", "no-output", "the program ends with a loop and has no output", "such as v"),
    ("for k in range(3) { «sin(k)» }; 1", "not-in-loop", "a loop binds names", "name = expression"),
    ("for k in range(3) { «f(a) = a» }; 1", "not-in-loop", "a loop binds names", "name = expression"),
    ("for k in range(3) { v = k; «k» }; v", "not-in-loop", "a loop binds names", "name = expression"),
    ("v = t; «for t in range(3) { v = t }»; v", "bound-after-use", "'t' was used before this loop", "another name"),
    ("v = t; for k in range(3) { «t» = k }; v", "bound-after-use", "'t' was used before", "another name"),
    # words
    ("«if» x > 0: 1", "unexpected-token", "unexpected 'if'", "where(condition, a, b)"),
    ("«if»(x > 0, 1, 2)", "unexpected-token", "unexpected 'if'", "where(condition, a, b)"),
    ("x «if» y > 0 else z", "unexpected-token", "unexpected 'if'", "where(condition, a, b)"),
    ("1 «in» x", "unexpected-token", "unexpected 'in'", "'in' stands after 'for'"),
    ("while «x» > 0 { x = x - 1 }", "missing-operator", "an operator is missing here", "for k in range(n)"),
    ("while (x > 0) «{» x = x - 1 }", "unexpected-token", "unexpected '{'", "for k in range(n)"),
    ("return «x»", "missing-operator", "an operator is missing here", "the last line is the output"),
    ("def «f»(a): a", "missing-operator", "an operator is missing here", "f(x) = expression"),
    ("lambda «t»: t", "missing-operator", "an operator is missing here", "f(x) = expression"),
    ("let «y» = 2", "missing-operator", "an operator is missing here", "name = expression"),
    ("import «numpy»", "missing-operator", "an operator is missing here", "adcli functions"),
    ("«for» = 2", "reserved-name", "'for' is a word of the language, and cannot be a name", "choose another name"),
    ("«in» = 2", "reserved-name", "'in' is a word of the language, and cannot be a name", "choose another name"),
    ("«if» + 1", "reserved-name", "'if' is a word of the language, and cannot be a name", "choose another name"),
    ("x*«in»", "reserved-name", "'in' is a word of the language, and cannot be a name", "choose another name"),
    ("for «if» in range(3) { v = 1 }", "reserved-name", "'if' is a word of the language", "choose another name"),
    # functions that call themselves
    ("f(n) = n*«f(n - 1)»; f(3)", "recursion", "'f' calls itself: f -> f", "would never end"),
    ("f(x) = g(x); g(x) = «f(x)»; f(1)", "recursion", "'f' calls itself: f -> g -> f", "would never end"),
    ("f(x) = g(x); g(x) = «g(x)» + f(x); f(1)", "recursion", "'g' calls itself: g -> g", "would never end"),
    ("f(n) = where(n > 0, «f(n - 1)», 1); f(3)", "recursion", "'f' calls itself: f -> f", "would never end"),
    ("f(n) = sum(«f(i)» for i in range(n)); f(3)", "recursion", "'f' calls itself: f -> f", "would never end"),
]

# the same for arrays: W is (2, 3), A (2, 2), x (3,), y (2,), and t a number
MISFITS = [
    ("«W@y»", "shape-mismatch", "shapes (2, 3) and (2,) do not fit: 3 columns and 2 entries", "W is (2, 3), y is (2,)"),
    ("1 + «W@W»", "shape-mismatch", "3 columns and 2 rows", "W is (2, 3), W is (2, 3)"),
    ("«W'@x»", "shape-mismatch", "2 columns and 3 entries", "W' is (3, 2), x is (3,)"),
    ("«t@x»", "shape-mismatch", "@ needs vectors or matrices", "t is a number, x is (3,)\nmultiply by a number with *"),
    ("«x@2»", "shape-mismatch", "@ needs vectors or matrices", "x is (3,)\nmultiply by a number with *"),
    ("sin(«W + y»)", "shape-mismatch", "shapes (2, 3) and (2,) do not fit", "W is (2, 3), y is (2,)"),
    ("«(W*2) + sin(y)»", "shape-mismatch", "shapes (2, 3) and (2,) do not fit", "(W*2) is (2, 3), sin(y) is (2,)"),
    ("«where(t > 0, W, y)»", "shape-mismatch", "shapes (2, 3) and (2,) do not fit", "W is (2, 3), y is (2,)"),
    ("«where(x > 0, 1, y)»", "shape-mismatch", "shapes (3,) and (2,) do not fit", "y is (2,)"),
    ("where(«1 < x < y», 1, 2)", "shape-mismatch", "shapes (3,) and (2,) do not fit", "x is (3,), y is (2,)"),
    ("«max(W, y)»", "shape-mismatch", "shapes (2, 3) and (2,) do not fit", "W is (2, 3), y is (2,)"),
    ("f(M) = «M@y»; f(W)", "shape-mismatch", "shapes (2, 3) and (2,)", "M is (2, 3), y is (2,)"),
    ("[«row@y» for row in W]", "shape-mismatch", "shapes (3,) and (2,)", "row is (3,), y is (2,)"),
    ("a = x; for k in range(2) { a = «W@a» }; a", "shape-mismatch", "shapes (2, 3) and (2,)", "W is (2, 3), a is (2,)"),
    ("«dot(x, y)»", "shape-mismatch", "3 entries and 2 entries", "x is (3,), y is (2,)"),
    ("«solve(A, x)»", "shape-mismatch", "2 rows and 3 entries", "A is (2, 2), x is (3,)"),
    ("«solve(W, y)»", "shape-mismatch", "solve needs a square matrix", "W is (2, 3), y is (2,)"),
    ("«det(W)»", "shape-mismatch", "det needs a square matrix, not an array of shape (2, 3)", "W is (2, 3)"),
    ("«inv(W)»", "shape-mismatch", "inv needs a square matrix", "W is (2, 3)"),
    ("«trace(x)»", "shape-mismatch", "trace needs a matrix", "x is (3,)"),
    ("«concat(W, A)»", "shape-mismatch", "(2, 3) and (2, 2) do not fit along axis 0", "W is (2, 3), A is (2, 2)"),
    ("«stack(x, y)»", "shape-mismatch", "(3,) and (2,) are not the same", "x is (3,), y is (2,)"),
    ("«reshape(x, 2, 2)»", "shape-mismatch", "has 3 entries, which do not fill (2, 2)", "x is (3,)"),
    ("«reshape(t, 2)»", "shape-mismatch", "has 1 entry, which does not fill (2,)", "t is a number"),
    ("«zeros(t)»", "shape-mismatch", "zeros needs whole numbers that are known", "t is a number"),
    ("«zeros(-1)»", "shape-mismatch", "a length cannot be -1", ""),
    ("«len(t)»", "shape-mismatch", "len needs an array", "t is a number"),
    # literals
    ("[1, «[2]»]", "ragged-array", "entry 0 is a number, and entry 1 is (1,)", ""),
    ("[[1, 2], «[3]»]", "ragged-array", "entry 0 is (2,), and entry 1 is (1,)", ""),
    ("[x, «y»]", "ragged-array", "entry 0 is (3,), and entry 1 is (2,)", ""),
    ("«[x[:k] for k in range(3)]»", "ragged-array", "entry 0 is (0,), and entry 1 is (1,)", ""),
    ("«[" + "[" * 64 + "1" + "]" * 64 + "]»", "shape-mismatch", "an array has at most 64 axes", ""),
    # indices
    ("x[«3»]", "index-out-of-range", "index 3 is out of range: x is (3,)", "from 0 to 2, or from -3 to -1"),
    ("x[«-4»]", "index-out-of-range", "index -4 is out of range", "from 0 to 2, or from -3 to -1"),
    ("W[0, «3»]", "index-out-of-range", "index 3 is out of range: W is (2, 3)", "along axis 1"),
    ("W[«-3», 0]", "index-out-of-range", "index -3 is out of range: W is (2, 3)", "along axis 0"),
    ("W[:, «3»]", "index-out-of-range", "index 3 is out of range", "along axis 1"),
    ("x[«[0, 5]»]", "index-out-of-range", "index 5 is out of range", "from 0 to 2"),
    ("[x[«i + 1»] for i in range(3)]", "index-out-of-range", "index 3 is out of range", "from 0 to 2"),
    ("x[5:][«0»]", "index-out-of-range", "index 0 is out of range: x[5:] is (0,)", "it has no entries"),
    ("x[«10^400»]", "index-out-of-range", "index 10000", "from 0 to 2"),
    ("«x[0, 0]»", "shape-mismatch", "2 indices are too many: x is (3,)", ""),
    ("«[1,2][3,4]»", "shape-mismatch", "2 indices are too many: [1,2] is (2,)", ""),
    ("«t[0]»", "shape-mismatch", "t is a number, and a number has no entries", '--at "t=[1, 2]" or --shape t=2'),
    ("«x[0][0]»", "shape-mismatch", "x[0] is a number", ""),
    ("a = 2; «a[0]»", "shape-mismatch", "a is a number, and a number has no entries", ""),
    ("W[[0, 1], «[0, 1]»]", "shape-mismatch", "only one index may be an array", ""),
    ("x[«[[0]]»]", "shape-mismatch", "an index may be a vector, and this is (1, 1)", ""),
    ("x[«0.5»]", "not-whole", "and this is 1/2", "floor(x) rounds down"),
    ("[x[«i/2»] for i in range(3)]", "not-whole", "and this is 1/2", "floor(x) rounds down"),
    ("x[«t»]", "not-whole", "an index needs a whole number that is known while the text is read", "--let"),
    ("x[«y»]", "not-whole", "an index needs a whole number that is known while the text is read", "--let"),
    ("x[«t»:]", "not-whole", "a slice needs a whole number", "--let"),
    ("x[0:1:«0.5»]", "not-whole", "a slice needs a whole number", "floor(x) rounds down"),
    ("x[«::0»]", "bad-slice", "the step of a slice is not 0", "x[start:stop:step]"),
    ("x[«2^100000000»]", "not-whole", "an index needs a whole number that is known", ""),
    # axes
    (
        "«sum(W, axis=2)»",
        "shape-mismatch",
        "there is no axis 2 in (2, 3)",
        "its axes are 0 to 1, or -1 to -2 from the end",
    ),
    ("«sum(x, axis=-2)»", "shape-mismatch", "there is no axis -2 in (3,)", "its only axis is 0"),
    ("«sum(x[0], axis=0)»", "shape-mismatch", "there is no axis 0 in a number", "a number has no axes"),
    ("«sum(W, axis=0.5)»", "not-whole", "an axis needs a whole number", "floor(x) rounds down"),
    ("«sum(x, y)»", "shape-mismatch", "sum needs an axis that is a whole number", "x is (3,), y is (2,)"),
    # nothing there
    ("«softmax([])»", "shape-mismatch", "softmax of an array without entries has no value", "[] is (0,)"),
    ("«max([])»", "shape-mismatch", "max of an array without entries has no value", "[] is (0,)"),
    ("«mean(x[5:])»", "shape-mismatch", "mean of an array without entries has no value", "x[5:] is (0,)"),
    ("«min(i for i in range(0))»", "shape-mismatch", "min of an array without entries has no value", ""),
    ("«[]»", "empty-output", "the output y1 is an array without entries", ""),
    # conditions
    ("«x > 0»", "condition-as-output", "is a condition, not a number", "where"),
    ("where(«x», 1, 2)", "number-as-condition", "a number is used as a condition here", "x > 0"),
    ("x + «(x > 0)»", "condition-as-number", "a condition is used as a number here", "where"),
    ("sum(«x > 0»)", "condition-as-number", "a condition is used as a number here", "where"),
    ("softmax(«x > 0»)", "condition-as-number", "a condition is used as a number here", "where"),
    ("W@«(x > 0)»", "condition-as-number", "a condition is used as a number here", "where"),
    ("dot(x, «x > 0»)", "condition-as-number", "a condition is used as a number here", "where"),
    # variables that were given no shape
    ("«B@x»", "shape-mismatch", "@ needs vectors or matrices, and one side is a number", "--shape B=2"),
    ("«det(B)»", "shape-mismatch", "det needs a square matrix, not a number", "--shape B=2"),
]
SHAPES = {"W": (2, 3), "A": (2, 2), "x": (3,), "y": (2,)}


def marked(text: str) -> tuple[str, int, int]:
    """A text without its « and », and where they stood."""
    start, end = text.index("«"), text.index("»") - 1
    return text.replace("«", "").replace("»", ""), start, end


def refusal(text: str, shapes: dict[str, tuple[int, ...]] | None = None) -> AdcliError:
    """The error that a text gives."""
    with pytest.raises(AdcliError) as caught:
        parse(text, shapes_of=shapes)
    return caught.value


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@pytest.mark.parametrize(("text", "code", "message", "hint"), BAD)
def test_bad_input_is_explained(text: str, code: str, message: str, hint: str) -> None:
    """The code, the exact place, what is wrong, and what to do."""
    text, start, end = marked(text)
    error = refusal(text)
    assert (code, 3) == (error.code, error.exit_code)
    assert error.span is not None
    assert (start, max(end, start + 1)) == error.span[:2]
    assert message in error.message
    assert hint in error.hint if hint else error.hint == ""


@pytest.mark.parametrize(("text", "code", "message", "hint"), MISFITS)
def test_shapes_that_do_not_fit_are_explained(text: str, code: str, message: str, hint: str) -> None:
    """Both shapes, both operands as they are written, and the place."""
    text, start, end = marked(text)
    error = refusal(text, SHAPES)
    assert (code, 3) == (error.code, error.exit_code)
    assert isinstance(error, ShapeError) == (code in SHAPE_CODES)
    assert error.span is not None
    assert (start, end) == error.span[:2]
    assert message in error.message
    assert hint in error.hint


SHAPE_CODES = ("shape-mismatch", "ragged-array", "index-out-of-range")


@pytest.mark.parametrize("row", [*BAD, *MISFITS], ids=lambda row: row[0][:40])
def test_every_message_fits_a_terminal(row: tuple[str, str, str, str]) -> None:
    """Eighty columns, indented by two: no line of it is broken by the terminal."""
    error = refusal(marked(row[0])[0], SHAPES if row in MISFITS else None)
    assert all(columns(line) <= 80 for line in error.render().splitlines()), error.render()


LARGE = [
    ("zeros(10^9)", "too-many-nodes"),
    ("ones(10^5, 10^5)", "too-many-nodes"),
    ("eye(10^6)", "too-many-nodes"),
    ("outer(range(10^4), range(10^4))", "too-many-nodes"),
    ("range(10^9)", "too-many-nodes"),
    ("range(10^30)", "too-many-turns"),
    ("for k in range(10^12) { v = k }; v", "too-many-turns"),
    ("for i in range(10^5) { for k in range(10^12) { v = k } }; v", "too-many-turns"),
    ("sum(i for i in range(10^12))", "too-many-turns"),
    ("sum(i for i in range(10^30))", "too-many-turns"),
    ("sum(i*j for i in range(10^3) for j in range(10^12))", "too-many-turns"),
]


@pytest.mark.parametrize(("text", "code"), LARGE)
def test_what_would_never_end_is_refused_at_once(text: str, code: str) -> None:
    """Before anything is made; exit 4, and how to raise the limit."""
    error = refusal(text)
    assert (code, 4) == (error.code, error.exit_code)
    assert "raises the limit" in error.hint


def test_the_limits_may_be_chosen() -> None:
    """Of nodes, and of turns of all loops and comprehensions together."""
    assert parse("sum(x*i for i in range(10))", limits=Limits(turns=10)).outputs
    for text in (
        "sum(x*i for i in range(11))",
        "sum(i for i in range(6)) + sum(i for i in range(5))",
        "for k in range(11) { v = k }; v",
        "for k in range(2) { for i in range(5) { v = i } }; v",
    ):
        with pytest.raises(LimitError) as caught:
            parse(text, limits=Limits(turns=10))
        assert caught.value.code == "too-many-turns", text
    for text in ("zeros(100)", "v = x; for k in range(100) { v = v*x + k }; v", "sum(sin(x*i) for i in range(100))"):
        with pytest.raises(LimitError) as caught:
            parse(text, limits=Limits(nodes=50))
        assert caught.value.code == "too-many-nodes", text


@pytest.mark.parametrize("lead", ["", "a = 1\n\n", "a = 1\r\n", "\t\t", "  # a comment\n\t"])
@pytest.mark.parametrize("row", BAD[5:], ids=lambda row: row[0])
def test_the_carets_stand_under_the_place(row: tuple[str, str, str, str], lead: str) -> None:
    """In one line or many, after tabs, and where characters are wide."""
    if row[1] == "output-not-last" and lead.strip():
        lead = "\n"
    text, start, end = marked(row[0])
    error = refusal(lead + text)
    assert error.span is not None
    line, carets = error.span.caret()
    head = line[: len(line) - len(line.lstrip())]
    place = printable(text[start : max(end, start + 1)].split("\n")[0])
    before = columns(carets) - carets.count("^")
    after = next(k for k in range(len(line) + 1) if columns(line[:k]) == before)
    assert line[after:].startswith(place.rstrip()), (line, carets, head)
    assert carets.count("^") == max(columns(place), 1)


ESCAPES = [
    ("x + \x00", "\\x00"),
    ("\x1b[31mx", "\\x1b[31mx"),
    ("x\x1b]0;title\x07", "\\x1b]0;title\\x07"),
    ("x \u202e y", "\\u202e y"),
    ("x \u2066 y", "\\u2066 y"),
    ("x + \ud800", "\\ud800"),
    ("x + \U000e0001", "\\U000e0001"),
    ("x \x7f", "\\x7f"),
    ("x \x85 y", "\\x85 y"),
    ("x \u2028 y", "\\u2028 y"),
    ("\x08\x08x", "\\x08\\x08x"),
]


@pytest.mark.parametrize(("text", "shown"), ESCAPES)
def test_control_characters_are_shown_and_never_sent(text: str, shown: str) -> None:
    """Escape sequences, direction overrides, NUL and lone surrogates appear as their numbers."""
    error = refusal(text)
    rendered = error.render()
    assert error.code == "unexpected-character"
    assert shown in rendered
    assert all(char.isprintable() or char == "\n" for char in rendered)
    rendered.encode()  # a lone surrogate would not be possible
    line, carets = error.span.caret() if error.span else ("", "")
    assert line[carets.index("^") :].startswith("\\")
    assert len(line[carets.index("^") :].split(" ")[0]) >= carets.count("^")


def test_a_place_after_escaped_and_wide_characters_is_exact() -> None:
    """The columns that a terminal shows count, not the characters of the text."""
    assert Span(5, 6, "中\x1b\té文$ x").caret() == ["中\\x1b é文$ x", " " * 10 + "^"]
    assert Span(2, 3, "e\u0301$").caret() == ["e\u0301$", " ^"]
    assert Span(1, 2, "中文").caret() == ["中文", "  ^^"]


def test_a_long_line_is_shown_around_the_place() -> None:
    """With ellipses where it goes on."""
    line, carets = refusal("x+" * 200 + "$" + "+x" * 200).render().splitlines()[1:3]
    assert line.startswith("  … x+")
    assert line.endswith("x+ …")
    assert line[carets.index("^")] == "$"
    assert len(line) < 80


def test_a_long_place_is_marked_within_its_window() -> None:
    """The carets end where the line is cut."""
    line, carets = Span(0, 500, "x" * 500).caret()
    assert carets.count("^") <= 80
    assert line.endswith(" …")


def test_the_line_is_named_when_there_are_several() -> None:
    """And the option that the text came from."""
    assert refusal("a = 1\nb = a +* 2\nb").render().splitlines()[1] == "  2 | b = a +* 2"
    assert Span(2, 3, "1,$", "--at").caret() == ["--at | 1,$", "         ^"]
    assert Span(2, 3, "1\n$", "--at").caret() == ["--at:2 | $", "         ^"]
    assert Span(0, 1, "$", "--let \x1b[1m").caret()[0] == "--let \\x1b[1m | $"


def test_windows_line_ends_are_not_shown() -> None:
    """The carriage return belongs to the line end."""
    assert refusal("x + * y\r\n").render().splitlines()[1:] == ["  1 | x + * y", "          ^"]


def test_positions_count_from_one() -> None:
    """Line and column, as editors do."""
    assert Span(0, 1, "x").position() == (1, 1)
    assert Span(4, 5, "a\nb\ncd").position() == (3, 1)
    assert Span(5, 6, "a\nb\ncd").position() == (3, 2)


def test_an_error_is_an_object_of_plain_facts() -> None:
    """The same fields as in the text; the lines of a hint stay lines."""
    assert refusal("a = 3\n1/2x").to_dict() == {
        "schema": "adcli/error/1",
        "code": "ambiguous-division",
        "message": "'1/2x' can be read in two ways",
        "span": {"start": 8, "end": 10, "line": 2, "column": 3},
        "hint": "write 1/(2*x)\nor    (1/2)*x",
        "exit_code": 3,
    }
    assert UsageError("code", "message").to_dict()["span"] is None


def test_the_class_of_an_error_decides_the_exit_code() -> None:
    """And every exit code is explained."""
    codes = [kind("c", "m").exit_code for kind in (UsageError, ReadError, LimitError, DomainError)]
    assert codes == [2, 3, 4, 5]
    assert set(codes) <= set(EXIT_CODES)


def test_an_empty_text_has_no_carets() -> None:
    """There is nothing to point at."""
    assert refusal("").render() == 'there is no expression here\n  for example "x1*x2 + sin(x1)"'


def test_suggestions_are_near() -> None:
    """Nothing is better than something far."""
    known = ["sin", "asin", "sqrt", "floor"]
    assert suggest("Sqrt", known) == "did you mean 'sqrt'?"
    assert suggest("SIN", known) == "did you mean 'sin'?"
    assert suggest("qqqq", known) == ""
    assert suggest("QQQQ", known) == ""


def test_suggestions_name_functions_that_there_are() -> None:
    """And no name has one that is a function itself."""
    from adcli.language.functions import ARRAY_FUNCTIONS
    from adcli.primitives import FUNCTIONS

    known = {*FUNCTIONS, *ARRAY_FUNCTIONS, "range"}
    assert not known & set(ELSEWHERE)
    for name, hint in ELSEWHERE.items():
        for word in re.findall(r"'(\w+)'", hint):
            assert word in known, name


WRITTEN = [(name, text) for name, hint in ELSEWHERE.items() if hint.startswith("write ")
           for text in re.split(r" for (?:vectors|matrices)(?:, )?", hint[6:]) if text]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), WRITTEN)
def test_what_is_to_be_written_instead_can_be_read(name: str, text: str) -> None:
    """Each suggestion is an expression of the language."""
    arrays = {"x": (3,), "y": (3,), "A": (3, 3), "B": (3, 3), "a": (3,), "b": (3,)}
    if name in {"linspace", "clip", "clamp"}:
        arrays = {"x": (3,)}
    assert parse(f"f(t) = t^2; {text}", lets=[("n", "3"), ("c", "2")], shapes_of=arrays).outputs

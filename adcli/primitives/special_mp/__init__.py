"""Special functions over mpmath's numbers, where mpmath has none, or one that is slow, complex or wrong.

Each takes a context of mpmath and finite arguments of the function's domain, and answers at the
precision of that context. An answer may have lost some digits: who asks, asks twice (see
`MpContext.library`). Equation numbers are of DLMF, https://dlmf.nist.gov.
"""

from .bessels import (
    airyai,
    airyaiprime,
    airybi,
    airybiprime,
    besseli,
    besselj,
    besselk,
    bessely,
    sinhc,
    sphericalbesseli,
)
from .bounds import MOST_DERIVATIVE, MOST_ORDER, horner
from .erfs import erfc, erfcinv, erfi, erfinv, normcdf, normpdf, normquantile
from .gammas import (
    beta,
    chi,
    cotangent,
    e1,
    ei,
    expint,
    factorial,
    fresnelc,
    fresnels,
    gamma,
    loggamma,
    lowergamma,
    polygamma,
    shi,
    uppergamma,
)
from .zetas import (
    ellipederivative,
    ellipkderivative,
    falling,
    lambertw,
    polylog,
    polylogderivative,
    zetaderivative,
)

__all__ = [
    "MOST_DERIVATIVE", "MOST_ORDER", "airyai", "airyaiprime", "airybi", "airybiprime", "besseli", "besselj", "besselk",
    "bessely", "beta", "chi", "cotangent", "e1", "ei", "ellipederivative", "ellipkderivative", "erfc", "erfcinv",
    "erfi", "erfinv", "expint", "factorial", "falling", "fresnelc", "fresnels", "gamma", "horner", "lambertw",
    "loggamma", "lowergamma", "normcdf", "normpdf", "normquantile", "polygamma", "polylog", "polylogderivative", "shi",
    "sinhc", "sphericalbesseli", "uppergamma", "zetaderivative",
]  # fmt: skip

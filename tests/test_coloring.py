"""Colourings: right by definition, near the optimum of brute force, and every number read is one entry alone."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from strategies import REPEATABLE, patterns

from adcli.coloring import NEUTRAL, Coloring, bicoloring, color_rows, star_coloring
from adcli.compression import Pass, column_passes, row_passes, symmetric_passes
from adcli.sparsity import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def band(n: int, width: int = 1) -> Pattern:
    return Pattern.of_rows([range(max(i - width, 0), min(i + width + 1, n)) for i in range(n)], n)


def arrow(n: int) -> Pattern:
    return Pattern.of_rows([range(n), *[[0, i] for i in range(1, n)]], n)


def grid(n: int) -> Pattern:
    """The five-point stencil on a square."""

    def row(i: int, j: int) -> list[int]:
        around = [(i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
        return sorted(a * n + b for a, b in around if 0 <= a < n and 0 <= b < n)

    return Pattern.of_rows([row(i, j) for i in range(n) for j in range(n)], n * n)


def shuffled(pattern: Pattern) -> Pattern:
    """The same with its columns in another order."""
    step = next(k for k in (7, 11, 13) if pattern.columns % k)
    return Pattern.of_rows([sorted(j * step % pattern.columns for j in row) for row in pattern], pattern.columns)


# -- verifiers, by the definitions and nothing else


def is_distance_two_coloring(pattern: Pattern, colors: Sequence[int]) -> bool:
    """Whether no two rows of a colour share a column, and every row with entries has a colour."""
    rows = [set(row) for row in pattern]
    apart = all(a != b or not rows[i] & rows[k] for (i, a), (k, b) in combinations(enumerate(colors), 2))
    return apart and all((color == NEUTRAL) == (not row) for color, row in zip(colors, rows, strict=True))


def is_star_coloring(pattern: Pattern, colors: Sequence[int]) -> bool:
    """Whether neighbours differ, and every path on four vertices has three colours."""
    around = [set(row) - {i} for i, row in enumerate(pattern)]
    paths = (
        (a, b, c, d)
        for a in range(pattern.rows) for b in around[a] for c in around[b] - {a} for d in around[c] - {a, b}
    )  # fmt: skip
    proper = all(colors[a] != colors[b] for a in range(pattern.rows) for b in around[a])
    return proper and all(len({colors[v] for v in path}) > 2 for path in paths)


def fewest(pattern: Pattern, allowed: Callable[[Pattern, Sequence[int]], bool]) -> int:
    """The least number of colours of any colouring, by trying all."""
    used = [i for i, row in enumerate(pattern) if len(row)]
    for count in range(len(used) + 1):
        for some in product(range(count), repeat=len(used)):
            colors = [NEUTRAL] * pattern.rows
            for i, color in zip(used, some, strict=True):
                colors[i] = color
            if allowed(pattern, colors):
                return count
    raise AssertionError


def read_by(pattern: Pattern, forward: Sequence[Pass], reverse: Sequence[Pass]) -> list[int]:
    """The positions that the passes read, each of which is found to be one entry alone, or its mirror image."""
    read = []
    for passes, lines in ((forward, pattern), (reverse, pattern.transposed)):
        for seeds, places, positions in passes:
            for place, position in zip(places, positions, strict=True):
                seen = {(place, seed) for seed in set(seeds) & set(lines.row(place))}
                entry = (pattern.row_indices[position], pattern.indices[position])
                assert seen in ({entry}, {entry[::-1]})
                read.append(position)
    return sorted(read)


def test_the_verifiers_notice_what_is_wrong() -> None:
    pattern = band(4)
    assert is_distance_two_coloring(pattern, [0, 1, 2, 0])
    assert not is_distance_two_coloring(pattern, [0, 1, 0, 1])
    assert not is_distance_two_coloring(pattern, [0, 1, 2, NEUTRAL])
    assert is_star_coloring(pattern, [0, 1, 0, 2])
    assert not is_star_coloring(pattern, [0, 1, 0, 1])
    assert not is_star_coloring(pattern, [0, 0, 1, 2])
    with pytest.raises(AssertionError):
        read_by(pattern, column_passes(pattern, [0, 1, 0, 1]), [])


# -- rows and columns


@REPEATABLE
@given(patterns())
def test_rows_of_a_colour_share_no_column(pattern: Pattern) -> None:
    found = color_rows(pattern)
    assert is_distance_two_coloring(pattern, found.colors)
    assert found.passes == max(found.colors, default=NEUTRAL) + 1 >= found.bound


@REPEATABLE
@given(patterns(4))
def test_few_rows_take_as_few_colours_as_possible_or_one_more(pattern: Pattern) -> None:
    least = fewest(pattern, is_distance_two_coloring)
    assert color_rows(pattern).bound <= least <= color_rows(pattern).passes <= least + 1


@REPEATABLE
@given(patterns())
def test_passes_of_columns_and_of_rows_read_every_entry_once(pattern: Pattern) -> None:
    every = list(range(pattern.nonzeros))
    assert every == read_by(pattern, column_passes(pattern, color_rows(pattern.transposed).colors), [])
    assert every == read_by(pattern, [], row_passes(pattern, color_rows(pattern).colors))


@pytest.mark.parametrize("width", [0, 1, 2, 5])
def test_a_band_takes_as_many_colours_as_it_is_wide(width: int) -> None:
    found = color_rows(band(200, width))
    assert (2 * width + 1, 2 * width + 1) == (found.passes, found.bound)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_band_is_found_in_a_shuffled_matrix(width: int) -> None:
    assert 2 * width + 1 == color_rows(shuffled(band(200, width)).transposed).passes


def test_a_grid_takes_a_few_more_colours_than_its_stencil_has_points() -> None:
    found = color_rows(grid(30))
    assert 5 == found.bound <= found.passes <= 8


def test_a_dense_row_takes_no_quadratic_time() -> None:
    """20,000 columns that all meet: comparing each with each would take minutes."""
    n = 20_000
    assert n == color_rows(Pattern.of_rows([range(n)], n).transposed).passes


def test_rows_without_entries_stay_neutral() -> None:
    assert Coloring([NEUTRAL, 0, NEUTRAL], 1, 1) == color_rows(Pattern.of_rows([[], [0], []], 2))
    assert Coloring([], 0, 0) == color_rows(Pattern.of_rows([], 0))


# -- symmetric matrices


@REPEATABLE
@given(patterns(symmetric=True))
def test_stars_read_every_entry_of_a_symmetric_matrix_once(pattern: Pattern) -> None:
    found = star_coloring(pattern)
    assert list(range(pattern.nonzeros)) == read_by(pattern, symmetric_passes(pattern, found.colors), [])
    assert found.passes <= color_rows(pattern).passes


@REPEATABLE
@given(patterns(8, symmetric=True))
def test_two_colours_make_nothing_but_stars(pattern: Pattern) -> None:
    full = Pattern.of_rows([sorted({i, *row}) for i, row in enumerate(pattern)], pattern.columns)
    assert is_star_coloring(full, star_coloring(full).colors)


@REPEATABLE
@given(patterns(4, symmetric=True))
def test_a_small_symmetric_matrix_takes_one_colour_more_than_possible_at_most(pattern: Pattern) -> None:
    full = Pattern.of_rows([sorted({i, *row}) for i, row in enumerate(pattern)], pattern.columns)
    assert star_coloring(full).passes <= fewest(full, is_star_coloring) + 1


def test_stars_of_well_known_matrices() -> None:
    assert 1 == star_coloring(band(50, 0)).passes
    assert 3 == star_coloring(band(50)).passes
    assert 2 == star_coloring(arrow(50)).passes
    assert 5 == star_coloring(grid(30)).passes


# -- both directions


@REPEATABLE
@given(patterns())
def test_both_directions_together_read_every_entry_once(pattern: Pattern) -> None:
    found = bicoloring(pattern)
    by_rows = bytearray([not mark for mark in found.by_columns])
    forward = column_passes(pattern, found.columns, found.by_columns)
    reverse = row_passes(pattern, found.rows, by_rows)
    assert list(range(pattern.nonzeros)) == read_by(pattern, forward, reverse)
    assert (len(forward), len(reverse)) == (found.forward, found.reverse)


@REPEATABLE
@given(patterns())
def test_both_directions_never_take_more_than_one(pattern: Pattern) -> None:
    one = min(color_rows(pattern).passes, color_rows(pattern.transposed).passes)
    assert bicoloring(pattern).passes <= one


@pytest.mark.parametrize("n", [4, 50, 500])
def test_an_arrow_takes_three_passes_of_both_and_n_of_either(n: int) -> None:
    pattern = arrow(n)
    assert (n, n) == (color_rows(pattern).passes, color_rows(pattern.transposed).passes)
    assert 3 == bicoloring(pattern).passes


def test_dense_rows_and_columns_around_a_band() -> None:
    n = 200
    rows = [set(row) | {n - 1, n - 2} for row in band(n, 2)]
    rows[0] = rows[7] = set(range(n))
    pattern = Pattern.of_rows([sorted(row) for row in rows], n)
    assert bicoloring(pattern).passes <= 9

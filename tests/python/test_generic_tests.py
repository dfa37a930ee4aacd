"""The generic tests, each on rows that it passes and on rows that it has to find."""

from __future__ import annotations

import duckdb
import pytest

from conftest import MakeDbt

# Each case: the call, rows of the table `tested`, and how many rows it returns.
CASES: dict[str, tuple[str, str, int]] = {
    "unique_combination: the same pair twice": (
        "test_unique_combination('tested', ['a', 'b'])",
        "select * from (values (1, 1), (1, 2), (1, 2), (null, 1)) as rows_of(a, b)",
        1,
    ),
    "unique_combination: nulls are equal": (
        "test_unique_combination('tested', ['a', 'b'])",
        "select * from (values (1, null), (1, null)) as rows_of(a, b)",
        1,
    ),
    "unique_combination: different pairs": (
        "test_unique_combination('tested', ['a', 'b'])",
        "select * from (values (1, 1), (1, 2), (2, 1)) as rows_of(a, b)",
        0,
    ),
    "not_before: a smaller value": (
        "test_not_before('tested', 'b', 'a')",
        "select * from (values (2, 1), (1, 1), (1, 2)) as rows_of(a, b)",
        1,
    ),
    "not_before: nulls pass": (
        "test_not_before('tested', 'b', 'a')",
        "select * from (values (2, null), (null, 1)) as rows_of(a, b)",
        0,
    ),
    "no_overlap: one runs into the next": (
        "test_no_overlap('tested', 'who')",
        "select * from (values ('x', 1, 3), ('x', 2, 4), ('y', 1, 2))"
        " as rows_of(who, valid_from, valid_to)",
        1,
    ),
    "no_overlap: one that lasts before another": (
        "test_no_overlap('tested', 'who')",
        "select * from (values ('x', 1, null), ('x', 2, 4))"
        " as rows_of(who, valid_from, valid_to)",
        1,
    ),
    "no_overlap: two that start together": (
        "test_no_overlap('tested', 'who')",
        "select * from (values ('x', 1, 2), ('x', 1, 2))"
        " as rows_of(who, valid_from, valid_to)",
        1,
    ),
    "no_overlap: one without length": (
        "test_no_overlap('tested', 'who', 'starts', 'ends')",
        "select * from (values ('x', 2, 2)) as rows_of(who, starts, ends)",
        1,
    ),
    "no_overlap: a gap, a seam and an end that lasts": (
        "test_no_overlap('tested', 'who')",
        "select * from (values ('x', 1, 2), ('x', 2, 3), ('x', 5, null), ('y', 1, 9))"
        " as rows_of(who, valid_from, valid_to)",
        0,
    ),
    "in_agreement: a word that nobody agreed on": (
        "test_in_agreement('tested', 'word', 'agreed_words', 'stage')",
        "select * from (values ('mql'), ('hot'), ('hot'), (null)) as rows_of(word)",
        1,
    ),
    "in_agreement: agreed words": (
        "test_in_agreement('tested', 'word', 'agreed_words', 'stage')",
        "select * from (values ('mql'), ('sal'), (null)) as rows_of(word)",
        0,
    ),
    "holds: a row for which it is false": (
        "test_holds('tested', 'a <= b')",
        "select * from (values (2, 1), (1, 1), (null, 1)) as rows_of(a, b)",
        1,
    ),
    "holds: either of two is not both": (
        "test_holds('tested', 'a = 1 or b = 1')",
        "select * from (values (1, 2), (2, 1), (2, 2)) as rows_of(a, b)",
        1,
    ),
}
AGREED_WORDS = "create temp table agreed_words(stage) as values ('mql'), ('sal')"


@pytest.fixture(scope="module")
def compiled(make_dbt: MakeDbt) -> dict[str, str]:
    """The SQL of each case, compiled in one go, for dbt is slow."""
    seam = "\n-- next case --\n"
    calls = seam.join(f"{{{{ {call} }}}}" for call, _, _ in CASES.values())
    outcome = make_dbt()("compile", "--inline", calls)
    sql = outcome.result.results[0].node.compiled_code
    return dict(zip(CASES, sql.split(seam), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_generic_test_finds_what_it_is_for(case: str, compiled: dict[str, str]) -> None:
    _, rows, expected = CASES[case]
    with duckdb.connect() as connection:
        connection.execute(AGREED_WORDS)
        connection.execute(f"create temp table tested as {rows}")
        assert len(connection.sql(compiled[case]).fetchall()) == expected

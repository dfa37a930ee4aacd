"""Young cohorts of 200 worlds: the official rate is right, the naive one is not."""

from __future__ import annotations

import pytest

from conftest import MakeDbt
from grading_conversion import ConversionGrade, grade_conversion


@pytest.fixture(scope="module")
def grade(make_dbt: MakeDbt) -> ConversionGrade:
    def compile_sql(sql: str) -> str:
        outcome = make_dbt()("compile", "--inline", sql)
        return outcome.result.results[0].node.compiled_code

    return grade_conversion(compile_sql)


def test_rate_of_young_cohorts_is_on_average_the_true_one(
    grade: ConversionGrade,
) -> None:
    assert abs(grade.bias) < 0.01, grade


def test_naive_rate_of_young_cohorts_is_far_too_low(grade: ConversionGrade) -> None:
    assert grade.naive_bias < -0.04, grade
    assert abs(grade.naive_bias) > 10 * abs(grade.bias), grade


def test_rate_of_the_closed_ones_is_no_rate_of_the_cohort(
    grade: ConversionGrade,
) -> None:
    assert abs(grade.closed_only_bias) > 10 * abs(grade.bias), grade


def test_interval_holds_the_truth_as_often_as_it_says(grade: ConversionGrade) -> None:
    assert 0.93 <= grade.coverage <= 0.97, grade
    assert 0.93 <= grade.coverage_of_small <= 0.97, grade
    assert 0.93 <= grade.coverage_of_large <= 0.97, grade


def test_few_cohorts_are_too_young_to_tell(grade: ConversionGrade) -> None:
    assert grade.unobserved_count < 0.05 * grade.cohort_count, grade

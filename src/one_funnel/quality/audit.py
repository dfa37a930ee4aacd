"""The audit of a built database: every expectation, and what came of it."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from one_funnel.agreement import Agreement, read_agreement_of
from one_funnel.console import WrongUse
from one_funnel.quality.suites import CRITICAL, MartSuite, suites

SCHEMA = "marts"
SAMPLE_ROWS = 5


class EngineError(WrongUse):
    """The check itself could not be carried out, which says nothing of the data."""


@dataclass(frozen=True)
class CheckResult:
    """What came of one expectation.

    `unexpected_count` counts rows, or is 1 for a table that fails as a whole. `sample`
    shows some failing rows by the ids of people and rows, and is None when all is well.
    """

    check_id: str
    mart: str
    expectation: str
    column_name: str | None
    severity: str
    is_success: bool
    unexpected_count: int
    sample: str | None
    as_of: datetime
    definition_version: str | None


@dataclass(frozen=True)
class Audit:
    """Every result of one audit, sorted by the id of the check."""

    as_of: datetime
    definition_version: str | None
    results: tuple[CheckResult, ...]

    @property
    def violations(self) -> tuple[CheckResult, ...]:
        """The results that forbid a publication."""
        return tuple(
            result
            for result in self.results
            if not result.is_success and result.severity == CRITICAL
        )

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """The failures that are told of and do not forbid a publication."""
        return tuple(
            result
            for result in self.results
            if not result.is_success and result.severity != CRITICAL
        )

    def as_json(self) -> str:
        """The results as a JSON document, equal for equal results."""
        return json.dumps(
            {
                "as_of": self.as_of.isoformat(),
                "definition_version": self.definition_version,
                "results": [
                    asdict(result) | {"as_of": result.as_of.isoformat()}
                    for result in self.results
                ],
            },
            indent=2,
            ensure_ascii=False,
        )


def audit_database(database: Path) -> Audit:
    """Audit the marts of a built database, read-only.

    Raises WrongUse when the database lacks the agreement, and EngineError when a check
    could not be carried out.
    """
    agreement = read_agreement_of(database)
    return audit_suites(database, agreement, suites(agreement))


def audit_suites(
    database: Path, agreement: Agreement, mart_suites: tuple[MartSuite, ...]
) -> Audit:
    """Audit a database against suites that are made already."""
    # Imported here: it takes seconds, and most commands never audit.
    from one_funnel.quality.duckdb_engine import DuckDBFile

    _refuse_missing_marts(database, mart_suites)
    results: list[CheckResult] = []
    with _quiet(), DuckDBFile(database) as file:
        for suite in mart_suites:
            results.extend(_audit_mart(file, suite, agreement))
    return Audit(
        as_of=agreement.as_of,
        definition_version=agreement.definition_version,
        results=tuple(sorted(results, key=lambda result: result.check_id)),
    )


def _refuse_missing_marts(database: Path, mart_suites: tuple[MartSuite, ...]) -> None:
    """Great Expectations has a misleading message for a table that is not there."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select table_name from information_schema.tables where table_schema = ?",
            [SCHEMA],
        ).fetchall()
    names = {name for (name,) in found}
    missing = [suite.mart for suite in mart_suites if suite.mart not in names]
    if missing:
        raise EngineError(
            f"{database} has no {', '.join(missing)}, so nothing is known of "
            "what they would hold: build the whole project with `one-funnel build`"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what Great Expectations prints; failures are told by their result."""
    # Some of its loggers have a level of their own, so all are held back at once.
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _audit_mart(file: Any, suite: MartSuite, agreement: Agreement) -> list[CheckResult]:
    import great_expectations as gx

    rows = file.table(SCHEMA, suite.mart)

    def validate(name: str, expectations: list[Any], result_format: Any) -> list[Any]:
        definition = gx.ValidationDefinition(
            name=name,
            data=rows,
            suite=file.context.suites.add(
                gx.ExpectationSuite(name=name, expectations=expectations)
            ),
        )
        outcome = file.context.validation_definitions.add(definition).run(
            result_format=result_format
        )
        return list(outcome.results)

    expectations = {
        expectation.meta["check_id"]: expectation for expectation in suite.expectations
    }
    # Copies, since a suite ties an expectation to itself.
    outcomes = validate(
        suite.mart,
        [expectation.copy() for expectation in expectations.values()],
        "SUMMARY",
    )
    for outcome in outcomes:
        _raise_engine_error(suite.mart, outcome)
    # Ids of failing rows cost a query each, so they are asked for failures alone.
    failed = [_check_id(outcome) for outcome in outcomes if not outcome.success]
    if failed:
        samples = validate(
            f"{suite.mart} failures",
            [expectations[check_id].copy() for check_id in failed],
            {
                "result_format": "SUMMARY",
                "unexpected_index_column_names": list(suite.sample_columns),
            },
        )
        for outcome in samples:
            _raise_engine_error(suite.mart, outcome)
        sampled = {_check_id(outcome): outcome for outcome in samples}
    else:
        sampled = {}
    return [
        _check_result(
            suite,
            expectations[_check_id(outcome)],
            sampled.get(_check_id(outcome), outcome),
            agreement,
        )
        for outcome in outcomes
    ]


def _check_id(outcome: Any) -> str:
    return str(outcome.expectation_config.meta["check_id"])


def _raise_engine_error(mart: str, outcome: Any) -> None:
    """Raise EngineError when the expectation was not evaluated.

    The exception is either told flatly or by metric, each with its own message.
    """
    information = outcome.exception_info or {}
    if "raised_exception" in information:
        told = [information]
    else:
        told = [part for part in information.values() if isinstance(part, dict)]
    for part in told:
        if part.get("raised_exception"):
            raise EngineError(
                f"the check {_check_id(outcome)} could not be carried out on {mart}, "
                "which says nothing of its rows: "
                f"{_first_line(part.get('exception_message') or part)}"
            )


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _check_result(
    suite: MartSuite, expectation: Any, outcome: Any, agreement: Agreement
) -> CheckResult:
    details = outcome.result or {}
    is_success = bool(outcome.success)
    unexpected = int(details.get("unexpected_count") or 0)
    return CheckResult(
        check_id=_check_id(outcome),
        mart=suite.mart,
        expectation=expectation.description,
        column_name=_column_name(expectation),
        severity=str(expectation.severity.value),
        is_success=is_success,
        unexpected_count=0 if is_success else max(unexpected, 1),
        sample=None if is_success else _sample(suite, details),
        as_of=agreement.as_of,
        definition_version=agreement.definition_version,
    )


def _column_name(expectation: Any) -> str | None:
    for name in ("column", "column_A"):
        column = getattr(expectation, name, None)
        if column:
            return str(column)
    columns = getattr(expectation, "column_list", None)
    return ", ".join(columns) if columns else None


def _sample(suite: MartSuite, details: dict[str, Any]) -> str | None:
    """Some failing rows by their ids, such as `person_id=…, pass_id=…; …`."""
    rows = details.get("partial_unexpected_index_list") or [
        # A key of several columns is told by its values, which are ids too.
        row
        for row in details.get("partial_unexpected_list") or []
        if isinstance(row, dict) and set(row) == set(suite.key)
    ]
    shown = sorted(
        ", ".join(
            f"{column}={row[column]}"
            for column in suite.sample_columns
            if column in row
        )
        for row in rows
    )
    return "; ".join(dict.fromkeys(shown[:SAMPLE_ROWS])) or None

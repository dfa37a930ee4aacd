"""The answers as rows of CSV files: sorted, and equal from run to run."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from .calendar import utc
from .interpret import Answers

AnswerRow = dict[str, str]


def answer_rows(answers: Answers) -> dict[str, list[AnswerRow]]:
    """The answers by file, each a list of sorted rows of texts."""
    tables = {
        "passes": _passes(answers),
        "stage_events": _stage_events(answers),
        "mql_events": _mql_events(answers),
        "ownership_periods": _ownership_periods(answers),
        "handovers": _handovers(answers),
        "commitments": _commitments(answers),
    }
    return {
        name: sorted(
            ({column: _text(value) for column, value in row.items()} for row in rows),
            key=lambda row: tuple(row.values()),
        )
        for name, rows in tables.items()
    }


def write_answers(answers: Answers, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write the files; yields each with the number of its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in answer_rows(answers).items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(
                lines, list(rows[0]) if rows else [], lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)
        yield path, len(rows)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _passes(answers: Answers) -> Iterator[dict[str, object]]:
    for pass_ in answers.passes:
        yield {
            "pass_id": pass_.pass_id,
            "person_id": pass_.person_id,
            "account_id": answers.accounts.get(pass_.person_id),
            "pass_number": pass_.pass_number,
            "pass_type": "expansion" if pass_.is_expansion else "new_business",
            "opened_at": pass_.opened_at,
            **{
                f"{stage}_at": pass_.entered_at.get(stage)
                for stage in ("inquiry", "mql", "sal", "sql", "opportunity")
            },
            "closed_at": pass_.closed_at,
            "outcome": pass_.outcome,
            "outcome_reason": pass_.outcome_reason,
            "mql_trigger": pass_.mql_trigger,
        }


def _stage_events(answers: Answers) -> Iterator[dict[str, object]]:
    for event in answers.stage_events:
        yield {
            "pass_id": event.pass_id,
            "occurred_at": event.occurred_at,
            "stage": event.stage,
            "previous_stage": event.previous_stage,
            "event": event.event,
        }


def _mql_events(answers: Answers) -> Iterator[dict[str, object]]:
    for event in answers.mql_events:
        yield {
            "pass_id": event.pass_id,
            "occurred_at": event.occurred_at,
            "trigger": event.trigger,
            "definition_version": event.definition_version,
            "fit_points": event.score and f"{event.score.fit:.6f}",
            "behaviour_points": event.score and f"{event.score.behaviour:.6f}",
            "total_points": event.score and f"{event.score.total:.6f}",
        }


def _ownership_periods(answers: Answers) -> Iterator[dict[str, object]]:
    for period in answers.ownership_periods:
        yield {
            "person_id": period.person_id,
            "valid_from": period.valid_from,
            "valid_to": period.valid_to,
            "owner_team": period.team,
            "owner_user_id": period.user_id,
        }


def _handovers(answers: Answers) -> Iterator[dict[str, object]]:
    for handover in answers.handovers:
        yield {
            "person_id": handover.person_id,
            "assigned_at": handover.assigned_at,
            "direction": handover.direction,
            "tier": handover.tier,
            "first_attempt_at": handover.first_attempt_at,
            "decided_at": handover.decided_at,
            "decision": handover.decision,
            "reason_code": handover.reason_code,
            "limbo_business_minutes": handover.limbo_business_minutes,
            "first_touch_business_minutes": handover.first_touch_business_minutes,
            "decision_business_minutes": handover.decision_business_minutes,
            "first_touch_clock_minutes": handover.first_touch_clock_minutes,
            "is_first_touch_met": handover.is_first_touch_met,
            "is_decision_met": handover.is_decision_met,
            "is_pre_contact": handover.is_pre_contact,
            "is_premature": handover.is_premature,
        }


def _commitments(answers: Answers) -> Iterator[dict[str, object]]:
    for answer in answers.commitments:
        commitment = answer.commitment
        yield {
            "person_id": commitment.person_id,
            "requested_at": commitment.requested_at,
            "due_at": commitment.due_at,
            "holder_user_id": commitment.holder_user_id,
            "outcome": answer.outcome.outcome,
            "resolved_at": answer.outcome.resolved_at,
        }

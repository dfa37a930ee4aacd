"""Write the answers as CSV files, or print the life of one person."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from .calendar import utc
from .interpret import Answers, interpret
from .writing import write_answers

HELP = """\
examples:
  python -m tests.python.reference --exports seeds/exports \\
      --out tests/fixtures/demo_truth
  python -m tests.python.reference --exports seeds/exports \\
      --person email:ann@firm.example
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.python.reference",
        description="Answer from raw exports by hand, apart from the warehouse.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--exports", type=Path, required=True, help="folder of raw exports"
    )
    parser.add_argument("--as-of", help="an instant such as 2026-10-05T05:00:00Z")
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--out", type=Path, help="folder to write the answers to")
    task.add_argument(
        "--person",
        help="print a life: a person_id or pass_id (or its beginning), or a key such "
        "as email:ann@firm.example, hubspot:12, sf_lead:00Q...",
    )
    options = parser.parse_args(arguments)
    as_of = datetime.fromisoformat(options.as_of) if options.as_of else None
    answers = interpret(options.exports, as_of)
    if options.out:
        for path, rows in write_answers(answers, options.out):
            print(f"{path}: {rows} rows", file=sys.stderr)
        return 0
    people = find_people(answers, options.person)
    if len(people) != 1:
        print(f"{len(people)} people have {options.person!r}", file=sys.stderr)
        return 1
    print(life_of(answers, people[0]))
    return 0


def find_people(answers: Answers, wanted: str) -> list[str]:
    """The people whose key, id or pass begins as wanted."""
    if wanted in answers.people:
        return [answers.people[wanted]]
    return sorted(
        {person_id for person_id in answers.stories if person_id.startswith(wanted)}
        | {p.person_id for p in answers.passes if p.pass_id.startswith(wanted)}
    )


def life_of(answers: Answers, person_id: str) -> str:
    """The life of a person: every line dated in UTC, and what came of it."""
    keys = sorted(key for key, owner in answers.people.items() if owner == person_id)
    lines = [f"person {person_id}", *(f"  key {key}" for key in keys), ""]
    story = [(line.occurred_at, 0, line.text) for line in answers.stories[person_id]]
    story += [
        (
            period.valid_from,
            1,
            f"    owner: {period.team} {period.user_id or ''} ({period.change_reason})",
        )
        for period in answers.ownership_periods
        if period.person_id == person_id
    ]
    # Sorting is stable: the lines of one second stay in the order in which they came.
    story.sort(key=lambda line: line[0])
    lines += [f"{utc(occurred_at)}  {text}" for occurred_at, _, text in story]
    lines += ["", f"as of {utc(answers.as_of)}"]
    for pass_ in answers.passes:
        if pass_.person_id == person_id:
            reached = ", ".join(
                f"{stage} {utc(at)}" for stage, at in pass_.entered_at.items()
            )
            end = (
                f"{pass_.outcome} ({pass_.outcome_reason or '-'}) "
                f"{utc(pass_.closed_at)}"
                if pass_.closed_at
                else "open"
            )
            lines.append(f"pass {pass_.pass_number} {pass_.pass_id}: {reached}; {end}")
    for handover in answers.handovers:
        if handover.person_id == person_id:
            lines.append(
                f"{handover.direction} {utc(handover.assigned_at)}: "
                f"{handover.tier or '-'}, {handover.decision or 'no decision'} "
                f"{handover.reason_code or ''}; limbo {handover.limbo_business_minutes}"
                f", first touch {handover.first_touch_business_minutes}, "
                f"decision {handover.decision_business_minutes} business minutes"
            )
    for answer in answers.commitments:
        promise = answer.commitment
        if promise.person_id == person_id:
            resolved_at = answer.outcome.resolved_at
            lines.append(
                f"promise asked {utc(promise.requested_at)} ({promise.source} "
                f"{promise.record_id}, {promise.months} months), due "
                f"{utc(promise.due_at)}, holder {promise.holder_user_id}: "
                f"{answer.outcome.outcome} "
                f"{utc(resolved_at) if resolved_at else ''}"
            )
    for refused in answers.refused:
        if refused.event.person_id == person_id:
            lines.append(
                f"set aside: {refused.event.event} {utc(refused.event.occurred_at)} "
                f"[{refused.event.receipt_id}]: {refused.reason}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

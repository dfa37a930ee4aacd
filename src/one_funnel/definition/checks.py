"""Whether the agreement holds together, asked of the tests that every build runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from one_funnel.building import is_failed, run_dbt, told
from one_funnel.console import WrongUse
from one_funnel.project import DATABASE_NAME, Project

# The seeds, and the tests that need no more than them.
SELECTION = (
    *("--select", "path:seeds/lead_definition", "path:seeds/mappings"),
    *("--indirect-selection", "cautious"),
)


@dataclass(frozen=True)
class Checked:
    """How many checks there were, and what those say that failed."""

    check_count: int
    findings: tuple[str, ...]


def check_agreement(project: Project) -> Checked:
    """Load the agreement and the mappings into a database of their own and test them.

    The working database is left as it is. Raises WrongUse when dbt cannot start.
    """
    with TemporaryDirectory(prefix="one_funnel_definition_") as folder:
        outcome = run_dbt(
            replace(project, database=Path(folder) / DATABASE_NAME),
            "build",
            *SELECTION,
            *("--target-path", str(Path(folder) / "target")),
            *("--log-path", str(Path(folder) / "logs")),
        )
    results = getattr(outcome.result, "results", None) or []
    findings = tuple(told(result) for result in results if is_failed(result))
    if not outcome.success and not findings:
        raise WrongUse(f"dbt could not start the checks: {outcome.exception}")
    return Checked(
        check_count=sum(str(result.node.resource_type) == "test" for result in results),
        findings=findings,
    )

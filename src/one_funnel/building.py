"""dbt in this process: the build of the working database."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from one_funnel.console import Finding, WrongUse
from one_funnel.project import Project


class BuildFailed(Finding):
    """A model, a seed or a test failed; the message is dbt's."""


@dataclass(frozen=True)
class Built:
    """What dbt did: how many nodes of each kind held, and what it warned of."""

    counts: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]


def build_database(
    project: Project, exports_dir: Path | None = None, as_of: str | None = None
) -> Built:
    """Build the working database with everything but the unit tests.

    `exports_dir` is a folder of raw exports instead of the demo's, and `as_of` an
    instant such as `2026-10-05T05:00:00Z` instead of that of the newest export. Raises
    BuildFailed on the first node that fails, with its message.
    """
    variables: dict[str, str] = {}
    if exports_dir is not None:
        variables["exports_dir"] = str(exports_dir.absolute())
    if as_of is not None:
        variables["as_of"] = as_of
    project.database.parent.mkdir(parents=True, exist_ok=True)
    outcome = run_dbt(
        project,
        "build",
        *("--exclude-resource-type", "unit_test", "--fail-fast"),
        *("--vars", json.dumps(variables, sort_keys=True)),
    )
    results = getattr(outcome.result, "results", None)
    failed = [told(result) for result in results or [] if is_failed(result)]
    if failed:
        raise BuildFailed(
            "\n".join(
                [
                    *failed,
                    f"The working database {project.database} is unfinished and the "
                    "last publication stays in force. Mend this and build again.",
                ]
            )
        )
    if not outcome.success:
        raise WrongUse(f"dbt could not start the build: {outcome.exception}")
    counts: dict[str, int] = {}
    for result in results or []:
        kind = str(result.node.resource_type)
        counts[kind] = counts.get(kind, 0) + 1
    return Built(
        counts=tuple(sorted(counts.items())),
        warnings=tuple(
            told(result) for result in results or [] if str(result.status) == "warn"
        ),
    )


def run_dbt(project: Project, *arguments: str) -> Any:
    """Invoke dbt on the project and give the database's lock back."""
    # Imported here: it takes seconds, and a command's --help should not.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    previous = os.environ.get("ONE_FUNNEL_DATABASE")
    os.environ["ONE_FUNNEL_DATABASE"] = str(project.database)
    # dbt resolves its own log and target folders against the project's root.
    try:
        return dbtRunner().invoke(
            [
                *arguments,
                *("--project-dir", str(project.root)),
                *("--profiles-dir", str(project.root)),
                # Standard output is for data; what fails is told by the caller.
                *("--log-level", "none"),
                "--no-send-anonymous-usage-stats",
            ]
        )
    finally:
        # Without this the process keeps the lock, and the audit cannot open the file.
        DuckDBConnectionManager.close_all_connections()
        if previous is None:
            del os.environ["ONE_FUNNEL_DATABASE"]
        else:
            os.environ["ONE_FUNNEL_DATABASE"] = previous


def is_failed(result: Any) -> bool:
    """Whether dbt says of a node that it did not succeed."""
    return str(result.status) in ("error", "fail", "runtime error")


def told(result: Any) -> str:
    """What dbt says of a node, with its name and its file in front."""
    node = result.node
    return f"{node.resource_type} {node.name} ({node.original_file_path}): " + str(
        result.message
    )

"""dbt in this process: the build of the working database."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from one_funnel.console import Finding, WrongUse
from one_funnel.project import Project


class BuildFailed(Finding):
    """A model, a seed or a test failed; the message is dbt's."""


# What a person thinks of as built; dbt's hooks and exposures are results to it as well.
COUNTED_KINDS = ("model", "seed", "test")


@dataclass(frozen=True)
class Built:
    """What dbt did: how many nodes of each kind held, and what it warned of.

    The warnings are those of the tests, and what the project's macros say themselves,
    such as the words that no mapping knows.
    """

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
    said: list[str] = []
    outcome = run_dbt(
        project,
        "build",
        *("--exclude-resource-type", "unit_test", "--fail-fast"),
        *("--vars", json.dumps(variables, sort_keys=True)),
        said=said,
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
    kinds = Counter(str(result.node.resource_type) for result in results or [])
    warned = [told(result) for result in results or [] if str(result.status) == "warn"]
    return Built(
        counts=tuple((kind, kinds[kind]) for kind in COUNTED_KINDS if kinds[kind]),
        warnings=(*warned, *said),
    )


def run_dbt(project: Project, *arguments: str, said: list[str] | None = None) -> Any:
    """Invoke dbt on the project and give the database's lock back.

    `said`, where it is given, gets what the project's own macros log.
    """
    # Imported here: it takes seconds, and a command's --help should not.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    def listen(event: Any) -> None:
        if said is not None and event.info.name == "JinjaLogInfo":
            said.append(event.info.msg.removeprefix("WARNING: "))

    previous = os.environ.get("ONE_FUNNEL_DATABASE")
    os.environ["ONE_FUNNEL_DATABASE"] = str(project.database)
    try:
        return dbtRunner(callbacks=[listen]).invoke(
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

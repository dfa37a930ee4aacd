"""Where the project, its databases and its pages lie."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from one_funnel.console import WrongUse

# The catalog that stored views name is the stem of the file, so it never changes.
DATABASE_NAME = "one_funnel.duckdb"
# As `profiles.yml` has it.
MEMORY_LIMIT = "2750MB"


@dataclass(frozen=True)
class Project:
    """The folders of one checkout of One Funnel.

    `root` holds `dbt_project.yml`; `database` is the working database that dbt builds;
    `warehouse` holds the published builds; `reports` holds the pages. All absolute.
    """

    root: Path
    database: Path
    warehouse: Path
    reports: Path

    @property
    def published(self) -> Path:
        """The link that readers open; it points to the build that is in force."""
        return self.warehouse / DATABASE_NAME


def find_project(
    database: Path | None = None,
    warehouse: Path | None = None,
    reports: Path | None = None,
) -> Project:
    """The project of the current folder, else the one that this package lies in.

    The database comes from the argument, else from ONE_FUNNEL_DATABASE, else it is
    `warehouse/work/one_funnel.duckdb` of the project; the other folders stand in the
    project's root. Raises WrongUse when there is no project or the name of the
    database is not `one_funnel.duckdb`.
    """
    here = Path.cwd()
    beside_package = Path(__file__).parents[2]
    for root in (here, *here.parents, beside_package):
        if (root / "dbt_project.yml").exists():
            break
    else:
        raise WrongUse(
            f"there is no dbt_project.yml in {here} or above it: "
            "run this in a checkout of One Funnel"
        )
    from_environment = os.environ.get("ONE_FUNNEL_DATABASE")
    if database is None and from_environment:
        database = Path(from_environment)
    if database is None:
        database = root / "warehouse" / "work" / DATABASE_NAME
    if database.name != DATABASE_NAME:
        raise WrongUse(
            f"the database has to be called {DATABASE_NAME}, since stored views carry "
            f"that name: use another folder instead of {database}"
        )
    return Project(
        root=root,
        database=database.absolute(),
        warehouse=(warehouse or root / "warehouse").absolute(),
        reports=(reports or root / "reports").absolute(),
    )


def existing_database(project: Project) -> Path:
    """The working database, or WrongUse when it has not been built."""
    if not project.database.exists():
        raise WrongUse(
            f"{project.database} does not exist: run `one-funnel build` first, "
            "or name a built database with --database"
        )
    return project.database


def engine_configuration() -> dict[str, Any]:
    """How much memory the engine may hold; it spills the rest beside its database.

    From ONE_FUNNEL_MEMORY_LIMIT, as dbt takes it while it builds. Raises WrongUse when
    that is no amount.
    """
    limit = os.environ.get("ONE_FUNNEL_MEMORY_LIMIT") or MEMORY_LIMIT
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", limit):
        raise WrongUse(
            f"ONE_FUNNEL_MEMORY_LIMIT is {limit}, which is no amount of memory: give a "
            f"number and a unit, such as {MEMORY_LIMIT}, or unset it"
        )
    return {"memory_limit": limit}

"""Publication: an audited database becomes what readers open.

Each publication is a folder `builds/<id>` with a DuckDB file and the same tables as
Parquet. `one_funnel.duckdb` beside it is a link that is swapped in one step, so readers
see the old build or the new one and never a mix: whoever has the old one open finishes
on it. Nothing here reads a clock, so the same marts give the same id and bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from one_funnel.agreement import read_agreement_of
from one_funnel.console import Finding, WrongUse
from one_funnel.project import DATABASE_NAME, engine_configuration
from one_funnel.quality.audit import Audit

BUILDS_KEPT = 5
PUBLISHED_SCHEMAS = ("marts", "lead_definition")
# These two are made here, and stand among the marts for whoever reads them.
RESULTS_TABLE = "data_quality_results"
PUBLICATION_TABLE = "publication"

CREATE_RESULTS = f"""
create table marts.{RESULTS_TABLE} (
    check_id varchar not null,
    mart varchar not null,
    expectation varchar not null,
    column_name varchar,
    severity varchar not null,
    is_success boolean not null,
    unexpected_count bigint not null,
    sample varchar,
    as_of timestamp with time zone not null,
    definition_version varchar
)
"""

CREATE_PUBLICATION = f"""
create table marts.{PUBLICATION_TABLE} (
    build_id varchar not null,
    as_of timestamp with time zone not null,
    definition_version varchar,
    code_version varchar not null
)
"""


class AuditFailed(Finding):
    """The audit forbids the publication; the last one stays in force."""


@dataclass(frozen=True)
class Publication:
    """A build that readers can open.

    `link` is what they open, and `database` is the file that it points to now.
    """

    build_id: str
    link: Path
    database: Path
    as_of: datetime
    definition_version: str | None
    table_count: int


def publish(
    database: Path, warehouse: Path, audit: Audit, builds_kept: int = BUILDS_KEPT
) -> Publication:
    """Publish the marts of an audited database, and prune old builds.

    Raises AuditFailed when the audit has a violation, and WrongUse when the audit is of
    another instant than the database or the link's place is taken by a file.
    """
    if audit.violations:
        raise AuditFailed(tell_violations(audit))
    agreement = read_agreement_of(database)
    if agreement.as_of != audit.as_of:
        raise WrongUse(
            f"the audit is of {audit.as_of.isoformat()} and {database} of "
            f"{agreement.as_of.isoformat()}: audit the database that is to be published"
        )
    link = warehouse / DATABASE_NAME
    _refuse_a_file_at(link)
    builds = warehouse / "builds"
    builds.mkdir(parents=True, exist_ok=True)
    with _incoming_folder(builds) as incoming:
        tables = _copy_tables(database, incoming, audit)
        build_id = _build_id(incoming, agreement.as_of_date)
        _add_publication(incoming, build_id, audit)
        build = builds / build_id
        # The same content under the same id may be open already, and stays.
        if not build.exists():
            incoming.rename(build)
    point_at(link, build)
    _prune(builds, keep=builds_kept, in_force=build)
    return Publication(
        build_id=build_id,
        link=link,
        database=build / DATABASE_NAME,
        as_of=audit.as_of,
        definition_version=audit.definition_version,
        table_count=tables,
    )


def roll_back(warehouse: Path, build_id: str) -> Path:
    """Put an earlier build in force again, and return its database file.

    Raises WrongUse, with the builds that are kept, when there is no such build.
    """
    builds = warehouse / "builds"
    build = builds / build_id
    kept = [path.name for path in _finished_builds(builds)]
    if build_id not in kept:
        raise WrongUse(
            f"there is no build {build_id!r} to go back to; kept are: "
            f"{', '.join(kept) or 'none'}"
        )
    link = warehouse / DATABASE_NAME
    _refuse_a_file_at(link)
    point_at(link, build)
    return build / DATABASE_NAME


def point_at(link: Path, build: Path) -> None:
    """Point the link at a build in one step that no reader can fall between."""
    # Publishing an old content again makes it the newest, which pruning goes by.
    os.utime(build)
    swap = link.with_name(f".{link.name}.{os.getpid()}")
    swap.unlink(missing_ok=True)
    # A relative link keeps its meaning when the folder is moved or mounted elsewhere.
    swap.symlink_to(os.path.relpath(build / DATABASE_NAME, link.parent))
    os.replace(swap, link)


def tell_violations(audit: Audit) -> str:
    """Say which marts fail which expectation, with sample rows, and what to do."""
    lines = [
        f"{len(audit.violations)} of {len(audit.results)} checks forbid a publication; "
        "the last good one stays in force."
    ]
    for result in audit.violations:
        lines.append(f"  {result.mart}: {result.expectation}")
        lines.append(f"    check {result.check_id}, {result.unexpected_count} row(s)")
        if result.sample:
            lines.append(f"    for example {result.sample}")
    lines.append("Look these rows up in the working database, mend, and build again.")
    return "\n".join(lines)


def _refuse_a_file_at(link: Path) -> None:
    if link.exists() and not link.is_symlink():
        raise WrongUse(
            f"{link} is a file of its own, where the link to the published build has "
            "to stand: move it away and publish again"
        )


@contextmanager
def _incoming_folder(builds: Path) -> Iterator[Path]:
    """A folder for a build that is not finished; it is gone afterwards."""
    incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=builds))
    # A build is for all who may read the warehouse, unlike a temporary folder.
    incoming.chmod(0o755)
    try:
        yield incoming
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _copy_tables(database: Path, incoming: Path, audit: Audit) -> int:
    """Copy marts, agreement and results into the folder; the number of tables."""
    with duckdb.connect(
        str(incoming / DATABASE_NAME), config=engine_configuration()
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {_quoted(database)} as working (read_only)")
        names = _tables_to_publish(connection)
        for schema in PUBLISHED_SCHEMAS:
            connection.execute(f"create schema {schema}")
        for schema, table in names:
            # Rows in one order make files of the same content the same file.
            connection.execute(
                f'create table {schema}."{table}" as '
                f'select * from working.{schema}."{table}" '
                "order by all asc nulls last"
            )
        _copy_comments(connection, names)
        connection.execute(CREATE_RESULTS)
        if audit.results:
            connection.executemany(
                f"insert into marts.{RESULTS_TABLE} "
                f"values ({', '.join('?' * len(astuple(audit.results[0])))})",
                [astuple(result) for result in audit.results],
            )
        names = [*names, ("marts", RESULTS_TABLE)]
        for schema, table in names:
            _write_parquet(connection, incoming, schema, table)
        connection.execute("detach working")
    return len(names)


def _tables_to_publish(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, str]]:
    names = connection.execute(
        """
        select table_schema, table_name
        from information_schema.tables
        where
            table_catalog = 'working'
            and table_schema in (select unnest($schemas))
            and table_name not in (select unnest($made_here))
        order by table_schema, table_name
        """,
        {
            "schemas": list(PUBLISHED_SCHEMAS),
            "made_here": [RESULTS_TABLE, PUBLICATION_TABLE],
        },
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in names]


def _copy_comments(
    connection: duckdb.DuckDBPyConnection, names: list[tuple[str, str]]
) -> None:
    """Copy the descriptions that dbt left on tables and columns, where it did."""
    tables = connection.execute(
        """
        select schema_name, table_name, comment
        from duckdb_tables()
        where database_name = 'working' and comment is not null
        """
    ).fetchall()
    columns = connection.execute(
        """
        select schema_name, table_name, column_name, comment
        from duckdb_columns()
        where database_name = 'working' and comment is not null
        """
    ).fetchall()
    for schema, table, comment in tables:
        if (schema, table) in names:
            connection.execute(
                f'comment on table {schema}."{table}" is {_quoted(comment)}'
            )
    for schema, table, column, comment in columns:
        if (schema, table) in names:
            connection.execute(
                f'comment on column {schema}."{table}"."{column}" is {_quoted(comment)}'
            )


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, schema: str, table: str
) -> None:
    path = folder / schema / f"{table}.parquet"
    path.parent.mkdir(exist_ok=True)
    connection.execute(
        f'copy (select * from {schema}."{table}") to {_quoted(path)} '
        "(format parquet, compression zstd)"
    )


def _build_id(incoming: Path, as_of_date: date) -> str:
    """The local day of `as_of` and a hash over what is published."""
    content = hashlib.sha256(version("one-funnel").encode())
    for path in sorted(incoming.rglob("*.parquet")):
        content.update(path.relative_to(incoming).as_posix().encode())
        with path.open("rb") as file:
            content.update(hashlib.file_digest(file, "sha256").digest())
    return f"{as_of_date.isoformat()}-{content.hexdigest()[:12]}"


def _add_publication(incoming: Path, build_id: str, audit: Audit) -> None:
    """Write the row that tells a reader what it reads."""
    database = incoming / DATABASE_NAME
    with duckdb.connect(str(database)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(CREATE_PUBLICATION)
        connection.execute(
            f"insert into marts.{PUBLICATION_TABLE} values (?, ?, ?, ?)",
            [build_id, audit.as_of, audit.definition_version, version("one-funnel")],
        )
        _write_parquet(connection, incoming, "marts", PUBLICATION_TABLE)
    left_over = database.with_name(f"{DATABASE_NAME}.wal")
    if left_over.exists():
        raise WrongUse(
            f"{left_over} was not written into the database: is the disk full? "
            "Publish again when there is room"
        )


def _finished_builds(builds: Path) -> list[Path]:
    """The builds that are kept, the newest first."""
    if not builds.exists():
        return []
    return sorted(
        (
            path
            for path in builds.iterdir()
            if path.is_dir() and not path.name.startswith(".")
        ),
        key=lambda path: (path.stat().st_mtime_ns, path.name),
        reverse=True,
    )


def _prune(builds: Path, keep: int, in_force: Path) -> None:
    for build in _finished_builds(builds)[keep:]:
        if build != in_force:
            shutil.rmtree(build)


def _quoted(text: object) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"

"""What each room of the warehouse costs, in worlds of two and twenty million events.

Builds in processes of their own: of a world of nearly nothing, which tells what dbt
itself costs, and of worlds of two and of twenty million page views with their share of
people. One thread builds one node at a time, so the CPU between its start and its end
is its own, with the writing back of what it left in the database's log; what the same
node took in the world of nearly nothing is dbt's, the rest is data work. Tests of data
are a room too. All but the largest world are built three times in turn, each time anew,
and the middle one of what a node took counts.

All is held against one scan of the inputs: DuckDB reads every column of every exported
file and sums the lengths of what stands there. What it takes to read the tables of the
largest world and to write them as they are stands beside it: so much of the build goes
to keeping, whatever is computed.

    python -m benchmarks.rooms
    python -m benchmarks.rooms --page-views 200000 2000000
"""

from __future__ import annotations

import argparse
import datetime
import math
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import yaml

from benchmarks.measuring import (
    PROJECT,
    Figure,
    Measurement,
    NodeCost,
    Report,
    dbt_job,
    make_world,
    measure,
)

PAGE_VIEWS = (2_000_000, 20_000_000)
VIEWS_OF_A_PERSON = 66
NEARLY_NOTHING = {"people": 300, "page_views": 3_000}
# As `profiles.yml` has it.
THREADS = 4
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb")

# Bounds for the larger world, in scans of the inputs, mebibytes and powers of the size.
MOST_SCANS = 22
MOST_SCANS_OF_SESSIONS = 10
MOST_MEBIBYTES = 4096
MOST_GROWTH = 1.08
# Builds of each world but the largest.
BUILDS = 3
# What costs less in the larger world says nothing of how it grows.
LEAST_SECONDS_TO_GROW = 1.0

# Rooms that read no export.
WITHOUT_DATA = ("unit tests", "seeds")
SESSIONS = ("int_session_spans", "int_sessions")
MODELS_IN = re.compile(r"^(staging|utilities|(?:intermediate|marts)/[a-z_]+)/")


@dataclass(frozen=True)
class Node:
    """What one node of dbt took."""

    room: str
    name: str
    cpu_seconds: float
    peak_mebibytes: float


def scan(exports: str) -> Callable[[], int]:
    """Read every column of every exported file once."""
    tables: dict[str, list[str]] = defaultdict(list)
    for file in sorted(Path(exports).rglob("*.parquet")):
        table = re.sub(r"_\d.*$", "", file.stem)
        tables[table].append(str(file))
    connection = duckdb.connect()
    statements = []
    for files in tables.values():
        (columns,) = connection.execute(
            "select list(distinct name) from parquet_schema(?)"
            " where num_children is null",
            [files],
        ).fetchall()[0]
        lengths = " + ".join(
            f'sum(coalesce(strlen(cast("{column}" as varchar)), 0))'
            for column in columns
        )
        statements.append(
            (f"select {lengths} from read_parquet(?, union_by_name = true)", files)
        )

    def work() -> int:
        return sum(
            int(connection.execute(statement, [files]).fetchall()[0][0] or 0)
            for statement, files in statements
        )

    return work


def room_of(unique_id: str, path: str) -> str:
    """The folder that a model lies in; tests and seeds are rooms of their own."""
    kind = unique_id.split(".")[0]
    if kind != "model":
        return {"test": "tests", "unit_test": "unit tests"}.get(kind, "seeds")
    found = MODELS_IN.match(path)
    return found.group(1) if found else "staging"


def build(exports: str, folder: str, threads: int) -> Callable[[], list[NodeCost]]:
    """Build and test the warehouse over the exports, node by node."""
    return dbt_job(Path(folder), ["build"], exports=exports, threads=threads)


def keep_again(database: str, copy: str) -> Callable[[], int]:
    """Read every table of a built warehouse, and write it as it is to another file."""
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text("utf-8"))
    embedded = profiles["one_funnel"]["outputs"]["embedded"]
    connection = duckdb.connect(copy)
    for name, value in embedded["settings"].items():
        connection.execute(f"set {name} = '{value}'")
    connection.execute(f"attach '{database}' as built (read_only)")
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = 'built' order by all"
    ).fetchall()

    def work() -> int:
        for schema, table in tables:
            connection.execute(
                f'create table "{schema}.{table}" as from built."{schema}"."{table}"'
            )
        connection.execute("checkpoint")
        return len(tables)

    return work


def nodes_of(builds: Sequence[Measurement]) -> list[Node]:
    """The nodes of some builds of a world: the middle of their CPU, the most memory."""
    costs: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for measured in builds:
        for unique_id, path, seconds, peak in measured.answer:
            costs[unique_id, path].append((seconds, peak))
    return [
        Node(
            room_of(unique_id, path),
            unique_id.split(".")[2],
            median(seconds for seconds, _ in runs),
            max(peak for _, peak in runs),
        )
        for (unique_id, path), runs in costs.items()
    ]


def build_alone(exports: Path, folder: Path) -> Measurement:
    """A build of a world, one node at a time, into a folder that is removed."""
    with tempfile.TemporaryDirectory(dir=folder) as home:
        return measure(
            "benchmarks.rooms:build",
            runs=1,
            exports=str(exports),
            folder=home,
            threads=1,
        )


def builds_in_turn(worlds: Sequence[Path], folder: Path) -> list[list[Measurement]]:
    """Some builds of each world, in turn: a machine has better and worse hours."""
    rounds = [[build_alone(world, folder) for world in worlds] for _ in range(BUILDS)]
    return [list(builds) for builds in zip(*rounds, strict=True)]


def cpu_of(builds: Sequence[Measurement]) -> float:
    """CPU seconds of the middle one of some builds."""
    return median(measured.cpu_seconds for measured in builds)


def seconds_by(nodes: list[Node], part: Callable[[Node], str]) -> dict[str, float]:
    """CPU seconds of the nodes by a part of them."""
    seconds: dict[str, float] = defaultdict(float)
    for node in nodes:
        seconds[part(node)] += node.cpu_seconds
    return seconds


def data_work(nodes: list[Node], empty: list[Node]) -> list[Node]:
    """The nodes without what dbt takes for them in a world of nearly nothing."""
    own_cost = {(node.room, node.name): node.cpu_seconds for node in empty}
    return [
        Node(
            node.room,
            node.name,
            node.cpu_seconds - own_cost.get((node.room, node.name), 0.0),
            node.peak_mebibytes,
        )
        for node in nodes
    ]


def growth(smaller: float, larger: float, factor: float) -> float:
    """The power of the size by which a cost grew."""
    return math.log(max(larger, 1e-3) / max(smaller, 1e-3)) / math.log(factor)


def run(
    page_views: tuple[int, ...], report: Report, folder: Path, *, is_whole: bool
) -> None:
    """Build a world of nearly nothing and those asked for; tell what it took."""
    smaller, larger = min(page_views), max(page_views)
    worlds = {
        views: make_world(
            folder / str(views),
            people=max(300, views // VIEWS_OF_A_PERSON),
            page_views=views,
        )
        for views in page_views
    }
    often = [views for views in page_views if views != larger]
    empty_builds, *built_often = builds_in_turn(
        [
            make_world(folder / "empty", **NEARLY_NOTHING),
            *(worlds[views] for views in often),
        ],
        folder,
    )
    builds = dict(zip(often, built_often, strict=True))
    empty = nodes_of(empty_builds)
    report.add(Figure("dbt itself", cpu_of(empty_builds), "CPU s"))
    costs: dict[int, dict[str, float]] = {}
    for views, exports in worlds.items():
        is_largest = views == larger
        name = f"{views / 1e6:g}M"
        one_scan = measure("benchmarks.rooms:scan", exports=str(exports)).cpu_seconds
        report.add(Figure(f"{name}: scan of the inputs", one_scan, "CPU s"))
        built = [build_alone(exports, folder)] if is_largest else builds[views]
        nodes = data_work(nodes_of(built), empty)
        rooms = seconds_by(nodes, lambda node: node.room)
        costs[views] = dict(rooms)
        for room, seconds in sorted(rooms.items(), key=lambda item: -item[1]):
            peak = max(node.peak_mebibytes for node in nodes if node.room == room)
            report.add(
                Figure(
                    f"{name}: {room}",
                    seconds / one_scan,
                    "scans",
                    note=f"{seconds:.1f} CPU s, {peak:.0f} MiB",
                )
            )
        by_name = seconds_by(nodes, lambda node: node.name)
        for slowest in sorted(by_name, key=lambda model: -by_name[model])[:8]:
            report.add(
                Figure(f"{name}:   {slowest}", by_name[slowest] / one_scan, "scans")
            )
        report.add(
            Figure(
                f"{name}: sessions",
                sum(by_name[model] for model in SESSIONS) / one_scan,
                "scans",
                at_most=MOST_SCANS_OF_SESSIONS if is_largest else None,
            )
        )
        models_only = sum(
            seconds
            for room, seconds in rooms.items()
            if room not in ("tests", *WITHOUT_DATA)
        )
        report.add(
            Figure(
                f"{name}: all models",
                models_only / one_scan,
                "scans",
                at_most=MOST_SCANS if is_largest else None,
                note=f"{models_only:.1f} CPU s",
            )
        )
        with_tests = cpu_of(built) - cpu_of(empty_builds)
        report.add(
            Figure(
                f"{name}: models and tests",
                with_tests / one_scan,
                "scans",
                note=f"{with_tests:.1f} CPU s",
            )
        )
        report.add(
            Figure(
                f"{name}: peak memory, one node at a time",
                max(node.peak_mebibytes for node in nodes),
                "MiB",
            )
        )
        if is_largest and is_whole:
            home = folder / "as_run"
            home.mkdir()
            as_run = measure(
                "benchmarks.rooms:build",
                runs=1,
                exports=str(exports),
                folder=str(home),
                threads=THREADS,
            )
            report.add(
                Figure(
                    f"{name}: peak memory of {THREADS} nodes at a time",
                    as_run.peak_mebibytes,
                    "MiB",
                    at_most=MOST_MEBIBYTES,
                    note=f"{as_run.cpu_seconds:.1f} CPU s with dbt",
                )
            )
            kept_again = measure(
                "benchmarks.rooms:keep_again",
                runs=1,
                database=str(home / "one_funnel.duckdb"),
                copy=str(home / "copy.duckdb"),
            )
            report.add(
                Figure(
                    f"{name}: keeping all tables again, as they are",
                    kept_again.cpu_seconds / one_scan,
                    "scans",
                    note=f"{kept_again.cpu_seconds:.1f} CPU s",
                )
            )
    for room, seconds in sorted(costs[larger].items()):
        if room in WITHOUT_DATA:
            continue
        if seconds >= LEAST_SECONDS_TO_GROW and smaller != larger:
            report.add(
                Figure(
                    f"growth of {room}",
                    growth(costs[smaller].get(room, 0), seconds, larger / smaller),
                    "power",
                    at_most=MOST_GROWTH,
                )
            )


def main() -> int:
    """Measure, keep the figures under their day, and fail when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--page-views",
        type=int,
        nargs="+",
        default=list(PAGE_VIEWS),
        help="sizes of the worlds (default: two and twenty million)",
    )
    parser.add_argument(
        "--no-whole",
        action="store_true",
        help=f"leave out the build of {THREADS} nodes at a time, of the largest world",
    )
    arguments = parser.parse_args()
    report = Report("rooms", PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        run(
            tuple(arguments.page_views),
            report,
            Path(folder),
            is_whole=not arguments.no_whole,
        )
    print(report.write(datetime.datetime.now(tz=datetime.UTC).date()))
    return int(any(figure.verdict == "MISSED" for figure in report.figures))


if __name__ == "__main__":
    raise SystemExit(main())

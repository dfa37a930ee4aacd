"""What each room of the warehouse costs, in worlds of two and twenty million events.

Builds in processes of their own: of a world of nearly nothing, which tells what dbt
itself costs, and of worlds of two and of twenty million page views with their share of
people. One thread builds one node at a time, so the CPU between its start and its end
is its own, with the writing back of what it left in the database's log; what the same
node took in the world of nearly nothing is dbt's, the rest is data work. Tests of data
are a room too.

A machine that is shared has better and worse hours: the same build took 68 and 95 CPU
seconds within half an hour. The unit tests do the same in each world, so what they took
tells the pace of a build, and its other nodes are told at the pace that was usual. All
but the largest world are built three times in turn, each time anew, and the middle one
of what a node took counts.

All is held against one scan of the inputs, taken before and after each build: DuckDB
reads every column of every exported file and sums the lengths of what stands there.
What it takes to read the tables of the largest world and to write them as they are
stands beside it: so much of the build goes to keeping, whatever is computed.

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
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median

import duckdb
import yaml

from benchmarks.measuring import (
    PROJECT,
    Figure,
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
# Builds of each world but the largest, which takes longest and is told best.
BUILDS = 3
# What costs less in the larger world says nothing of how it grows.
LEAST_SECONDS_TO_GROW = 1.0

# Rooms that read no export.
WITHOUT_DATA = ("unit tests", "seeds")
PACEMAKERS = "unit tests"
SESSIONS = ("int_session_spans", "int_sessions")
# The steps that the bound of the whole build was first measured on: sessions, identity,
# lifecycle, scores, attribution and survival.
HEAVY_ROOMS = tuple(
    f"intermediate/{room}"
    for room in ("identity", "lifecycle", "scoring", "attribution")
)
HEAVY_MODELS = (*SESSIONS, "rpt_cohort_conversion")
MODELS_IN = re.compile(r"^(staging|utilities|(?:intermediate|marts)/[a-z_]+)/")


@dataclass(frozen=True)
class Node:
    """What one node of dbt took."""

    unique_id: str
    room: str
    cpu_seconds: float
    peak_mebibytes: float

    @property
    def name(self) -> str:
        """Its name; the id of a unit test names its model first."""
        return self.unique_id.split(".")[3 if self.room == PACEMAKERS else 2]


@dataclass(frozen=True)
class Build:
    """What one build of a world took, and a scan of its inputs at that time."""

    nodes: tuple[Node, ...]
    cpu_seconds: float
    scan_seconds: float

    @property
    def pace(self) -> float:
        """CPU seconds of what is the same in every world."""
        return seconds_by(self.nodes, lambda node: node.room)[PACEMAKERS]

    def at_pace(self, usual: float) -> Build:
        """The build as it would have been at the usual pace of the machine."""
        factor = usual / self.pace
        return Build(
            tuple(
                replace(node, cpu_seconds=node.cpu_seconds * factor)
                for node in self.nodes
            ),
            self.cpu_seconds * factor,
            self.scan_seconds * factor,
        )


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


def build_alone(exports: Path, folder: Path) -> Build:
    """A build of a world, one node at a time, into a folder that is removed."""
    before = measure("benchmarks.rooms:scan", runs=1, exports=str(exports))
    with tempfile.TemporaryDirectory(dir=folder) as home:
        built = measure(
            "benchmarks.rooms:build",
            runs=1,
            exports=str(exports),
            folder=home,
            threads=1,
        )
    after = measure("benchmarks.rooms:scan", runs=1, exports=str(exports))
    return Build(
        tuple(
            Node(unique_id, room_of(unique_id, path), seconds, peak)
            for unique_id, path, seconds, peak in built.answer
        ),
        built.cpu_seconds,
        mean([before.cpu_seconds, after.cpu_seconds]),
    )


def builds_in_turn(worlds: Sequence[Path], folder: Path) -> list[list[Build]]:
    """Builds of each world, in turn and the largest last, at one pace."""
    builds: list[list[Build]] = [[] for _ in worlds]
    for turn in range(BUILDS):
        for world, of_world in zip(worlds, builds, strict=True):
            if world != worlds[-1] or turn == 0:
                of_world.append(build_alone(world, folder))
    usual = median(build.pace for of_world in builds for build in of_world)
    return [[build.at_pace(usual) for build in of_world] for of_world in builds]


def middle(builds: Sequence[Build]) -> Build:
    """The middle of what each node took, and the most that it held."""
    nodes: dict[str, list[Node]] = defaultdict(list)
    for build in builds:
        for node in build.nodes:
            nodes[node.unique_id].append(node)
    return Build(
        tuple(
            replace(
                runs[0],
                cpu_seconds=median(node.cpu_seconds for node in runs),
                peak_mebibytes=max(node.peak_mebibytes for node in runs),
            )
            for runs in nodes.values()
        ),
        median(build.cpu_seconds for build in builds),
        median(build.scan_seconds for build in builds),
    )


def seconds_by(nodes: Sequence[Node], part: Callable[[Node], str]) -> dict[str, float]:
    """CPU seconds of the nodes by a part of them."""
    seconds: dict[str, float] = defaultdict(float)
    for node in nodes:
        seconds[part(node)] += node.cpu_seconds
    return seconds


def data_work(build: Build, empty: Build) -> list[Node]:
    """The nodes without what dbt takes for them in a world of nearly nothing."""
    own_cost = {node.unique_id: node.cpu_seconds for node in empty.nodes}
    return [
        replace(
            node,
            cpu_seconds=node.cpu_seconds - own_cost.get(node.unique_id, 0.0),
        )
        for node in build.nodes
    ]


def growth(smaller: float, larger: float, factor: float) -> float:
    """The power of the size by which a cost grew."""
    return math.log(max(larger, 1e-3) / max(smaller, 1e-3)) / math.log(factor)


def tell_world(
    report: Report, name: str, build: Build, nodes: Sequence[Node], *, is_largest: bool
) -> None:
    """Tell what the rooms of a world took, in scans of its inputs."""
    one_scan = build.scan_seconds
    rooms = seconds_by(nodes, lambda node: node.room)
    models = seconds_by(nodes, lambda node: node.name)

    def tell(what: str, seconds: float, most: float | None = None) -> None:
        report.add(
            Figure(
                f"{name}: {what}",
                seconds / one_scan,
                "scans",
                at_most=most if is_largest else None,
                note=f"{seconds:.1f} CPU s",
            )
        )

    report.add(Figure(f"{name}: scan of the inputs", one_scan, "CPU s"))
    for room in sorted(rooms, key=lambda room: -rooms[room]):
        tell(room, rooms[room])
    for model in sorted(models, key=lambda model: -models[model])[:8]:
        tell(f"  {model}", models[model])
    tell("sessions", sum(models[model] for model in SESSIONS), MOST_SCANS_OF_SESSIONS)
    tell(
        "heavy steps",
        sum(
            node.cpu_seconds
            for node in nodes
            if node.room in HEAVY_ROOMS or node.name in HEAVY_MODELS
        ),
    )
    of_tests = rooms["tests"]
    with_tests = sum(
        seconds for room, seconds in rooms.items() if room not in WITHOUT_DATA
    )
    tell("all models", with_tests - of_tests, MOST_SCANS)
    tell("models and tests", with_tests)
    report.add(
        Figure(
            f"{name}: peak memory, one node at a time",
            max(node.peak_mebibytes for node in nodes),
            "MiB",
        )
    )


def tell_whole(report: Report, name: str, exports: Path, home: Path) -> None:
    """Tell what a build takes as it is run, and what keeping its tables again takes."""
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
    one_scan = measure("benchmarks.rooms:scan", runs=1, exports=str(exports))
    report.add(
        Figure(
            f"{name}: keeping all tables again, as they are",
            kept_again.cpu_seconds / one_scan.cpu_seconds,
            "scans",
            note=f"{kept_again.cpu_seconds:.1f} CPU s",
        )
    )


def tell_growth(
    report: Report, smaller: Sequence[Node], larger: Sequence[Node], factor: float
) -> None:
    """Tell by which power of the size each room grew."""
    before = seconds_by(smaller, lambda node: node.room)
    after = seconds_by(larger, lambda node: node.room)
    for room in sorted(after):
        if room not in WITHOUT_DATA and after[room] >= LEAST_SECONDS_TO_GROW:
            report.add(
                Figure(
                    f"growth of {room}",
                    growth(before[room], after[room], factor),
                    "power",
                    at_most=MOST_GROWTH,
                    note=f"{before[room]:.2f} and {after[room]:.1f} CPU s",
                )
            )
    whole = [
        sum(
            seconds
            for room, seconds in rooms.items()
            if room not in ("tests", *WITHOUT_DATA)
        )
        for rooms in (before, after)
    ]
    report.add(
        Figure(
            "growth of all models", growth(*whole, factor), "power", at_most=MOST_GROWTH
        )
    )


def run(
    page_views: Sequence[int], report: Report, folder: Path, *, is_whole: bool
) -> None:
    """Build a world of nearly nothing and those asked for; tell what it took."""
    sizes = sorted(set(page_views))
    worlds = [
        make_world(
            folder / str(views),
            people=max(300, views // VIEWS_OF_A_PERSON),
            page_views=views,
        )
        for views in sizes
    ]
    nothing = make_world(folder / "empty", **NEARLY_NOTHING)
    empty, *built = map(middle, builds_in_turn([nothing, *worlds], folder))
    report.add(Figure("dbt itself", empty.cpu_seconds, "CPU s"))
    work = [data_work(build, empty) for build in built]
    names = [f"{views / 1e6:g}M" for views in sizes]
    for name, build, nodes in zip(names, built, work, strict=True):
        tell_world(report, name, build, nodes, is_largest=name == names[-1])
    if len(sizes) > 1:
        tell_growth(report, work[0], work[-1], sizes[-1] / sizes[0])
    if is_whole:
        tell_whole(report, names[-1], worlds[-1], folder / "as_run")


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
            arguments.page_views,
            report,
            Path(folder),
            is_whole=not arguments.no_whole,
        )
    print(report.write(datetime.datetime.now(tz=datetime.UTC).date()))
    return int(any(figure.verdict == "MISSED" for figure in report.figures))


if __name__ == "__main__":
    raise SystemExit(main())

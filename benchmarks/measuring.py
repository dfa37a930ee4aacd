"""CPU seconds of a job in a process of its own, and a table of figures and targets.

A job is a function that prepares itself (imports, connections) and returns the work
that is measured. CPU of all cores counts, as the wall clock tells more of the machine's
other guests than of the work.
"""

from __future__ import annotations

import datetime
import importlib
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"


# The id of a node of dbt, its path, CPU seconds and the most mebibytes it held.
NodeCost = tuple[str, str, float, float]


@dataclass(frozen=True)
class Measurement:
    """The least CPU of some runs, the memory that one took at most, and its answer."""

    cpu_seconds: float
    peak_mebibytes: float
    answer: Any


@dataclass(frozen=True)
class Figure:
    """A measured figure, and the bound that it should keep, if it has one."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def target(self) -> str:
        """The bound in words, or nothing."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""

    @property
    def verdict(self) -> str:
        """Whether the figure keeps its bound; nothing when it has none."""
        if not self.target:
            return ""
        kept = (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )
        return "kept" if kept else "MISSED"


@dataclass
class Report:
    """Figures of one benchmark, printed as they come and kept as one dated file."""

    name: str
    packages: tuple[str, ...]
    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Keep a figure, and print its line of the table."""
        if not self.figures:
            print(f"{'figure':54} {'value':>9} {'unit':12} {'target':14} verdict")
        self.figures.append(figure)
        line = (
            f"{figure.name:54} {figure.value:9.3f} {figure.unit:12}"
            f" {figure.target:14} {figure.verdict:7} {figure.note}"
        )
        print(line.rstrip(), flush=True)

    def write(self, day: datetime.date) -> Path:
        """Write all figures to the results, under their day."""
        content = {
            "benchmark": self.name,
            "date": day.isoformat(),
            "cores": os.cpu_count(),
            "versions": {
                "python": platform.python_version(),
                **{package: version(package) for package in self.packages},
            },
            "figures": [
                {
                    **{key: value for key, value in asdict(figure).items() if value},
                    "value": round(figure.value, 6),
                    "verdict": figure.verdict,
                }
                for figure in self.figures
            ],
        }
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{self.name}-{day.isoformat()}.json"
        file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return file


def measure(job: str, runs: int = 3, **arguments: Any) -> Measurement:
    """Run a job, such as `benchmarks.attribution:scan`, in fresh processes."""
    measurements = []
    for _ in range(runs):
        with tempfile.NamedTemporaryFile(suffix=".json") as answer:
            subprocess.run(
                [
                    *(sys.executable, "-m", "benchmarks.measuring"),
                    *(job, json.dumps(arguments), answer.name),
                ],
                cwd=PROJECT,
                check=True,
            )
            measurements.append(Measurement(**json.load(answer)))
    return min(measurements, key=lambda measurement: measurement.cpu_seconds)


def cpu_seconds() -> float:
    """CPU that this process took so far, of all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_mebibytes() -> float:
    """The most memory that this process held since it was last asked to forget."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    if found is None:
        raise RuntimeError("/proc/self/status tells no VmHWM; this needs Linux")
    return int(found.group(1)) / 1024


def dbt_job(
    home: Path, command: list[str], exports: str, threads: int = 1
) -> Callable[[], list[NodeCost]]:
    """A run of dbt over exports, with all that it writes in a folder of its own.

    Its answer is what each node took, when one is built at a time; else it is empty.
    What a node left in the log of the database is written back before the next one
    starts, at its own cost: the engine does so now and then, in whatever node runs.
    """
    os.environ["ONE_FUNNEL_DATABASE"] = f"{home}/one_funnel.duckdb"
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg

    started: dict[str, float] = {}
    nodes: list[NodeCost] = []

    def told(event: EventMsg) -> None:
        if event.info.name == "NodeStart":
            # The peak from here on is this node's; Linux forgets it when asked to.
            Path("/proc/self/clear_refs").write_text("5")
            started[event.data.node_info.unique_id] = cpu_seconds()
        elif event.info.name == "NodeFinished":
            node = event.data.node_info
            DuckDBConnectionManager.env().conn.cursor().execute("checkpoint")
            seconds = cpu_seconds() - started[node.unique_id]
            nodes.append((node.unique_id, node.node_path, seconds, peak_mebibytes()))

    def work() -> list[NodeCost]:
        result = dbtRunner(callbacks=[told] if threads == 1 else []).invoke(
            [
                *(*command, "--quiet", "--threads", str(threads)),
                *("--vars", json.dumps({"exports_dir": exports})),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", f"{home}/target", "--log-path", f"{home}/logs"),
            ]
        )
        if not result.success:
            raise RuntimeError(f"dbt failed over {exports}; see {home}/logs/dbt.log")
        return nodes

    return work


def make_world(folder: Path, people: int, page_views: int) -> Path:
    """Write the exports of a market of so many people; the same at every run."""
    subprocess.run(
        [
            *(str(Path(sys.executable).with_name("one-funnel")), "world"),
            *("--format", "parquet", "--people", str(people)),
            *("--page-views", str(page_views), "--out", str(folder)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return folder


def run_job(job: str, arguments: dict[str, Any]) -> Measurement:
    """Prepare a job, and measure its work."""
    module, _, name = job.partition(":")
    # What a library says of itself on its import is not ours to print.
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        work = getattr(importlib.import_module(module), name)(**arguments)
        start = cpu_seconds()
        answer = work()
        seconds = cpu_seconds() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measurement(seconds, peak, answer)


if __name__ == "__main__":
    measured = run_job(sys.argv[1], json.loads(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(asdict(measured)), encoding="utf-8")

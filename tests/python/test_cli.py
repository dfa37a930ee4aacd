"""The command speaks for itself: help, exit codes, and data apart from progress."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import duckdb
import pytest
import yaml
from click.testing import CliRunner

from conftest import PROJECT
from one_funnel import cli, deprecations
from one_funnel.agreement import read_agreement_of
from one_funnel.building import BuildFailed, build_database
from one_funnel.cli import LazyGroup, main
from one_funnel.console import WrongUse, step
from one_funnel.project import Project, find_project
from one_funnel.publish import publish
from one_funnel.quality.audit import Audit
from one_funnel.summary import render_summary, summarise
from small_warehouse import write_small_warehouse

OWN_COMMANDS = ("audit", "build", "check-exports", "publish")


def run(*arguments: str | Path) -> click.testing.Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_help_lists_every_command_in_order() -> None:
    told = run("--help").stdout
    places = [
        told.index(f"  {name} ")
        for name in (
            "audit",
            "build",
            "check-exports",
            "definition",
            "publish",
            "report",
            "world",
        )
    ]

    assert places == sorted(places)


@pytest.mark.parametrize("command", OWN_COMMANDS)
def test_help_of_a_command_shows_an_example(command: str) -> None:
    outcome = run(command, "--help")

    assert outcome.exit_code == 0
    assert f"Example: one-funnel {command}" in outcome.stdout


def test_help_imports_neither_dbt_nor_great_expectations() -> None:
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from one_funnel.cli import main\n"
            "main(['--help'], standalone_mode=False)\n"
            "heavy = {'dbt', 'great_expectations', 'pandas', 'altair'}\n"
            "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (seen.returncode, seen.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("unknown",),
        ("build", "--unknown"),
        ("build", "--exports-dir", "/does/not/exist"),
        ("build", "--as-of", "yesterday"),
        ("build", "--as-of", "2026-10-05T05:00:00"),
        ("build", "--database", "/tmp/warehouse.duckdb"),
        ("check-exports",),
        ("audit", "--database", "/does/not/exist/one_funnel.duckdb"),
        ("publish", "--database", "/does/not/exist/one_funnel.duckdb"),
    ],
    ids=" ".join,
)
def test_wrong_use_exits_2_and_prints_no_data(arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)

    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "Error" in outcome.stderr


def test_an_instant_without_a_zone_is_shown_how_to_be_written() -> None:
    assert "has no time zone" in run("build", "--as-of", "2026-10-05T05:00:00").stderr


def test_a_missing_database_says_how_to_get_one(tmp_path: Path) -> None:
    outcome = run("audit", "--database", tmp_path / "one_funnel.duckdb")

    assert "run `one-funnel build` first" in outcome.stderr


def test_a_folder_without_a_project_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("one_funnel.project.__file__", str(tmp_path / "a/b/c/d.py"))

    with pytest.raises(WrongUse, match="run this in a checkout"):
        find_project()


def test_the_database_comes_from_argument_then_environment_then_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given" / "one_funnel.duckdb"
    from_environment = tmp_path / "environment" / "one_funnel.duckdb"

    monkeypatch.setenv("ONE_FUNNEL_DATABASE", str(from_environment))
    assert find_project(given).database == given
    assert find_project().database == from_environment
    monkeypatch.delenv("ONE_FUNNEL_DATABASE")
    assert find_project().database == PROJECT / "warehouse/work/one_funnel.duckdb"


def test_a_room_is_loaded_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    room = ModuleType("one_funnel.garden")

    @click.command()
    def garden() -> None:
        click.echo("a garden")

    monkeypatch.setattr(room, "garden", garden, raising=False)
    monkeypatch.setitem(sys.modules, "one_funnel.garden", room)
    monkeypatch.setitem(cli.ROOMS, "garden", ("one_funnel.garden", "Walk about."))

    assert "Walk about." in run("--help").stdout
    assert run("garden").stdout == "a garden\n"


def test_a_room_that_is_not_installed_matters_only_when_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cli.ROOMS, "attic", ("one_funnel.attic.cli", "Look up."))

    assert run("--help").exit_code == 0
    outcome = run("attic")
    assert outcome.exit_code == 2
    assert "no `one-funnel attic`" in outcome.stderr


def test_a_room_that_breaks_shows_its_own_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken_room.py").write_text("import not_there\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.ROOMS, "broken", ("broken_room", "Break."))

    assert isinstance(run("broken").exception, ModuleNotFoundError)


@pytest.mark.parametrize("room", sorted(cli.ROOMS))
def test_every_room_has_its_command(room: str) -> None:
    outcome = run(room, "--help")

    assert outcome.exit_code == 0, outcome.output
    assert isinstance(main, LazyGroup)


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with step("wash"):
        pass

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[0] == "wash ..."
    assert told.err.splitlines()[1].startswith("wash: 0.0 s")


def test_the_summary_tells_funnel_agreement_owners_and_place(tmp_path: Path) -> None:
    database = write_small_warehouse(tmp_path / "work")
    agreement = read_agreement_of(database)
    published = publish(
        database,
        tmp_path / "warehouse",
        Audit(agreement.as_of, agreement.definition_version, ()),
    )

    told = render_summary(summarise(agreement, published.link))

    assert told == (
        "As of 2026-12-01 06:00 UTC\n"
        "\n"
        "stage     passes  of previous  median days\n"
        "Inquiry        3            –            –\n"
        "MQL            2        66.7%          1.8\n"
        "Customer       1        50.0%         15.5\n"
        "\n"
        "Agreement 1.1.0\n"
        "  marketing: signed by Mila on 2026-10-20\n"
        "  sales: signed by Sam on 2026-10-21\n"
        "\n"
        "team       leads now\n"
        "marketing          2\n"
        "sales              1\n"
        "\n"
        f"Published {published.build_id}\n"
        f"  {published.link}"
    )


def test_the_agreement_is_the_one_in_force_at_that_local_instant(
    tmp_path: Path,
) -> None:
    """1.1.0 takes over at midnight in Amsterdam, which is 23:00 UTC the day before."""
    change = "update utilities.as_of set as_of = timestamptz '2026-11-01 {}+00'"
    before = write_small_warehouse(tmp_path / "before", change.format("22:59:59"))
    at = write_small_warehouse(tmp_path / "at", change.format("23:00:00"))

    assert read_agreement_of(before).definition_version == "1.0.0"
    assert read_agreement_of(at).definition_version == "1.1.0"


def test_before_the_first_version_there_is_none(tmp_path: Path) -> None:
    database = write_small_warehouse(
        tmp_path,
        "update utilities.as_of set as_of = timestamptz '2025-01-01 00:00:00+00'",
    )
    agreement = read_agreement_of(database)

    assert agreement.definition_version is None
    assert agreement.signed_by_sales.signed_by is None
    assert [stage.stage for stage in agreement.stages if stage.is_funnel] == [
        "inquiry",
        "mql",
        "customer",
    ]


@pytest.fixture
def tiny_project(tmp_path: Path) -> Project:
    """A dbt project with one model, which a test can break."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "answers.sql").write_text("select 42 as answer\n")
    own = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    tiny = {key: own[key] for key in ("name", "version", "profile", "flags")}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(tiny), encoding="utf-8")
    (tmp_path / "profiles.yml").write_text(
        (PROJECT / "profiles.yml").read_text(encoding="utf-8")
    )
    return Project(
        root=tmp_path,
        database=tmp_path / "warehouse" / "work" / "one_funnel.duckdb",
        warehouse=tmp_path / "warehouse",
        reports=tmp_path / "reports",
    )


def test_a_build_gives_the_database_back(tiny_project: Project) -> None:
    built = build_database(tiny_project)

    assert built.counts == (("model", 1),)
    assert built.warnings == ()
    with duckdb.connect(str(tiny_project.database), read_only=True) as connection:
        assert connection.execute("from answers").fetchall() == [(42,)]


def test_a_finding_in_the_data_is_told_and_does_not_stop_the_build(
    tiny_project: Project,
) -> None:
    finding = tiny_project.root / "tests" / "assert_nothing_is_unmapped.sql"
    finding.parent.mkdir()
    finding.write_text("{{ config(severity='warn') }} select 'x'", encoding="utf-8")

    (warning,) = build_database(tiny_project).warnings

    assert warning.startswith("test assert_nothing_is_unmapped (tests/")
    assert "Got 1 result" in warning


def test_a_node_that_fails_is_told_with_its_file_and_message(
    tiny_project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tiny_project.root / "models" / "answers.sql"
    model.write_text("select answer from nowhere\n", encoding="utf-8")

    with pytest.raises(BuildFailed) as failed:
        build_database(tiny_project)

    assert failed.value.exit_code == 1
    assert "model answers (models/answers.sql)" in failed.value.message
    assert "nowhere does not exist" in failed.value.message
    assert "the last publication stays in force" in failed.value.message
    assert capfd.readouterr().out == ""


def test_a_project_that_cannot_be_parsed_is_wrong_use(tiny_project: Project) -> None:
    model = tiny_project.root / "models" / "answers.sql"
    model.write_text("select * from {{ ref('nowhere') }}\n", encoding="utf-8")

    with pytest.raises(WrongUse, match="depends on a node named 'nowhere'"):
        build_database(tiny_project)


@pytest.mark.parametrize(
    ("yaml", "is_fine"),
    [
        ("models:\n  - name: answers\n    config: {meta: {owner: us}}\n", True),
        ("models:\n  - name: answers\n    meta: {owner: us}\n", False),
        ("models:\n  - name: answers\n    owner: us\n", False),
    ],
    ids=["in its place", "moved to config", "unknown key"],
)
def test_deprecated_yaml_does_not_pass_the_gate(
    tiny_project: Project, monkeypatch: pytest.MonkeyPatch, yaml: str, is_fine: bool
) -> None:
    (tiny_project.root / "models" / "answers.yml").write_text(yaml, encoding="utf-8")
    monkeypatch.chdir(tiny_project.root)

    assert (deprecations.main() == 0) is is_fine

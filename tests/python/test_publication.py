"""Readers see whole builds, and nothing that failed its audit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from one_funnel.cli import main
from one_funnel.console import WrongUse
from one_funnel.publish import AuditFailed, Publication, publish, roll_back
from one_funnel.quality.audit import Audit, CheckResult
from small_warehouse import write_small_warehouse

AS_OF = datetime(2026, 12, 1, 6, tzinfo=UTC)

HELD = CheckResult(
    check_id="fct_funnel.has_rows",
    mart="fct_funnel",
    expectation="The mart has rows.",
    column_name=None,
    severity="critical",
    is_success=True,
    unexpected_count=0,
    sample=None,
    as_of=AS_OF,
    definition_version="1.1.0",
)
BROKEN = replace(
    HELD,
    check_id="fct_funnel.current_stage_is_agreed",
    expectation="Every current_stage is a stage of the agreement.",
    column_name="current_stage",
    is_success=False,
    unexpected_count=1,
    sample="person_id=bob, pass_id=bob-1",
)
CLEAN = Audit(as_of=AS_OF, definition_version="1.1.0", results=(HELD,))

# A change of content, so that the next build has another id.
RENAME_ACCOUNT = "update marts.dim_accounts set account_id = 'a{}'"


@pytest.fixture
def publish_changed(tmp_path: Path) -> Callable[..., Publication]:
    """Publishes a small warehouse after some changes, into one and the same folder."""

    def publish_with(*changes: str, audit: Audit = CLEAN) -> Publication:
        folder = tmp_path / "work" / str(len(list(tmp_path.glob("work/*"))))
        database = write_small_warehouse(folder, *changes)
        return publish(database, tmp_path / "warehouse", audit)

    return publish_with


def read(database: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database.resolve()), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()


def digests(build: Path) -> dict[str, str]:
    return {
        str(path.relative_to(build)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in build.rglob("*.parquet")
    }


def test_marts_and_agreement_are_published_and_nothing_else(
    publish_changed: Callable[..., Publication],
) -> None:
    published = publish_changed()

    schemas = read(
        published.link,
        "select distinct table_schema from information_schema.tables order by 1",
    )
    assert schemas == [("lead_definition",), ("marts",)]
    assert read(published.link, "select count(*) from marts.fct_funnel") == [(3,)]
    assert len(read(published.link, "show all tables")) == published.table_count + 1


def test_a_publication_says_what_it_is(
    publish_changed: Callable[..., Publication],
) -> None:
    published = publish_changed()

    assert read(published.link, "from marts.publication") == [
        (published.build_id, AS_OF, "1.1.0", "0.1.0")
    ]
    assert published.build_id.startswith("2026-12-01-")


def test_the_results_of_the_audit_are_published(
    publish_changed: Callable[..., Publication],
) -> None:
    published = publish_changed()

    assert read(
        published.link,
        "select check_id, is_success, as_of, definition_version "
        "from marts.data_quality_results",
    ) == [("fct_funnel.has_rows", True, AS_OF, "1.1.0")]


def test_every_table_lies_beside_as_parquet(
    publish_changed: Callable[..., Publication],
) -> None:
    published = publish_changed()
    build = published.database.parent

    assert len(list(build.rglob("*.parquet"))) == published.table_count + 1
    parquet = build / "marts" / "fct_funnel.parquet"
    assert duckdb.sql(f"select count(*) from '{parquet}'").fetchall() == [(3,)]


def test_equal_content_makes_equal_files_whatever_the_order_of_rows(
    publish_changed: Callable[..., Publication], tmp_path: Path
) -> None:
    first = publish_changed()
    first_digests = digests(first.database.parent)
    second = publish(
        write_small_warehouse(
            tmp_path / "reversed",
            "create or replace table marts.fct_stage_events as "
            "select * from marts.fct_stage_events order by stage_event_id desc",
        ),
        tmp_path / "elsewhere",
        CLEAN,
    )

    assert second.build_id == first.build_id
    assert digests(second.database.parent) == first_digests


def test_other_content_makes_another_build(
    publish_changed: Callable[..., Publication],
) -> None:
    first = publish_changed()
    second = publish_changed(RENAME_ACCOUNT.format(2))

    assert second.build_id != first.build_id
    assert second.link.resolve() == second.database


def test_a_reader_of_the_old_build_finishes_on_it(
    publish_changed: Callable[..., Publication],
) -> None:
    first = publish_changed()
    with duckdb.connect(str(first.link.resolve()), read_only=True) as reader:
        second = publish_changed(RENAME_ACCOUNT.format(2))
        old = reader.execute("from marts.dim_accounts").fetchall()

    assert old == [("a1",)]
    assert read(second.link, "from marts.dim_accounts") == [("a2",)]


def test_the_link_is_never_absent_while_builds_change(
    publish_changed: Callable[..., Publication], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A swap is one `os.replace`: the link is neither removed nor written in place."""
    link = publish_changed().link
    targets: list[str] = []

    def refuse(self: Path, missing_ok: bool = False) -> None:
        assert self != link, "the link was removed"

    monkeypatch.setattr(Path, "unlink", refuse)
    for number in (2, 3):
        publish_changed(RENAME_ACCOUNT.format(number))
        targets.append(str(link.readlink()))

    assert len(set(targets)) == 2
    assert all(not target.startswith("/") for target in targets)


def test_the_last_five_builds_are_kept(
    publish_changed: Callable[..., Publication],
) -> None:
    ids = [publish_changed(RENAME_ACCOUNT.format(n)).build_id for n in range(7)]

    kept = {path.name for path in (publish_changed().link.parent / "builds").iterdir()}

    assert len(kept) == 5
    assert set(ids[3:]) < kept


def test_content_that_returns_is_its_old_build_and_the_newest_again(
    publish_changed: Callable[..., Publication],
) -> None:
    ids = [publish_changed(RENAME_ACCOUNT.format(n)).build_id for n in range(5)]

    again = publish_changed(RENAME_ACCOUNT.format(0))
    after = publish_changed(RENAME_ACCOUNT.format(5))

    kept = {path.name for path in (after.link.parent / "builds").iterdir()}
    assert again.build_id == ids[0]
    assert kept == {ids[0], *ids[2:], after.build_id}


def test_an_earlier_build_can_be_put_in_force_again(
    publish_changed: Callable[..., Publication],
) -> None:
    first = publish_changed()
    publish_changed(RENAME_ACCOUNT.format(2))

    roll_back(first.link.parent, first.build_id)

    assert read(first.link, "from marts.dim_accounts") == [("a1",)]


def test_a_build_that_is_not_kept_cannot_be_gone_back_to(
    publish_changed: Callable[..., Publication],
) -> None:
    published = publish_changed()

    with pytest.raises(WrongUse, match=f"kept are: {published.build_id}"):
        roll_back(published.link.parent, "2020-01-01-000000000000")


def test_a_violation_leaves_the_last_publication_untouched(
    publish_changed: Callable[..., Publication],
) -> None:
    first = publish_changed()
    before = digests(first.database.parent)
    failed = replace(CLEAN, results=(HELD, BROKEN))

    with pytest.raises(AuditFailed):
        publish_changed(RENAME_ACCOUNT.format(2), audit=failed)

    assert first.link.resolve() == first.database
    assert digests(first.database.parent) == before
    assert [path.name for path in first.database.parent.parent.iterdir()] == [
        first.build_id
    ]


def test_a_warning_does_not_hold_back_a_publication(
    publish_changed: Callable[..., Publication],
) -> None:
    warned = replace(CLEAN, results=(replace(BROKEN, severity="warning"),))

    published = publish_changed(audit=warned)

    assert read(
        published.link, "select is_success, sample from marts.data_quality_results"
    ) == [(False, "person_id=bob, pass_id=bob-1")]


def test_an_audit_of_another_instant_publishes_nothing(
    publish_changed: Callable[..., Publication],
) -> None:
    stale = replace(CLEAN, as_of=datetime(2026, 11, 1, 6, tzinfo=UTC))

    with pytest.raises(WrongUse, match="audit the database that is to be published"):
        publish_changed(audit=stale)


def test_a_file_in_the_place_of_the_link_is_not_overwritten(
    publish_changed: Callable[..., Publication], tmp_path: Path
) -> None:
    (tmp_path / "warehouse").mkdir()
    in_the_way = tmp_path / "warehouse" / "one_funnel.duckdb"
    in_the_way.write_text("mine", encoding="utf-8")

    with pytest.raises(WrongUse, match="move it away"):
        publish_changed()

    assert in_the_way.read_text(encoding="utf-8") == "mine"


def test_a_publication_that_breaks_off_leaves_nothing_behind(
    publish_changed: Callable[..., Publication],
) -> None:
    first = publish_changed()

    with pytest.raises(duckdb.Error):
        publish_changed(
            "create view marts.broken as select cast(email as integer) as email "
            "from marts.dim_people"
        )

    assert [path.name for path in first.database.parent.parent.iterdir()] == [
        first.build_id
    ]


def run_publish(tmp_path: Path, *changes: str) -> Result:
    database = write_small_warehouse(tmp_path / "work", *changes)
    return CliRunner().invoke(
        main,
        [
            "publish",
            *("--database", str(database)),
            *("--warehouse", str(tmp_path / "warehouse")),
            *("--reports", str(tmp_path / "reports")),
        ],
    )


def test_the_engine_holds_no_more_memory_than_it_may(
    publish_changed: Callable[..., Publication], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE_FUNNEL_MEMORY_LIMIT", "64 KB")
    with pytest.raises(duckdb.OutOfMemoryException):
        publish_changed()


def test_no_amount_of_memory_is_refused(
    publish_changed: Callable[..., Publication], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE_FUNNEL_MEMORY_LIMIT", "plenty")
    with pytest.raises(WrongUse, match="ONE_FUNNEL_MEMORY_LIMIT is plenty"):
        publish_changed()


def test_the_command_publishes_what_it_audited(tmp_path: Path) -> None:
    outcome = run_publish(tmp_path)

    assert outcome.exit_code == 0, outcome.output
    published = Path(outcome.stdout.strip())
    assert (tmp_path / "warehouse" / "one_funnel.duckdb").resolve() == published
    assert (tmp_path / "reports" / "data_quality.html").exists()


def test_the_command_names_what_it_refuses_to_publish(tmp_path: Path) -> None:
    outcome = run_publish(
        tmp_path,
        "update marts.fct_funnel set current_stage = 'limbo' where person_id = 'bob'",
    )

    assert outcome.exit_code == 1
    assert outcome.stdout == ""
    assert "fct_funnel: Every current_stage is a stage" in outcome.stderr
    assert "person_id=bob, pass_id=bob-1" in outcome.stderr
    assert not (tmp_path / "warehouse").exists()

"""An earlier instant gives what was known then, and nothing that came later."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import PROJECT, MakeDbt
from marts import Row, differing, fingerprints, rewrite_exports

EXPORTS = PROJECT / "seeds" / "exports"
MONDAYS = ("2026-06-29T05:00:00Z", "2026-11-02T05:00:00Z")


@pytest.mark.parametrize("as_of", MONDAYS)
def test_an_earlier_monday_knows_no_later_export(
    make_dbt: MakeDbt, tmp_path: Path, as_of: str
) -> None:
    def known_then(header: Row, rows: list[Row]) -> list[Row]:
        exported_at = header.index("_exported_at")
        return [row for row in rows if row[exported_at] <= as_of]

    then = make_dbt(exports_dir=EXPORTS, as_of=as_of)
    then("build", "--exclude-resource-type", "unit_test", "test")
    earlier = rewrite_exports(EXPORTS, tmp_path / "exports", known_then)
    only_earlier = make_dbt(exports_dir=earlier, as_of=as_of)
    only_earlier("build", "--exclude-resource-type", "unit_test", "test")
    first = fingerprints(then.database, tmp_path / "first")
    second = fingerprints(only_earlier.database, tmp_path / "second")
    assert differing(first, second, then.database, only_earlier.database) == []
    [(last,)] = then.sql(
        """
        select max(instant) from (
            select max(occurred_at) as instant from marts.fct_stage_events
            union all
            select max(occurred_at) from marts.fct_touches
            union all
            select max(stated_at) from marts.fct_spend_daily
        )
        """
    )
    assert last.strftime("%Y-%m-%dT%H:%M:%SZ") <= as_of

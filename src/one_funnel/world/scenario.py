"""What a world is made of: its size, its dates, and a switch for each kind of dirt."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Dirt:
    """Shares, 0 to 1, of the records that each kind of dirt touches; 0 is off."""

    duplicate_rows: float = 0.006
    conflicting_rows: float = 0.002
    merged_contacts: float = 0.02
    merged_leads: float = 0.01
    second_addresses: float = 0.03
    unjoinable_records: float = 0.004
    role_mailboxes: float = 0.02
    shared_devices: float = 0.02
    late_rows: float = 0.01
    missing_values: float = 0.12
    untidy_addresses: float = 0.08
    long_ids: float = 0.3
    skipped_stages: float = 0.08
    premature_handovers: float = 0.02
    missed_handovers: float = 0.06
    unmapped_words: float = 0.001
    unreadable_values: float = 0.0008
    summary_rows: float = 0.02
    restated_spend: float = 0.15


@dataclass(frozen=True)
class Scenario:
    """A company's history: instants in UTC, and how many people and page views."""

    name: str
    people: int = 4000
    page_views: int = 60000
    begins: datetime = datetime(2025, 5, 12, 6, tzinfo=UTC)
    # The last instant is that of the newest export.
    dumps: tuple[datetime, ...] = (
        datetime(2025, 11, 3, 5, tzinfo=UTC),
        datetime(2026, 5, 4, 5, tzinfo=UTC),
        datetime(2026, 11, 16, 5, tzinfo=UTC),
    )
    dirt: Dirt = Dirt()

    @property
    def monthly_exports(self) -> tuple[datetime, ...]:
        """Monthly exports of rates and advertising: first Mondays, and the last."""
        mondays = []
        at = self.dumps[-1]
        while at > self.begins:
            if at.day <= 7 or at == self.dumps[-1]:
                mondays.append(at)
            at -= timedelta(days=7)
        return tuple(reversed(mondays))

    @property
    def ends(self) -> datetime:
        """The instant of the newest export, UTC."""
        return self.dumps[-1]


CLEAN = Dirt(**{field.name: 0.0 for field in fields(Dirt)})
SCENARIOS = {
    "demo": Scenario("demo"),
    "clean": Scenario("clean", dirt=CLEAN),
}


def only(kind: str, share: float = 0.2) -> Scenario:
    """A clean scenario in which one kind of dirt, a field of `Dirt`, is planted."""
    return replace(SCENARIOS["clean"], name=kind, dirt=replace(CLEAN, **{kind: share}))

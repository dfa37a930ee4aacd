"""What a world is made of: its size, its dates, and a switch for each kind of dirt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
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
    unlinked_deals: float = 0.19
    # The demo does without these.
    wrong_order_dates: float = 0.0
    naive_times: float = 0.0
    bots: float = 0.0


@dataclass(frozen=True)
class Hazards:
    """What truly moves the people of a world in parts from stage to stage.

    `baseline` and the uplifts of a visit by channel are cumulative hazards of asking
    for sales: somebody does with a chance of 1 - exp(-their sum). The others are
    shares, 0 to 1: of the handovers that are accepted, of the accepted that qualify,
    of the qualified that get an opportunity, and of the MQLs that are won, by the
    channel of the first visit.
    """

    baseline: float = 0.1
    acceptance: float = 0.65
    qualification: float = 0.62
    opening: float = 0.8
    channel_uplifts: Mapping[str, float] = field(
        default_factory=lambda: {
            "organic_search": 0.10,
            "paid_search": 0.20,
            "paid_social": 0.12,
            "organic_social": 0.05,
            "direct": 0.0,
            "email": 0.15,
            "referral": 0.12,
            "partner": 0.20,
        }
    )
    # What is not published are those of which nothing is known, and of partners: they
    # make 13 % of all MQLs together with the others.
    won_by_channel: Mapping[str, float] = field(
        default_factory=lambda: {
            "organic_search": 0.147,
            "paid_search": 0.148,
            "paid_social": 0.063,
            "organic_social": 0.063,
            "unknown": 0.17,
            "direct": 0.157,
            "email": 0.04,
            "referral": 0.114,
            "partner": 0.17,
        }
    )


@dataclass(frozen=True)
class Scenario:
    """A company's history: instants in UTC, and how many people and page views.

    `campaign_effects` are factors on the channel's uplift, by the campaign's name.
    """

    name: str
    people: int = 4000
    page_views: int = 60000
    seed: int = 20250512
    begins: datetime = datetime(2025, 5, 12, 6, tzinfo=UTC)
    # The last instant is that of the newest export.
    dumps: tuple[datetime, ...] = (
        datetime(2025, 11, 3, 5, tzinfo=UTC),
        datetime(2026, 5, 4, 5, tzinfo=UTC),
        datetime(2026, 11, 16, 5, tzinfo=UTC),
    )
    dirt: Dirt = Dirt()
    hazards: Hazards = Hazards()
    campaign_effects: Mapping[str, float] = field(default_factory=dict)

    def lasting(self, months: int) -> Scenario:
        """The same company after so many months: three dumps, evenly, on Mondays."""
        days = [round(months * 30.44 * third / 3) for third in (1, 2, 3)]
        mondays = [
            begun + timedelta(days=-begun.weekday(), hours=-1)
            for begun in (self.begins + timedelta(days=day) for day in days)
        ]
        return replace(self, dumps=tuple(mondays))

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
    # The demo's dirt and, from published figures, that of large companies.
    "market": Scenario(
        "market", dirt=Dirt(wrong_order_dates=0.09, naive_times=0.01, bots=0.02)
    ),
}


def only(kind: str, share: float = 0.2) -> Scenario:
    """A clean scenario in which one kind of dirt, a field of `Dirt`, is planted."""
    return replace(SCENARIOS["clean"], name=kind, dirt=replace(CLEAN, **{kind: share}))

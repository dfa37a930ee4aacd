"""Every model credits the touches that it should, to the cent.

One small world holds the golden deal and the nasty ones; the reference, which knows no
SQL, gives the golden numbers itself and then every row of the demo.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Dbt, MakeDbt
from exports_builder import Exports
from reference.credits import (
    MILLIONTHS,
    Booking,
    Deal,
    Position,
    Touch,
    credits_of_bookings,
    give_out,
    shares_of_touches,
    touches_that_count,
)

# Five touches and a close, at the same hour of a winter without a change of the clocks.
DAY_0 = datetime(2026, 11, 10, 9, tzinfo=UTC)
GOLDEN_DAYS = {"paid_social": 0, "organic": 12, "event": 30, "direct": 41, "email": 55}
GOLDEN: dict[str, list[str]] = {
    "first": ["12000.00"],
    "last": ["", "", "", "", "12000.00"],
    "last_non_direct": ["", "", "", "", "12000.00"],
    "linear": ["2400.00"] * 5,
    "position_40_20_40": ["4800.00", "800.00", "800.00", "800.00", "4800.00"],
    "u_adobe": ["6000.00", "6000.00"],
    "w": ["3600.00", "3600.00", "600.00", "3600.00", "600.00"],
    "full_path": ["2700.00", "2700.00", "1200.00", "2700.00", "2700.00"],
    "time_decay": ["38.26", "125.56", "746.29", "2217.98", "8871.91"],
    "shapley": ["2400.00"] * 5,
}
GOLDEN_OF_THIRTY_DAYS = ["1147.03", "1513.51", "2294.05", "2957.88", "4087.53"]


def golden_day(day: int, hour: int = 9) -> datetime:
    return DAY_0 + timedelta(days=day, hours=hour - 9)


def email(name: str) -> str:
    return f"{name}@firm-{name}.example"


def deal(world: Exports, name: str, created_at: datetime, *others: str) -> None:
    """A won opportunity of somebody, and others, that everyone knows of."""
    world.opportunity(name, at=created_at, contacts=(name, *others))


def person(world: Exports, name: str, at: datetime) -> None:
    world.crm_contact(name, email(name), at=at)


def describe_golden(world: Exports) -> None:
    for channel, medium in {"paid_social": "paid_social", "event": "event"}.items():
        at = golden_day(GOLDEN_DAYS[channel])
        world.page("golden", at=at, source="x", medium=medium)
    world.page(
        "golden",
        at=golden_day(GOLDEN_DAYS["organic"]),
        referrer="https://www.google.com/",
    )
    world.page("golden", at=golden_day(GOLDEN_DAYS["direct"]))
    person(world, "golden", golden_day(12, hour=10))
    world.identify("golden", email("golden"), at=golden_day(12, hour=10))
    deal(world, "golden", golden_day(41, hour=10))
    world.email_event("CLICK", email("golden"), at=golden_day(GOLDEN_DAYS["email"]))
    contract = world.contract("golden", on=str(golden_day(60).date()))
    # 42: a refund three months later.
    world.credit_note(contract, on="2027-03-25", amount="2000.00")


def describe_others(world: Exports) -> None:
    """52, 54, the late, the early, the helpful colleague and the win taken back."""
    start = datetime(2026, 11, 10, 9, tzinfo=UTC)
    # 52: registered online as one record, on the list at the door as another.
    world.campaign("webinar", "webinar")
    world.campaign("other", "webinar")
    world.lead("twice", email("twice"), at=start)
    person(world, "twice", start)
    world.campaign_member("webinar", lead="twice", detail="registered", at=start)
    world.campaign_member(
        "webinar", contact="twice", at=start, responded_on="2026-11-12"
    )
    world.campaign_member("other", contact="twice", detail="sent", at=start)
    deal(world, "twice", start + timedelta(days=5))
    world.contract("twice", on="2026-12-01", amount="1000.00")
    # 54: nothing at all.
    person(world, "nothing", start)
    deal(world, "nothing", start + timedelta(days=5))
    world.contract("nothing", on="2026-12-01", amount="777.77")
    # Of three who were at a webinar before the close, one was put down too late.
    for name in ("late", "intime", "early"):
        person(world, name, start)
    for name, recorded_at in {
        "late": "2026-12-08 23:00:00Z",
        "intime": "2026-12-08 22:59:59Z",
        "early": "2026-11-13 09:00:00Z",
    }.items():
        world.campaign_member(
            "webinar", contact=name, at=recorded_at, responded_on="2026-11-12"
        )
    deal(world, "late", start + timedelta(days=5), "intime", "early")
    world.contract("late", on="2026-12-01", amount="100.00")
    # 40: a win that was taken back after a refund, over three touches.
    person(world, "back", start)
    for day in range(3):
        world.email_event("CLICK", email("back"), at=start + timedelta(days=day))
    deal(world, "back", start + timedelta(days=5))
    world.opportunity_change("back", "won", at=start + timedelta(days=20))
    contract = world.contract("back", on="2026-11-30", amount="100.00")
    world.credit_note(contract, on="2026-12-10", amount="20.00")
    world.opportunity_change(
        "back", "lost", at=start + timedelta(days=40), reason="R07"
    )


class Credits:
    """The credits of the small world, by opportunity."""

    def __init__(self, dbt: Dbt) -> None:
        self._dbt = dbt

    def rows(self, mart: str, name: str, condition: str = "true") -> list[dict]:
        return self._dbt.rows(
            f"select * from marts.{mart} where opportunity_id like '006%{name}'"
            f" and {condition} order by attribution_model, touch_number, 1"
        )

    def by_model(
        self, mart: str, name: str, condition: str = "true"
    ) -> dict[str, dict[int | None, Decimal]]:
        found: dict[str, dict[int | None, Decimal]] = defaultdict(dict)
        for row in self.rows(mart, name, condition):
            model = found[row["attribution_model"]]
            model[row["touch_number"]] = row["credit_eur"]
        return dict(found)

    def fading(self, folder: Path, half_life_days: int) -> dict[int | None, Decimal]:
        """The golden contract by the model that fades, with another half-life."""
        # The stem is the name of the catalog, by which compiled SQL names the tables.
        copied = folder / self._dbt.database.name
        shutil.copy(self._dbt.database, copied)
        compiled = self._dbt.target / "compiled" / "one_funnel" / "models"
        with duckdb.connect(str(copied)) as connection:
            connection.execute(
                "update intermediate.int_credit_places"
                f" set half_life_days = {half_life_days}"
                " where half_life_days is not null"
            )
            for model in ("int_credit_shares", "int_credit_parts"):
                (path,) = compiled.rglob(f"{model}.sql")
                connection.execute(
                    f"create or replace table intermediate.{model} as "
                    + path.read_text(encoding="utf-8")
                )
            found = connection.sql(
                "select touch_number, unit_count * 0.01"
                " from intermediate.int_credit_parts where booking_id ="
                " (select booking_id from marts.fct_bookings where"
                " opportunity_id like '%golden'"
                " and kind = 'contract') and attribution_model = 'time_decay'"
            ).fetchall()
        return dict(found)


@pytest.fixture(scope="module")
def credits(make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory) -> Credits:
    world = Exports()
    describe_golden(world)
    describe_others(world)
    dbt = make_dbt(exports_dir=world.write(tmp_path_factory.mktemp("credits")))
    dbt(
        "build",
        *("--select", "+fct_touch_credits", "+fct_pipeline_credits"),
        *("+assert_credits_add_up", "--indirect-selection", "cautious"),
        *("--exclude-resource-type", "unit_test"),
    )
    return Credits(dbt)


def as_cents(expected: list[str]) -> dict[int | None, Decimal]:
    return {
        number: Decimal(amount)
        for number, amount in enumerate(expected, start=1)
        if amount
    }


def test_golden_deal_is_credited_to_the_cent(credits: Credits) -> None:
    found = credits.by_model("fct_booking_credits", "golden", "kind = 'contract'")

    channels = [
        row["channel"]
        for row in credits.rows(
            "fct_touch_credits", "golden", "attribution_model = 'linear'"
        )
    ]
    assert channels == ["paid_social", "organic_search", "event", "direct", "email"]
    for model, expected in GOLDEN.items():
        assert found[model] == as_cents(expected), model
    assert {sum(by_touch.values()) for by_touch in found.values()} == {
        Decimal("12000.00")
    }


def test_golden_deal_fades_by_the_half_life_of_the_agreement(
    credits: Credits, tmp_path: Path
) -> None:
    assert credits.fading(tmp_path, half_life_days=7) == as_cents(GOLDEN["time_decay"])
    assert credits.fading(tmp_path, half_life_days=30) == as_cents(
        GOLDEN_OF_THIRTY_DAYS
    )


def test_scenario_42_a_refund_gives_back_with_the_original_weights(
    credits: Credits,
) -> None:
    given = credits.by_model("fct_booking_credits", "golden", "kind = 'contract'")
    refunded = credits.by_model("fct_booking_credits", "golden", "kind = 'refund'")
    kept = credits.by_model("fct_touch_credits", "golden")

    assert given.keys() == refunded.keys() == kept.keys()
    for model, by_touch in refunded.items():
        assert sum(by_touch.values()) == Decimal("-2000.00")
        assert by_touch.keys() == given[model].keys()
        for number, cents in by_touch.items():
            assert abs(given[model][number] / -6 - cents) < Decimal("0.01")
            assert kept[model][number] == given[model][number] + cents
    months = {
        row["booked_month"]
        for row in credits.rows("fct_booking_credits", "golden", "kind = 'refund'")
    }
    assert months == {date(2027, 3, 1)}


def test_scenario_48_touches_without_a_campaign_stay_in_the_total(
    credits: Credits,
) -> None:
    rows = credits.rows("fct_touch_credits", "golden", "attribution_model = 'linear'")
    assert {row["campaign_id"] for row in rows} == {None}
    assert sum(row["credit_eur"] for row in rows) == Decimal("10000.00")


def test_scenario_52_registered_and_attended_is_one_touch(credits: Credits) -> None:
    rows = credits.rows("fct_touch_credits", "twice")
    assert {row["channel"] for row in rows} == {"webinar"}
    assert len({row["touch_id"] for row in rows}) == 1
    assert {row["credit_eur"] for row in rows} == {Decimal("1000.00")}
    assert all(row["campaign_id"].endswith("webinar") for row in rows)


def test_scenario_54_a_deal_that_nothing_touched_is_nobodys(credits: Credits) -> None:
    rows = credits.rows("fct_touch_credits", "nothing")
    assert len({row["attribution_model"] for row in rows}) == len(rows) > 10
    for row in rows:
        assert (row["channel"], row["touch_id"]) == ("(unattributed)", None)
        assert row["campaign_id"] is None
        assert row["person_id"] is None
        assert row["credit_share"] == 1
        assert row["credit_eur"] == Decimal("777.77")


def test_what_is_put_down_too_long_after_the_close_earns_nothing(
    credits: Credits,
) -> None:
    rows = credits.rows("fct_touch_credits", "late", "attribution_model = 'linear'")
    assert [row["credit_eur"] for row in rows] == [Decimal("50.00")] * 2
    (recorded,) = credits._dbt.sql(
        "select count(*), count(*) filter (recorded_at > occurred_at)"
        " from intermediate.int_touches where touch_type = 'webinar'"
    )
    assert recorded == (4, 3)


def test_a_reversal_leaves_every_touch_with_nothing(credits: Credits) -> None:
    given = credits.by_model("fct_booking_credits", "back", "kind = 'contract'")
    kept = credits.by_model("fct_touch_credits", "back")
    assert given["linear"] == as_cents(["33.34", "33.33", "33.33"])
    assert {cents for model in kept.values() for cents in model.values()} == {
        Decimal("0.00")
    }
    shares = credits.rows("fct_touch_credits", "back", "attribution_model = 'linear'")
    assert sum(row["credit_share"] for row in shares) == 1


def test_pipeline_is_credited_to_what_came_before_it(credits: Credits) -> None:
    found = credits.by_model("fct_pipeline_credits", "golden")
    # There is no close yet, so the rest of the weights fill the whole.
    assert found["first"] == as_cents(["12000.00"])
    assert found["last"] == as_cents(["", "", "", "12000.00"])
    assert found["last_non_direct"] == as_cents(["", "", "12000.00"])
    assert found["linear"] == as_cents(["3000.00"] * 4)
    assert found["u_adobe"] == as_cents(["6000.00", "6000.00"])
    assert found["w"] == as_cents(["3600.00", "3600.00", "1200.00", "3600.00"])
    assert found["position_40_20_40"] == as_cents(
        ["8000.00", "1333.34", "1333.33", "1333.33"]
    )
    assert found["full_path"] == as_cents(["3483.87", "3483.87", "1548.39", "3483.87"])


# The reference


def positions_of_agreement(
    rows: list[dict[str, Any]],
) -> dict[tuple[str, str], list[Position]]:
    models: dict[tuple[str, str], list[Position]] = defaultdict(list)
    for row in rows:
        half_life = row["half_life_days"]
        models[row["definition_version"], row["attribution_model"]].append(
            Position(
                row["position"],
                Fraction(row["weight"]),
                None if half_life is None else Fraction(half_life),
            )
        )
    return models


def golden_path() -> tuple[Deal, list[Touch]]:
    touches = [
        Touch(channel, "golden", channel, golden_day(day), golden_day(day))
        for channel, day in GOLDEN_DAYS.items()
    ]
    closed_at = golden_day(60)
    return (
        Deal(
            "golden",
            frozenset({"golden"}),
            golden_day(12),
            golden_day(41),
            closed_at,
            closed_at,
        ),
        touches,
    )


@pytest.mark.parametrize(
    ("half_life", "expected"),
    [(7, GOLDEN["time_decay"]), (30, GOLDEN_OF_THIRTY_DAYS)],
)
def test_reference_fades_to_the_golden_numbers(
    half_life: int, expected: list[str]
) -> None:
    of_path, touches = golden_path()
    position = Position("every", Fraction(1), Fraction(half_life))

    shares = shares_of_touches(of_path, touches, [position], "direct", {})

    cents = give_out(1_200_000, shares)
    assert [Decimal(part) / 100 for part in cents] == [Decimal(e) for e in expected]


class Demo:
    """The demo's touches, deals and bookings, as rows for plain loops."""

    def __init__(self, database: Path) -> None:
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")

            def rows(query: str) -> list[dict[str, Any]]:
                answer = connection.sql(query)
                return [
                    dict(zip(answer.columns, row, strict=True))
                    for row in answer.fetchall()
                ]

            self.touches = [
                Touch(**row)
                for row in rows(
                    "select touch_id, person_id, channel, occurred_at, recorded_at"
                    " from intermediate.int_touches where is_eligible_for_credit"
                )
            ]
            self.people = rows("from intermediate.int_opportunity_people")
            self.known_at = {
                row["person_id"]: row["known_at"]
                for row in rows(
                    "select person_id, known_at from intermediate.int_people"
                )
            }
            self.opportunities = rows("from intermediate.int_opportunity_outcomes")
            self.bookings = rows("from marts.fct_bookings order by booking_id")
            self.models = positions_of_agreement(
                rows("from lead_definition.attribution_models")
            )
            self.versions = rows(
                "select definition_version, timezone('Europe/Amsterdam',"
                " cast(effective_from as timestamp)) as valid_from"
                " from lead_definition.definition_versions"
                " where status in ('active', 'retired') order by valid_from"
            )
            self.settings = {
                (row["definition_version"], row["setting"]): row["value"]
                for row in rows("from lead_definition.definition_settings")
            }
            self.created_amounts = {
                row["opportunity_id"]: row["created_amount_eur"]
                for row in rows("from intermediate.int_created_amounts")
            }
            self.channel_weights: dict[str, dict[str, Fraction]] = defaultdict(dict)
            for row in rows("from intermediate.int_channel_effects"):
                weight = Fraction(row["channel_weight"] or 0)
                self.channel_weights[row["attribution_model"]][row["channel"]] = weight
            self.direct = next(
                row["channel"]
                for row in rows("from mappings.channel_rules order by priority")
                if {row[f"{part}_pattern"] for part in ("source", "medium", "referrer")}
                <= {"(none)", "%"}
                and not row["click_id"]
            )
            self.booking_credits = rows("from marts.fct_booking_credits")
            self.touch_credits = rows("from marts.fct_touch_credits")
            self.pipeline_credits = rows("from marts.fct_pipeline_credits")

        self.touches_of: dict[str, list[Touch]] = defaultdict(list)
        for touch in self.touches:
            self.touches_of[touch.person_id].append(touch)
        self.people_of: dict[str, list[str]] = defaultdict(list)
        self.primary: dict[str, str] = {}
        for row in self.people:
            self.people_of[row["opportunity_id"]].append(row["person_id"])
            if row["role"] == "primary":
                self.primary[row["opportunity_id"]] = row["person_id"]

    def version_at(self, instant: datetime) -> str:
        version = self.versions[0]["definition_version"]
        for row in self.versions:
            if row["valid_from"] <= instant:
                version = row["definition_version"]
        return version

    def deal(self, opportunity: dict[str, Any], closed_at: datetime | None) -> Deal:
        opportunity_id = opportunity["opportunity_id"]
        primary = self.primary.get(opportunity_id)
        return Deal(
            opportunity_id=opportunity_id,
            people=frozenset(self.people_of[opportunity_id]),
            lead_created_at=self.known_at[primary] if primary else None,
            opportunity_created_at=opportunity["created_at"],
            closed_at=closed_at,
            cut_off_at=closed_at or opportunity["created_at"],
        )

    def shares(
        self, of_deal: Deal
    ) -> tuple[list[str | None], dict[str, list[Fraction]]]:
        """The touches of a deal, and for each model the shares of them."""
        version = self.version_at(of_deal.cut_off_at)
        path = touches_that_count(
            of_deal,
            [touch for who in of_deal.people for touch in self.touches_of[who]],
            int(self.settings[version, "lookback_days"]),
            int(self.settings[version, "back_dating_days"]),
        )
        models = {name: rows for (v, name), rows in self.models.items() if v == version}
        if not path:
            return [None], {name: [Fraction(1)] for name in models}
        return [touch.touch_id for touch in path], {
            name: shares_of_touches(
                of_deal, path, positions, self.direct, self.channel_weights[name]
            )
            for name, positions in models.items()
        }


@pytest.fixture(scope="module")
def demo(demo_database: Path) -> Demo:
    return Demo(demo_database)


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def test_reference_agrees_on_every_credit_of_revenue(demo: Demo) -> None:
    by_opportunity: dict[str, list[Booking]] = defaultdict(list)
    for row in demo.bookings:
        by_opportunity[row["opportunity_id"]].append(
            Booking(
                row["booking_id"],
                row["contract_id"],
                row["kind"],
                cents(row["amount_eur"]),
            )
        )
    opportunities = {row["opportunity_id"]: row for row in demo.opportunities}

    expected_bookings, expected_touches = {}, {}
    for opportunity_id, bookings in by_opportunity.items():
        opportunity = opportunities[opportunity_id]
        touch_ids, by_model = demo.shares(demo.deal(opportunity, opportunity["won_at"]))
        for model, shares in by_model.items():
            credits = credits_of_bookings(bookings, shares)
            millionths = give_out(MILLIONTHS, shares)
            for index, touch_id in enumerate(touch_ids):
                if shares[index] == 0:
                    continue
                for booking_id, parts in credits.items():
                    expected_bookings[model, booking_id, touch_id] = parts[index]
                expected_touches[model, opportunity_id, touch_id] = (
                    millionths[index],
                    sum(parts[index] for parts in credits.values()),
                )

    assert {
        (row["attribution_model"], row["booking_id"], row["touch_id"]): cents(
            row["credit_eur"]
        )
        for row in demo.booking_credits
    } == expected_bookings
    assert {
        (row["attribution_model"], row["opportunity_id"], row["touch_id"]): (
            int(row["credit_share"] * MILLIONTHS),
            cents(row["credit_eur"]),
        )
        for row in demo.touch_credits
    } == expected_touches
    assert len(demo.touch_credits) == len(expected_touches) > 3000


def test_reference_agrees_on_every_credit_of_pipeline(demo: Demo) -> None:
    expected = {}
    for opportunity in demo.opportunities:
        opportunity_id = opportunity["opportunity_id"]
        amount = demo.created_amounts.get(opportunity_id)
        if opportunity["outcome"] == "ignored" or amount is None:
            continue
        touch_ids, by_model = demo.shares(demo.deal(opportunity, None))
        for model, shares in by_model.items():
            millionths = give_out(MILLIONTHS, shares)
            parts = give_out(cents(amount), shares)
            for index, touch_id in enumerate(touch_ids):
                if shares[index] > 0:
                    expected[model, opportunity_id, touch_id] = (
                        millionths[index],
                        parts[index],
                    )

    assert {
        (row["attribution_model"], row["opportunity_id"], row["touch_id"]): (
            int(row["credit_share"] * MILLIONTHS),
            cents(row["credit_eur"]),
        )
        for row in demo.pipeline_credits
    } == expected
    assert len(expected) == len(demo.pipeline_credits) > 10000

"""What the reports on money should hold, counted once more with loops.

Cost is read from the raw exports of the advertising platforms, what was earned from the
marts that the rest of the reference judges, as rows by column. Each function gives the
rows of one mart, without the keys that are only hashes of their row.
"""

import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from .agreement import Agreement, Version, seed_rows
from .calendar import Calendar, add_months
from .company import Company, plain
from .money import CENT, EXACT, Rates
from .reading import Exports, Row, day_instant, read_exports

MartRow = dict[str, Any]

UNATTRIBUTED = "(unattributed)"
PLATFORMS = ("google_ads", "linkedin_ads", "meta_ads")
TABLES_OF_MONEY = (
    *(f"{platform}__campaign_daily" for platform in PLATFORMS),
    "finance__fx_rates",
    "salesforce__campaign",
    "salesforce__opportunity",
    "salesforce__opportunity_history",
)
NO_MONEY = Decimal("0.00")


def in_euro(cents: int) -> Decimal:
    """Cents as euros."""
    return Decimal(cents).scaleb(-2)


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction with so many decimals; a half goes away from zero."""
    quotient = EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return EXACT.quantize(quotient, Decimal(1).scaleb(-places))


def ratio(
    numerator: Decimal | int | None, denominator: Decimal | int | None, places: int = 6
) -> Decimal | None:
    """One sum by another; nothing when either is unknown or there is none to share."""
    if numerator is None or not denominator:
        return None
    return rounded(Fraction(numerator) / Fraction(denominator), places)


def first_of_month(day: date) -> date:
    """The month of a day."""
    return day.replace(day=1)


def first_of_quarter(day: date) -> date:
    """The quarter of a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


class Books:
    """Raw exports and the agreement, as reports on money read them."""

    def __init__(
        self, exports_dir: Path, seeds: Path, as_of: datetime | None = None
    ) -> None:
        self.agreement = Agreement(seeds / "lead_definition")
        self.company = Company(seeds / "mappings")
        self.calendar = Calendar(seeds / "mappings", self.agreement.zone)
        skew = self.agreement.in_force[0].setting("clock_skew_minutes")
        self.exports: Exports = read_exports(
            exports_dir,
            self.agreement.zone,
            timedelta(minutes=skew),
            as_of,
            tables=TABLES_OF_MONEY,
        )
        self.as_of = self.exports.as_of
        self.today = self.calendar.local_day(self.as_of)
        self.rates = Rates(self.exports, self.calendar)
        self._stages = seed_rows(seeds / "lead_definition", "funnel_stages")
        self.channels = {
            plain(row["platform"]): row["channel"]
            for row in seed_rows(seeds / "mappings", "ad_platform_channels")
        }
        self.plan = {
            date.fromisoformat(row["quarter_starts_on"]): row
            for row in seed_rows(seeds / "mappings", "quarterly_plan")
        }

    @property
    def teams(self) -> list[str]:
        """The teams of the agreement: who can be accountable in a stage."""
        return sorted(
            {
                row["owner_team"]
                for row in self._stages
                if row["definition_version"] == self.rules.number and row["owner_team"]
            }
        )

    @property
    def rules(self) -> Version:
        """The version that a report speaks by; where none is in force, the newest."""
        return self.agreement.version_at(self.as_of) or self.agreement.in_force[-1]

    def is_in_window(self, day: date) -> bool:
        """Whether a day is one of those up to today that win rates are taken from."""
        days = int(self.rules.setting("weighted_pipeline_window_days"))
        return self.today - timedelta(days=days) < day <= self.today

    def month_of(self, instant: datetime) -> date:
        """The local month of an instant."""
        return first_of_month(self.calendar.local_day(instant))


# Campaigns


def campaign_code(name: str | None) -> str | None:
    """What names of one campaign have in common: letters and digits."""
    code = re.sub(r"[\W_]", "", plain(name))
    return code or None


def platform_code(name: str | None) -> str:
    """A platform as people write it: `Google Ads` is `google_ads`."""
    return plain(name).replace(" ", "_")


def ad_campaigns(books: Books) -> dict[tuple[str, str], MartRow]:
    """Each campaign of a platform, with the campaign that its cost is part of."""
    crm = list(books.exports.newest["salesforce__campaign"].values())
    deleted = deleted_campaigns(books)
    # The one that still exists, then the smaller id.
    crm.sort(key=lambda row: (row["campaign_id"] in deleted, row["campaign_id"]))
    found: dict[tuple[str, str], MartRow] = {}
    for platform in PLATFORMS:
        last_row: dict[str, Row] = {}
        for row in ad_statements(books.exports, platform):
            last = last_row.get(row["platform_campaign_id"])
            if last is None or (row["exported_at"], row["spend_date"]) >= (
                last["exported_at"],
                last["spend_date"],
            ):
                last_row[row["platform_campaign_id"]] = row
        for ad_id, row in last_row.items():
            by_id = [
                one["campaign_id"]
                for one in crm
                if one["ad_campaign_id"] == ad_id
                and platform_code(one["ad_platform"]) == platform
            ]
            code = campaign_code(row["campaign_name"])
            by_name = [
                one["campaign_id"]
                for column in ("campaign_name", "campaign_id")
                for one in crm
                if code and campaign_code(one[column]) == code
            ]
            campaign_id, method = f"{platform}:{ad_id}", "none"
            if by_name:
                campaign_id, method = by_name[0], "campaign_code"
            if by_id:
                campaign_id, method = by_id[0], "crm_ad_id"
            found[platform, ad_id] = {
                "platform": platform,
                "platform_campaign_id": ad_id,
                "campaign_id": campaign_id,
                "campaign_name": row["campaign_name"],
                "match_method": method,
            }
    return found


def deleted_campaigns(books: Books) -> set[str]:
    """The campaigns that were deleted in the CRM, or that its last export lacks."""
    present = {
        row["campaign_id"] for row in books.exports.present["salesforce__campaign"]
    }
    return {
        campaign_id
        for campaign_id, row in books.exports.newest["salesforce__campaign"].items()
        if row["is_deleted_in_crm"] or campaign_id not in present
    }


def campaigns(books: Books) -> list[MartRow]:
    """`dim_campaigns`: those of the CRM, and those of platforms that none names."""
    deleted = deleted_campaigns(books)
    rows = [
        {
            "campaign_id": campaign_id,
            "platform_campaign_id": row["ad_campaign_id"],
            "campaign_name": row["campaign_name"],
            "campaign_type": row["campaign_type"],
            "platform": platform_code(row["ad_platform"]) or None,
            "is_operational": books.company.is_operational_campaign(
                row["campaign_type"]
            ),
            "is_deleted": campaign_id in deleted,
        }
        for campaign_id, row in books.exports.newest["salesforce__campaign"].items()
    ]
    rows += [
        {
            "campaign_id": row["campaign_id"],
            "platform_campaign_id": row["platform_campaign_id"],
            "campaign_name": row["campaign_name"],
            "campaign_type": None,
            "platform": row["platform"],
            "is_operational": False,
            "is_deleted": False,
        }
        for row in ad_campaigns(books).values()
        if row["match_method"] == "none"
    ]
    return rows


# Spend


def ad_statements(exports: Exports, platform: str) -> list[Row]:
    """What a platform stated of its campaigns' days, oldest export first.

    A row that tells of more than a day tells of none. Of copies of a day in one export
    the last is what it stated.
    """
    stated: dict[tuple[object, ...], Row] = {}
    for row in exports.versions[f"{platform}__campaign_daily"]:
        if row.get("last_day") not in (None, row["spend_date"]):
            continue
        key = (row["platform_campaign_id"], row["spend_date"], row["exported_at"])
        stated[key] = row
    return sorted(stated.values(), key=lambda row: row["exported_at"])


def spend_versions(books: Books) -> list[MartRow]:
    """`fct_spend_versions`: a row per statement that changed the cost of a day."""
    matches = ad_campaigns(books)
    rows: list[MartRow] = []
    for platform in PLATFORMS:
        by_day: dict[tuple[str, date], list[MartRow]] = {}
        for statement in ad_statements(books.exports, platform):
            ad_id, day = statement["platform_campaign_id"], statement["spend_date"]
            exact_cost = statement["cost"] or Decimal(0)
            cost = EXACT.quantize(exact_cost, CENT)
            currency = statement["currency"]
            versions = by_day.setdefault((ad_id, day), [])
            last = versions[-1] if versions else None
            if last and (last["currency"], last["cost"]) == (currency, cost):
                continue
            cost_eur = in_euro(books.rates.cents_of_cost(day, exact_cost, currency))
            if last:
                last["is_current"] = False
                last["superseded_at"] = statement["exported_at"]
            versions.append(
                {
                    "platform": platform,
                    "platform_campaign_id": ad_id,
                    "campaign_id": matches[platform, ad_id]["campaign_id"],
                    "match_method": matches[platform, ad_id]["match_method"],
                    "version_number": len(versions) + 1,
                    "currency": currency,
                    "cost": cost,
                    "cost_eur": cost_eur,
                    "change_eur": cost_eur - last["cost_eur"] if last else None,
                    "is_current": True,
                    "spend_date": day,
                    "stated_at": statement["exported_at"],
                    "superseded_at": None,
                }
            )
        for versions in by_day.values():
            rows += versions
    return rows


def spend_daily(books: Books) -> list[MartRow]:
    """`fct_spend_daily`: what each day of a campaign cost, as last stated."""
    matches = ad_campaigns(books)
    rows: list[MartRow] = []
    for platform in PLATFORMS:
        newest: dict[tuple[str, date], Row] = {}
        for statement in ad_statements(books.exports, platform):
            key = (statement["platform_campaign_id"], statement["spend_date"])
            newest[key] = statement
        for (ad_id, day), statement in newest.items():
            cost = statement["cost"] or Decimal(0)
            conversions = statement["conversions"]
            rows.append(
                {
                    "platform": platform,
                    "platform_campaign_id": ad_id,
                    "campaign_id": matches[platform, ad_id]["campaign_id"],
                    "match_method": matches[platform, ad_id]["match_method"],
                    "channel": books.channels.get(platform, UNATTRIBUTED),
                    "currency": statement["currency"],
                    "cost": EXACT.quantize(cost, CENT),
                    "cost_eur": in_euro(
                        books.rates.cents_of_cost(day, cost, statement["currency"])
                    ),
                    "impressions": statement["impressions"],
                    "clicks": statement["clicks"],
                    "platform_conversions": None
                    if conversions is None
                    else EXACT.quantize(conversions, CENT),
                    "spend_date": day,
                    "stated_at": statement["exported_at"],
                }
            )
    return rows


def spend_restatements(
    books: Books, versions: Sequence[MartRow], spend_ids: Mapping[tuple, str]
) -> list[MartRow]:
    """`rpt_spend_restatements`: what closed days cost, then and a week before.

    `spend_ids` names the days of campaigns: platform, campaign and day -> id.
    """
    zone = books.agreement.zone
    monday = books.today - timedelta(days=books.today.weekday())
    weeks = int(books.rules.setting("restatement_weeks"))
    rows = []
    for week_start in (monday - timedelta(weeks=back) for back in range(weeks)):
        previous_monday = week_start - timedelta(weeks=1)
        reported_at = day_instant(week_start, time.min, zone)
        previous_at = day_instant(previous_monday, time.min, zone)
        for platform in {row["platform"] for row in versions}:
            closed = [
                row
                for row in versions
                if row["platform"] == platform and row["spend_date"] < previous_monday
            ]
            before, now = _known_at(closed, previous_at), _known_at(closed, reported_at)
            restated = {
                key: now[key]["cost_eur"] - before[key]["cost_eur"]
                for key in before
                if any(now[key][name] != before[key][name] for name in STATED)
            }
            late = [row["cost_eur"] for key, row in now.items() if key not in before]
            spent = sum((row["cost_eur"] for row in now.values()), NO_MONEY)
            spent_before = sum((row["cost_eur"] for row in before.values()), NO_MONEY)
            largest = min(
                restated,
                key=lambda key: (-abs(restated[key]), key[-1], spend_ids[key]),
                default=None,
            )
            rows.append(
                {
                    "platform": platform,
                    "iso_week": "{}-W{:02}".format(*week_start.isocalendar()),
                    "previous_spend_eur": spent_before,
                    "spend_eur": spent,
                    "delta_eur": spent - spent_before,
                    "restated_eur": sum(restated.values(), NO_MONEY),
                    "late_eur": sum(late, NO_MONEY),
                    "restated_day_count": len(restated),
                    "late_day_count": len(late),
                    "largest_spend_id": largest and spend_ids[largest],
                    "largest_campaign_id": largest and now[largest]["campaign_id"],
                    "largest_spend_date": largest and largest[-1],
                    "largest_change_eur": largest and restated[largest],
                    "week_start": week_start,
                    "previous_reported_at": previous_at,
                    "reported_at": reported_at,
                }
            )
    return rows


STATED = ("currency", "cost")


def _known_at(versions: Iterable[MartRow], instant: datetime) -> dict[tuple, MartRow]:
    """The statement of each day that was the newest at an instant."""
    return {
        spend_key(row): row
        for row in versions
        if row["stated_at"] <= instant
        and (row["superseded_at"] is None or row["superseded_at"] > instant)
    }


def spend_key(row: MartRow) -> tuple[str, str, date]:
    """What a row of spend is about."""
    return row["platform"], row["platform_campaign_id"], row["spend_date"]


# Closed loop


def first_touches(
    passes: Iterable[MartRow], touches: Iterable[MartRow]
) -> dict[str, MartRow]:
    """The first touch of each pass that had one.

    Pass 1 takes in the visits before the person was known; a later pass starts with
    its opening. What comes after the closing is of no pass but the next, and what opens
    a pass is of it (1.17), also when the pass closes in the same second.
    """
    of_person: dict[str, list[MartRow]] = defaultdict(list)
    for touch in touches:
        if touch["person_id"]:
            of_person[touch["person_id"]].append(touch)
    found = {}
    for pass_ in passes:
        opened_at, closed_at = pass_["opened_at"], pass_["closed_at"]
        candidates = [
            touch
            for touch in of_person[pass_["person_id"]]
            if touch["occurred_at"] == opened_at
            or (
                (pass_["pass_number"] == 1 or touch["occurred_at"] > opened_at)
                and (closed_at is None or touch["occurred_at"] < closed_at)
            )
        ]
        if candidates:
            # Within a second, what can earn credit goes before our own attempts.
            found[pass_["pass_id"]] = min(
                candidates,
                key=lambda touch: (
                    touch["occurred_at"],
                    not touch["is_eligible_for_credit"],
                    touch["touch_type"],
                    touch["channel"] or "",
                    touch["touch_id"],
                ),
            )
    return found


def new_customers(opportunities: Iterable[MartRow]) -> list[MartRow]:
    """The first won deal of each account; one without an account is its own."""
    first: dict[str, MartRow] = {}
    for deal in opportunities:
        if deal["outcome"] != "won":
            continue
        customer = deal["account_id"] or f"deal {deal['opportunity_id']}"
        best = first.get(customer, deal)
        if _won_order(deal) <= _won_order(best):
            first[customer] = deal
    return list(first.values())


def _won_order(deal: MartRow) -> tuple[datetime, str]:
    return deal["won_at"], deal["opportunity_id"]


LOOP_COUNTS = (
    "people_count",
    "inquiry_count",
    "mql_count",
    "sal_count",
    "sql_count",
    "opportunity_count",
    "won_count",
    "new_customer_count",
    "handover_count",
    "accepted_count",
    "rejected_count",
    "expired_count",
    "excluded_count",
    "undecided_count",
)
# Column of a cost -> the count that it is of.
LOOP_COSTS = {
    "cost_per_person_eur": "people_count",
    "cost_per_inquiry_eur": "inquiry_count",
    "cost_per_mql_eur": "mql_count",
    "cost_per_sal_eur": "sal_count",
    "cost_per_sql_eur": "sql_count",
    "cost_per_opportunity_eur": "opportunity_count",
    "cost_per_won_eur": "won_count",
    "marketing_cac_eur": "new_customer_count",
}


class _Cohort:
    """What became of the people of one campaign or channel and month."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.spend: Decimal | None = None
        self.revenue = NO_MONEY


def closed_loop(books: Books, marts: Mapping[str, Sequence[MartRow]]) -> list[MartRow]:
    """`rpt_closed_loop`: spend and outcomes by the first touch of each pass."""
    names = {row["campaign_id"]: row["campaign_name"] for row in campaigns(books)}
    rows = []
    for loop_by in ("campaign", "channel"):
        for (value, month), cohort in _cohorts(books, marts, loop_by).items():
            rows.append(
                {
                    "loop_by": loop_by,
                    "campaign_id": value if loop_by == "campaign" else None,
                    "campaign_name": (names.get(value) or value)
                    if loop_by == "campaign"
                    else None,
                    "channel": value if loop_by == "channel" else None,
                    "cohort_month": month,
                    **_loop_figures(books, month, cohort),
                }
            )
    return rows


def _cohorts(
    books: Books, marts: Mapping[str, Sequence[MartRow]], loop_by: str
) -> dict[tuple[str, date], _Cohort]:
    column = "campaign_id" if loop_by == "campaign" else "channel"
    cohorts: dict[tuple[str, date], _Cohort] = defaultdict(_Cohort)
    cohort_of_pass: dict[str, _Cohort] = {}
    touches = first_touches(marts["fct_funnel"], marts["fct_touches"])
    for pass_ in marts["fct_funnel"]:
        touch = touches.get(pass_["pass_id"])
        value = (touch and touch[column]) or UNATTRIBUTED
        month = books.month_of(touch["occurred_at"] if touch else pass_["opened_at"])
        cohort = cohort_of_pass[pass_["pass_id"]] = cohorts[value, month]
        cohort.counts["people_count"] += pass_["pass_number"] == 1
        for stage in ("inquiry", "mql", "sal", "sql"):
            cohort.counts[f"{stage}_count"] += pass_[f"{stage}_at"] is not None

    pass_of_deal: dict[str, str | None] = {}
    new = {deal["opportunity_id"] for deal in new_customers(marts["fct_opportunities"])}
    for deal in marts["fct_opportunities"]:
        pass_id = pass_of_deal[deal["opportunity_id"]] = deal["primary_pass_id"]
        cohort = (
            cohort_of_pass[pass_id]
            if pass_id
            else cohorts[UNATTRIBUTED, books.month_of(deal["created_at"])]
        )
        cohort.counts["opportunity_count"] += 1
        cohort.counts["won_count"] += deal["outcome"] == "won"
        cohort.counts["new_customer_count"] += deal["opportunity_id"] in new

    for booking in marts["fct_bookings"]:
        pass_id = pass_of_deal.get(booking["opportunity_id"])
        cohort = (
            cohort_of_pass[pass_id]
            if pass_id
            else cohorts[UNATTRIBUTED, first_of_month(booking["booked_on"])]
        )
        cohort.revenue += booking["amount_eur"]

    for handover in marts["fct_handovers"]:
        if handover["direction"] == "marketing_to_sales":
            _count_handover(cohort_of_pass[handover["pass_id"]], handover)

    for day in spend_daily(books):
        cohort = cohorts[day[column], first_of_month(day["spend_date"])]
        cohort.spend = (cohort.spend or NO_MONEY) + day["cost_eur"]
    return cohorts


def _count_handover(cohort: _Cohort, handover: MartRow) -> None:
    cohort.counts["handover_count"] += 1
    if handover["is_excluded_from_rates"]:
        verdict = "excluded"
    elif handover["decision"] in ("accepted", "rejected", "expired"):
        verdict = handover["decision"]
    else:
        verdict = "undecided"
    cohort.counts[f"{verdict}_count"] += 1
    if verdict == "rejected" and handover["reason_code"]:
        cohort.reasons[handover["reason_code"]] += 1


def _loop_figures(books: Books, month: date, cohort: _Cohort) -> MartRow:
    counts, spend, revenue = cohort.counts, cohort.spend, cohort.revenue
    plan = books.plan.get(first_of_quarter(month))
    margin = Fraction(plan["gross_margin"]) * Fraction(revenue) if plan else None
    judged = sum(counts[f"{one}_count"] for one in ("accepted", "rejected", "expired"))
    payback = None
    is_charged = spend is not None and spend > 0
    if plan and margin and margin > 0 and is_charged and counts["new_customer_count"]:
        payback = rounded(Fraction(spend) * int(plan["contract_months"]) / margin, 2)
    days = int(books.rules.setting("maturity_days_inquiry_won"))
    return {
        "top_rejection_reason": min(
            cohort.reasons,
            key=lambda reason: (-cohort.reasons[reason], reason),
            default=None,
        ),
        "spend_eur": spend,
        "net_revenue_eur": revenue,
        "gross_margin_eur": None if margin is None else rounded(margin, 2),
        **{name: counts[name] for name in LOOP_COUNTS},
        "acceptance_rate": ratio(counts["accepted_count"], judged),
        **{name: ratio(spend, counts[count], 2) for name, count in LOOP_COSTS.items()},
        "payback_months": payback,
        "return_on_spend": None
        if margin is None or not is_charged
        else rounded((margin - Fraction(spend)) / Fraction(spend), 6),
        "is_mature": add_months(month, 1) + timedelta(days=days) <= books.today,
    }


def acquisition_cost(
    books: Books, marts: Mapping[str, Sequence[MartRow]]
) -> list[MartRow]:
    """`rpt_acquisition_cost`: cost of a quarter, and the customers that it brought."""
    spend = spend_daily(books)
    rows = []
    for quarter, plan in books.plan.items():
        if quarter > books.today:
            continue
        in_quarter = quarter_test(quarter)
        spent = sum(
            (row["cost_eur"] for row in spend if in_quarter(row["spend_date"])),
            NO_MONEY,
        )
        sales_cost = Decimal(plan["sales_cost_eur"])
        new = {
            deal["opportunity_id"]
            for deal in new_customers(marts["fct_opportunities"])
            if in_quarter(deal["closed_on"])
        }
        revenue = sum(
            (
                row["amount_eur"]
                for row in marts["fct_bookings"]
                if row["opportunity_id"] in new
            ),
            NO_MONEY,
        )
        monthly_margin = (
            Fraction(revenue)
            * Fraction(plan["gross_margin"])
            / int(plan["contract_months"])
        )
        rows.append(
            {
                "quarter_start": quarter,
                "spend_eur": spent,
                "sales_cost_eur": sales_cost,
                "acquisition_cost_eur": spent + sales_cost,
                "new_customer_count": len(new),
                "net_revenue_eur": revenue,
                "monthly_margin_eur": rounded(monthly_margin, 2),
                "cac_eur": ratio(spent + sales_cost, len(new), 2),
                "payback_months": rounded(
                    Fraction(spent + sales_cost) / monthly_margin, 2
                )
                if monthly_margin > 0
                else None,
                "is_quarter_complete": add_months(quarter, 3) <= books.today,
            }
        )
    return rows


def quarter_test(quarter: date) -> Callable[[date], bool]:
    """Whether a day is of the quarter."""
    return lambda day: first_of_quarter(day) == quarter


# Sourcing and buying groups


def sourcing(books: Books, marts: Mapping[str, Sequence[MartRow]]) -> list[MartRow]:
    """`rpt_sourcing`: what each team brought in and touched, by month of signing."""
    teams = [*books.teams, "unknown"]
    deals = {row["opportunity_id"]: row for row in marts["fct_opportunities"]}
    months = {first_of_month(row["booked_on"]) for row in marts["fct_bookings"]}
    months |= {
        first_of_month(deal["closed_on"])
        for deal in deals.values()
        if deal["outcome"] == "won"
    }
    rows = []
    for month in months:
        bookings = [
            (row, deals.get(row["opportunity_id"], {}))
            for row in marts["fct_bookings"]
            if first_of_month(row["booked_on"]) == month
        ]
        contracts = [one for one in bookings if one[0]["kind"] == "contract"]
        signed = _euros(contracts)
        booked = {
            team: _euros(
                one
                for one in contracts
                if (one[1].get("sourced_by") or "unknown") == team
            )
            for team in teams
        }
        shares = shares_of_one(booked)
        for team in teams:
            influenced = (
                None
                if team == "unknown"
                else _euros(
                    one for one in contracts if one[1].get(f"is_{team}_influenced")
                )
            )
            rows.append(
                {
                    "signed_month": month,
                    "team": team,
                    "won_opportunity_count": sum(
                        deal["outcome"] == "won"
                        and first_of_month(deal["closed_on"]) == month
                        and (deal["sourced_by"] or "unknown") == team
                        for deal in deals.values()
                    ),
                    "booked_eur": booked[team],
                    "net_revenue_eur": _euros(
                        one
                        for one in bookings
                        if (one[1].get("sourced_by") or "unknown") == team
                    ),
                    "sourced_share": shares.get(team),
                    "influenced_eur": influenced,
                    "influenced_share": ratio(influenced, signed),
                }
            )
    return rows


def _euros(bookings: Iterable[tuple[MartRow, MartRow]]) -> Decimal:
    return sum((row["amount_eur"] for row, _ in bookings), NO_MONEY)


def shares_of_one(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Parts of one in the order of names; none when all is nothing.

    What is rounded are the sums up to each name, so that the parts add up.
    """
    total = sum(amounts.values(), NO_MONEY)
    if not total:
        return {}
    shares = {}
    running, given = NO_MONEY, Decimal(0)
    for name, amount in sorted(amounts.items()):
        running += amount
        up_to_here = rounded(Fraction(running) / Fraction(total), 6)
        shares[name] = up_to_here - given
        given = up_to_here
    return shares


BUYING_STAGES = ("inquiry", "mql", "sal", "sql", "opportunity", "customer")


def buying_groups(
    marts: Mapping[str, Sequence[MartRow]], people_of: Mapping[str, Iterable[str]]
) -> list[MartRow]:
    """`fct_buying_groups`: the people of each deal by what they reached.

    `people_of` names the people of each deal. They take part in it in the pass that
    they were in when it was created, and the primary person in the pass that it moves.
    """
    passes_of: dict[str, list[MartRow]] = defaultdict(list)
    for pass_ in sorted(marts["fct_funnel"], key=lambda row: row["pass_number"]):
        passes_of[pass_["person_id"]].append(pass_)
    rows = []
    for deal in marts["fct_opportunities"]:
        people = set(people_of.get(deal["opportunity_id"], ()))
        reached: dict[str, set[str]] = {stage: set() for stage in BUYING_STAGES}
        for person_id in people:
            begun = [
                pass_
                for pass_ in passes_of[person_id]
                if pass_["opened_at"] <= deal["created_at"]
            ]
            part = (begun or passes_of[person_id][:1])[-1]
            if person_id == deal["primary_person_id"]:
                part = next(
                    pass_
                    for pass_ in passes_of[person_id]
                    if pass_["pass_id"] == deal["primary_pass_id"]
                )
            for stage in BUYING_STAGES:
                if part[f"reached_{stage}"]:
                    reached[stage].add(person_id)
        same = (
            "opportunity_id",
            "account_id",
            "primary_person_id",
            "primary_pass_id",
            "outcome",
            "sourced_by",
            "booked_amount_eur",
            "closed_on",
            "created_at",
            "created_month",
        )
        rows.append(
            {name: deal[name] for name in same}
            | {
                "person_count": len(people),
                "supporting_person_count": len(people - {deal["primary_person_id"]}),
            }
            | {f"{stage}_person_count": len(reached[stage]) for stage in BUYING_STAGES}
        )
    return rows


# Pipeline


def stage_periods(books: Books) -> dict[str, list[MartRow]]:
    """The periods of each opportunity in a stage of the CRM, in the order of time.

    A stage that is written again has not been left; one that was left within the second
    was none, but what follows it is a new entry. The record can have a stage that its
    history does not know yet; without a history it has been in its stage since it was
    created.
    """
    changes: dict[str, list[Row]] = defaultdict(list)
    for change in books.exports.newest["salesforce__opportunity_history"].values():
        changes[change["opportunity_id"]].append(change)
    entries: dict[str, list[tuple[datetime, str, str]]] = {}
    for opportunity_id, rows in changes.items():
        entries[opportunity_id] = sorted(
            (row["occurred_at"], row["change_id"], plain(row["stage_name"]))
            for row in rows
            if row["stage_name"]
        )
    for opportunity_id, record in books.exports.newest[
        "salesforce__opportunity"
    ].items():
        if record["stage_name"]:
            has_history = opportunity_id in changes
            since = record["modified_at"] if has_history else record["created_at"]
            of_deal = entries.setdefault(opportunity_id, [])
            # Behind the changes of its own second.
            of_deal.append((since, "~", plain(record["stage_name"])))
            of_deal.sort()
    periods: dict[str, list[MartRow]] = {}
    for opportunity_id, of_opportunity in entries.items():
        stays: list[MartRow] = []
        for changed_at, _, stage in of_opportunity:
            if stays and stays[-1]["stage"] == stage:
                continue
            if stays:
                stays[-1]["valid_to"] = changed_at
            stays.append({"stage": stage, "valid_from": changed_at, "valid_to": None})
        periods[opportunity_id] = [
            stay for stay in stays if stay["valid_to"] != stay["valid_from"]
        ]
    return periods


def in_days(span: timedelta) -> Fraction:
    """A span of time in days of 86,400 seconds."""
    return Fraction(int(span.total_seconds()), 86_400)


def percentile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The least value that at least a share of the values does not exceed."""
    place = share * len(values)
    return sorted(values)[max(-(-place.numerator // place.denominator), 1) - 1]


def pipeline(books: Books, marts: Mapping[str, Sequence[MartRow]]) -> list[MartRow]:
    """`rpt_pipeline`: the deals that are open, their worth and their chance."""
    periods = stage_periods(books)
    closed = [
        deal
        for deal in marts["fct_opportunities"]
        if deal["outcome"] != "open" and books.is_in_window(deal["closed_on"])
    ]
    records = books.exports.newest["salesforce__opportunity"]
    rows = []
    for deal in marts["fct_opportunities"]:
        if deal["outcome"] != "open":
            continue
        record = records[deal["opportunity_id"]]
        stage = plain(deal["crm_stage_name"])
        history = periods.get(deal["opportunity_id"], [])
        entered_at = history[-1]["valid_from"] if history else deal["created_at"]
        in_stage = in_days(books.as_of - entered_at) if stage else None
        limit, limit_source = stalled_limit(books, periods, stage)
        like = [
            one
            for one in closed
            if stage
            in {period["stage"] for period in periods.get(one["opportunity_id"], [])}
        ]
        win_rate = ratio(sum(one["outcome"] == "won" for one in like), len(like))
        amount_eur = _euros_today(books, deal["amount"], deal["currency"])
        chance = record["probability"]
        rows.append(
            {
                name: deal[name]
                for name in (
                    "opportunity_id",
                    "account_id",
                    "owner_user_id",
                    "primary_pass_id",
                    "primary_person_id",
                    "crm_stage_name",
                    "sourced_by",
                    "amount",
                    "currency",
                    "close_date",
                    "created_at",
                )
            }
            | {
                "stalled_limit_source": limit_source,
                "amount_eur": amount_eur,
                "created_amount_eur": _created_euros(books, deal["opportunity_id"]),
                "crm_probability": None if chance is None else ratio(chance, 100),
                "crm_weighted_amount_eur": None
                if chance is None
                else _part(amount_eur, Fraction(chance) / 100),
                "historic_win_rate": win_rate,
                "historic_closed_count": len(like),
                "weighted_amount_eur": None
                if win_rate is None
                else _part(amount_eur, Fraction(win_rate)),
                "age_days": rounded(in_days(books.as_of - deal["created_at"]), 6),
                "days_in_crm_stage": None if in_stage is None else rounded(in_stage, 6),
                "stalled_limit_days": rounded(limit, 6),
                "is_past_close_date": deal["close_date"] is not None
                and deal["close_date"] < books.today,
                "is_stalled": in_stage is not None and in_stage > limit,
                "closing_quarter": deal["close_date"]
                and first_of_quarter(deal["close_date"]),
            }
        )
    return rows


def stalled_limit(
    books: Books, periods: Mapping[str, list[MartRow]], stage: str
) -> tuple[Fraction, str]:
    """The days in a stage of the CRM beyond which a deal is stalled, and whence.

    Only stays that began long enough ago for most to have ended tell how long one is.
    """
    fallback = int(books.rules.setting("stalled_fallback_days"))
    latest = books.as_of - timedelta(days=fallback)
    stays = [
        in_days(period["valid_to"] - period["valid_from"])
        for of_deal in periods.values()
        for period in of_deal
        if period["stage"] == stage
        and period["valid_to"] is not None
        and period["valid_from"] <= latest
    ]
    if len(stays) < int(books.rules.setting("stalled_minimum_exits")):
        return Fraction(fallback), "agreement"
    share = Fraction(books.rules.text_setting("stalled_percentile"))
    return percentile(stays, share), "history"


def _euros_today(
    books: Books, amount: Decimal | None, currency: str | None
) -> Decimal | None:
    if amount is None:
        return None
    return in_euro(books.rates.cents_today(amount, currency))


def _part(amount: Decimal | None, share: Fraction) -> Decimal | None:
    return None if amount is None else rounded(Fraction(amount) * share, 2)


def _created_euros(books: Books, opportunity_id: str) -> Decimal | None:
    record = books.exports.newest["salesforce__opportunity"][opportunity_id]
    changes = sorted(
        (
            change
            for change in books.exports.newest[
                "salesforce__opportunity_history"
            ].values()
            if change["opportunity_id"] == opportunity_id
            and change["amount"] is not None
        ),
        key=lambda change: (change["occurred_at"], change["change_id"]),
    )
    first = changes[0]["amount"] if changes else record["amount"]
    return _euros_today(books, first, record["currency"])


# What a lead is worth


class _Group:
    """MQLs of one group, and the contracts of such MQLs."""

    def __init__(self) -> None:
        self.mql_count = 0
        self.won_count = 0
        self.contracts: list[Decimal] = []


def lead_values(books: Books, marts: Mapping[str, Sequence[MartRow]]) -> list[MartRow]:
    """`rpt_lead_values`: what share of MQLs is won, times what a deal brings."""
    horizon = int(books.rules.setting("maturity_days_mql_won"))
    minimum = int(books.rules.setting("small_sample_minimum"))
    touches = first_touches(marts["fct_funnel"], marts["fct_touches"])
    groups: dict[tuple[str, str], _Group] = defaultdict(_Group)
    whole = groups["all", "all"]
    groups_of_pass: dict[str, list[tuple[str, str]]] = {}
    for pass_ in marts["fct_funnel"]:
        if pass_["mql_at"] is None:
            continue
        names = groups_of_pass[pass_["pass_id"]] = _slices(
            pass_, touches.get(pass_["pass_id"])
        )
        month = books.month_of(pass_["mql_at"])
        is_mature = add_months(month, 1) + timedelta(days=horizon) <= books.today
        won_at = pass_["customer_at"]
        is_won = won_at is not None and won_at - pass_["mql_at"] <= timedelta(
            days=horizon
        )
        for name in names:
            groups[name].mql_count += is_mature
            groups[name].won_count += is_mature and is_won
    deals = {row["opportunity_id"]: row for row in marts["fct_opportunities"]}
    for booking in marts["fct_bookings"]:
        if booking["kind"] != "contract" or not books.is_in_window(
            booking["booked_on"]
        ):
            continue
        whole.contracts.append(booking["amount_eur"])
        pass_id = deals.get(booking["opportunity_id"], {}).get("primary_pass_id")
        for name in groups_of_pass.get(pass_id, []):
            if name != ("all", "all"):
                groups[name].contracts.append(booking["amount_eur"])

    rows = []
    for (slice_, value), group in groups.items():
        has_own = group is whole or len(group.contracts) >= minimum
        contracts = group.contracts if has_own else whole.contracts
        mean = (
            Fraction(sum(contracts, NO_MONEY)) / len(contracts) if contracts else None
        )
        rate = Fraction(group.won_count, group.mql_count) if group.mql_count else None
        lower, upper = wilson(books, group.won_count, group.mql_count)
        rows.append(
            {
                "slice": slice_,
                "slice_value": value,
                "mql_count": group.mql_count or None,
                "won_count": group.won_count if group.mql_count else None,
                "win_rate": None if rate is None else rounded(rate, 6),
                "lower_95": lower,
                "upper_95": upper,
                "contract_count": len(group.contracts),
                "mean_deal_eur": None if mean is None else rounded(mean, 2),
                "median_deal_eur": rounded(
                    Fraction(statistics.median(map(Fraction, contracts))), 2
                )
                if contracts
                else None,
                "expected_value_eur": None
                if rate is None or mean is None
                else rounded(rate * mean, 2),
                "has_own_mean_deal": has_own,
                "is_small_sample": group.mql_count < minimum
                if group.mql_count
                else None,
            }
        )
    return rows


def _slices(pass_: MartRow, touch: MartRow | None) -> list[tuple[str, str]]:
    """The groups that an MQL is of; an expansion is of none but its type."""
    by_type = [("pass_type", pass_["pass_type"])]
    if pass_["pass_type"] != "new_business":
        return by_type
    is_known = touch is not None and touch["occurred_at"] <= pass_["mql_at"]
    return [
        ("all", "all"),
        ("channel", touch["channel"] if touch and is_known else UNATTRIBUTED),
        ("grade", pass_["fit_grade"] or "(no grade)"),
        ("attempt", "first" if pass_["pass_number"] == 1 else "later"),
        *by_type,
    ]


def wilson(
    books: Books, successes: int, trials: int
) -> tuple[Decimal | None, Decimal | None]:
    """The interval of Wilson for a share, at the confidence of the agreement."""
    if not trials:
        return None, None
    confidence = books.rules.setting("confidence_level")
    z = statistics.NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * (share * (1 - share) / trials + (z / (2 * trials)) ** 2) ** 0.5
    bounds = ((middle + sign * spread) / (1 + z * z / trials) for sign in (-1, 1))
    lower, upper = (rounded(Fraction(bound), 6) for bound in bounds)
    return max(lower, Decimal(0)), min(upper, Decimal(1))


def quarter_outlook(
    books: Books, marts: Mapping[str, Sequence[MartRow]]
) -> list[MartRow]:
    """`rpt_quarter_outlook`: how far the open pipeline covers each quarter's plan."""
    open_deals = pipeline(books, marts)
    whole = next(row for row in lead_values(books, marts) if row["slice"] == "all")
    rows = []
    for quarter, plan in books.plan.items():
        in_quarter = quarter_test(quarter)
        target = Decimal(plan["bookings_target_eur"])
        bookings = [
            row for row in marts["fct_bookings"] if in_quarter(row["booked_on"])
        ]
        booked = _sum(
            row["amount_eur"] for row in bookings if row["kind"] == "contract"
        )
        to_close = [row for row in open_deals if row["closing_quarter"] == quarter]
        open_eur = _sum(row["amount_eur"] for row in to_close)
        remaining = max(target - booked, NO_MONEY)
        is_over = add_months(quarter, 3) <= books.today
        needed = None
        if not is_over and not remaining:
            needed = 0
        elif not is_over and whole["mean_deal_eur"] and whole["win_rate"]:
            leads = (
                Fraction(remaining)
                / Fraction(whole["mean_deal_eur"])
                * Fraction(whole["mql_count"], whole["won_count"])
            )
            needed = -(-leads.numerator // leads.denominator)
        rows.append(
            {
                "quarter_start": quarter,
                "quarter_end": add_months(quarter, 3) - timedelta(days=1),
                "bookings_target_eur": target,
                "booked_eur": booked,
                "net_revenue_eur": _sum(row["amount_eur"] for row in bookings),
                "remaining_target_eur": remaining,
                "created_pipeline_eur": _sum(
                    _created_euros(books, deal["opportunity_id"])
                    for deal in marts["fct_opportunities"]
                    if in_quarter(books.calendar.local_day(deal["created_at"]))
                ),
                "open_opportunity_count": len(to_close),
                "open_pipeline_eur": open_eur,
                "weighted_pipeline_eur": _sum(
                    row["weighted_amount_eur"] for row in to_close
                ),
                "past_close_date_eur": _sum(
                    row["amount_eur"] for row in to_close if row["is_past_close_date"]
                ),
                "coverage": None if is_over else ratio(open_eur, remaining),
                "contract_count": whole["contract_count"],
                "mean_deal_eur": whole["mean_deal_eur"],
                "median_deal_eur": whole["median_deal_eur"],
                "mql_win_rate": whole["win_rate"],
                "needed_mql_count": needed,
                "is_target_met": booked >= target,
                "is_quarter_complete": is_over,
            }
        )
    return rows


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), NO_MONEY)


# Models beside one another


Paths = Sequence[Sequence[str]]


def channel_paths(
    books: Books,
    marts: Mapping[str, Sequence[MartRow]],
    people_of: Mapping[str, Iterable[str]],
) -> tuple[list[list[str]], list[list[str]]]:
    """The channels of every path that converted, and of every one that did not.

    The first are the touches that count for a won deal; the others those of a person
    who stands by no won deal, within the lookback before the report.
    """
    won = {
        deal["opportunity_id"]
        for deal in marts["fct_opportunities"]
        if deal["outcome"] == "won"
    }
    # A model that looks at every touch of a deal has them all.
    whole = next(
        model
        for model, positions in books.rules.credit_models.items()
        if any(position.name == "every" for position in positions)
    )
    of_deal: dict[str, list[MartRow]] = defaultdict(list)
    for row in marts["fct_touch_credits"]:
        is_path = row["attribution_model"] == whole and row["touch_id"]
        if is_path and row["opportunity_id"] in won:
            of_deal[row["opportunity_id"]].append(row)
    converted = [
        [
            row["channel"]
            for row in sorted(rows, key=lambda row: int(row["touch_number"]))
        ]
        for rows in of_deal.values()
    ]
    winners = {person for deal in won for person in people_of.get(deal, ())}
    since = books.as_of - timedelta(days=int(books.rules.setting("lookback_days")))
    of_person: dict[str, list[MartRow]] = defaultdict(list)
    for touch in marts["fct_touches"]:
        person_id = touch["person_id"]
        if (
            touch["is_eligible_for_credit"]
            and person_id not in winners
            and touch["occurred_at"] >= since
        ):
            of_person[person_id].append(touch)
    ended = [
        [
            row["channel"]
            for row in sorted(
                rows, key=lambda row: (row["occurred_at"], row["touch_id"])
            )
        ]
        for rows in of_person.values()
    ]
    return converted, ended


def chain_shares(converted: Paths, ended: Paths, minimum: int) -> dict[str, float]:
    """What conversion is lost without each channel, as a part of all such losses.

    Channels of fewer paths than the minimum are one state, whose share is divided as
    Shapley divides their conversions, and equally when they have none.
    """
    met = Counter(channel for path in (*converted, *ended) for channel in set(path))
    rare = {channel for channel, count in met.items() if count < minimum}
    moves: Counter[tuple[str, str]] = Counter()
    for paths, end in ((converted, "conversion"), (ended, "nothing")):
        for path in paths:
            states = ["rare" if one in rare else one for one in path]
            for here, there in zip(["start", *states], [*states, end], strict=True):
                moves[here, there] += 1
    states = {there for _, there in moves} - {"conversion", "nothing"}
    whole = _chance_to_convert(moves, states, without=None)
    losses = {
        state: 1 - _chance_to_convert(moves, states, without=state) / whole
        for state in states
    }
    total = sum(losses.values())
    shares = {state: loss / total for state, loss in losses.items()}
    of_rare = shares.pop("rare", 0.0)
    game = game_shares(converted)
    rare_value = sum(game.get(channel, 0.0) for channel in rare)
    for channel in rare:
        part = game.get(channel, 0.0) / rare_value if rare_value else 1 / len(rare)
        shares[channel] = of_rare * part
    return shares


def _chance_to_convert(
    moves: Counter[tuple[str, str]], states: set[str], without: str | None
) -> float:
    """The chance to convert from the start, when whoever comes by a state is lost."""
    names = sorted({"start", *states} - {without})
    left = Counter[str]()
    for (here, _), count in moves.items():
        left[here] += count
    # chance[here] = sum over there of move * chance[there], solved by elimination.
    table = [
        [float(here == there) - moves[here, there] / left[here] for there in names]
        + [moves[here, "conversion"] / left[here]]
        for here in names
    ]
    for pivot in range(len(names)):
        best = max(range(pivot, len(names)), key=lambda row: abs(table[row][pivot]))
        table[pivot], table[best] = table[best], table[pivot]
        table[pivot] = [value / table[pivot][pivot] for value in table[pivot]]
        for row in range(len(names)):
            factor = table[row][pivot]
            if row != pivot and factor:
                table[row] = [
                    value - factor * other
                    for value, other in zip(table[row], table[pivot], strict=True)
                ]
    return table[names.index("start")][-1]


def game_shares(converted: Paths) -> dict[str, float]:
    """Each conversion shared equally by the channels of its path, as a part of all."""
    shares: dict[str, float] = defaultdict(float)
    for path in converted:
        for channel in set(path):
            shares[channel] += 1 / len(set(path)) / len(converted)
    return dict(shares)


def game_of_rates(converted: Paths, ended: Paths) -> dict[str, float]:
    """The Shapley value of each channel in the conversion rate.

    A set of channels is worth the rate of the paths that keep within it.
    """
    channels = sorted({channel for path in (*converted, *ended) for channel in path})
    bit = {channel: 1 << place for place, channel in enumerate(channels)}
    subsets = 1 << len(channels)
    wins, paths = [0] * subsets, [0] * subsets
    for of_kind, is_won in ((converted, 1), (ended, 0)):
        for path in of_kind:
            key = sum(bit[channel] for channel in set(path))
            paths[key] += 1
            wins[key] += is_won
    # From paths with exactly these channels to paths with none but these.
    for place in bit.values():
        for subset in range(subsets):
            if subset & place:
                wins[subset] += wins[subset - place]
                paths[subset] += paths[subset - place]
    rate = [won / all_ if all_ else 0.0 for won, all_ in zip(wins, paths, strict=True)]
    count = len(channels)
    weight = [
        math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
        for size in range(count)
    ]
    return {
        channel: sum(
            weight[subset.bit_count()] * (rate[subset | place] - rate[subset])
            for subset in range(subsets)
            if not subset & place
        )
        for channel, place in bit.items()
    }


# More channels than this are too many for the game of rates.
MOST_CHANNELS = 16


def attribution_models(
    books: Books,
    marts: Mapping[str, Sequence[MartRow]],
    people_of: Mapping[str, Iterable[str]],
) -> list[MartRow]:
    """`rpt_attribution_models`: what each model gives each channel."""
    credits = marts["fct_touch_credits"]
    spend: dict[str, Decimal] = {}
    for day in spend_daily(books):
        spend[day["channel"]] = spend.get(day["channel"], NO_MONEY) + day["cost_eur"]
    channels = spend.keys() | {row["channel"] for row in credits}
    models = books.rules.credit_models
    total = {
        model: _sum(
            row["credit_eur"] for row in credits if row["attribution_model"] == model
        )
        for model in models
    }
    limit = Fraction(books.rules.text_setting("model_disagreement_limit"))
    converted, ended = channel_paths(books, marts, people_of)
    minimum = int(books.rules.setting("path_state_minimum"))
    of_paths = {
        "markov": chain_shares(converted, ended, minimum),
        "shapley": game_shares(converted),
    }
    on_paths = {channel for path in (*converted, *ended) for channel in path}
    rates = game_of_rates(converted, ended) if len(on_paths) <= MOST_CHANNELS else {}
    rows = []
    for channel in channels:
        shares: dict[str, Decimal] = {}
        of_channel: list[MartRow] = []
        for model in models:
            given = [
                row
                for row in credits
                if (row["attribution_model"], row["channel"]) == (model, channel)
            ]
            euros = _sum(row["credit_eur"] for row in given)
            if total[model]:
                share = Fraction(euros) / Fraction(total[model])
                shares[model] = rounded(share, 6)
            of_channel.append(
                {
                    "attribution_model": model,
                    "channel": channel,
                    "opportunity_count": len(
                        {row["opportunity_id"] for row in given if row["credit_share"]}
                    ),
                    "credited_opportunities": sum(
                        (row["credit_share"] for row in given), Decimal("0.000000")
                    ),
                    "credit_eur": euros,
                    "credit_share": shares.get(model),
                    "channel_share": rounded(
                        Fraction(of_paths[model].get(channel, 0.0)), 6
                    )
                    if model in of_paths and channel in on_paths
                    else None,
                    "shapley_rate_value": rounded(Fraction(rates[channel]), 6)
                    if model == "shapley" and channel in rates
                    else None,
                }
            )
        lowest = min(shares.values(), default=None)
        highest = max(shares.values(), default=None)
        apart = None if lowest is None or highest is None else highest - lowest
        rows += [
            row
            | {
                "lowest_share": lowest,
                "highest_share": highest,
                "disagreement": apart,
                "spend_eur": spend.get(channel),
                "is_conclusive": None if apart is None else apart <= limit,
            }
            for row in of_channel
        ]
    return rows

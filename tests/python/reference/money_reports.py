"""What the reports on money should hold, counted once more with loops.

Cost is read from the raw exports of the advertising platforms, what was earned from the
marts that the rest of the reference judges, as rows by column. Each function gives the
rows of one mart, without the keys that are only hashes of their row.
"""

import re
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
    return plain(name).replace(" ", "_").replace("-", "_")


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
                for one in crm
                if code and campaign_code(one["campaign_name"]) == code
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
            cost = EXACT.quantize(statement["cost"] or Decimal(0), CENT)
            currency = statement["currency"]
            versions = by_day.setdefault((ad_id, day), [])
            last = versions[-1] if versions else None
            if last and (last["currency"], last["cost"]) == (currency, cost):
                continue
            cost_eur = in_euro(books.rates.cents_on(day, cost, currency))
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
            cost = EXACT.quantize(statement["cost"] or Decimal(0), CENT)
            conversions = statement["conversions"]
            rows.append(
                {
                    "platform": platform,
                    "platform_campaign_id": ad_id,
                    "campaign_id": matches[platform, ad_id]["campaign_id"],
                    "match_method": matches[platform, ad_id]["match_method"],
                    "channel": books.channels.get(platform, UNATTRIBUTED),
                    "currency": statement["currency"],
                    "cost": cost,
                    "cost_eur": in_euro(
                        books.rates.cents_on(day, cost, statement["currency"])
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
            # What the person did goes before our attempt in the same second.
            found[pass_["pass_id"]] = min(
                candidates,
                key=lambda touch: (
                    touch["occurred_at"],
                    touch["touch_type"] == "sales_attempt",
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
    names[UNATTRIBUTED] = UNATTRIBUTED
    rows = []
    for loop_by in ("campaign", "channel"):
        for (value, month), cohort in _cohorts(books, marts, loop_by).items():
            rows.append(
                {
                    "loop_by": loop_by,
                    "campaign_id": value if loop_by == "campaign" else None,
                    "campaign_name": names.get(value)
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
    """`rpt_acquisition_cost`: what a quarter cost, and how many customers it brought."""
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
    """Millionths of one, by the largest remainder; none when all is nothing."""
    total = sum(amounts.values(), NO_MONEY)
    if not total:
        return {}
    exact = {
        name: Fraction(amount) * 1_000_000 / Fraction(total)
        for name, amount in amounts.items()
    }
    given = {
        name: share.numerator // share.denominator for name, share in exact.items()
    }
    left = 1_000_000 - sum(given.values())
    by_remainder = sorted(exact, key=lambda name: (given[name] - exact[name], name))
    for name in by_remainder[:left]:
        given[name] += 1
    return {name: Decimal(share).scaleb(-6) for name, share in given.items()}


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

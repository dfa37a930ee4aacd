"""What the reports on money should hold, counted once more with loops.

Cost is read from the raw exports of the advertising platforms, what was earned from the
marts that the rest of the reference judges, as rows by column. Each function gives the
rows of one mart, without the keys that are only hashes of their row.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from .agreement import Agreement, Version, seed_rows
from .calendar import Calendar
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
        self.channels = {
            plain(row["platform"]): row["channel"]
            for row in seed_rows(seeds / "mappings", "ad_platform_channels")
        }
        self.plan = {
            date.fromisoformat(row["quarter_starts_on"]): row
            for row in seed_rows(seeds / "mappings", "quarterly_plan")
        }

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

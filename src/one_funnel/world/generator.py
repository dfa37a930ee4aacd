"""From a scenario and a seed to the exports of a company and the truth behind them."""

from __future__ import annotations

import csv
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from one_funnel.world.company import make_companies
from one_funnel.world.dirt import dirty
from one_funnel.world.exporting import Exports, read_catalogue
from one_funnel.world.lives import (
    LEAVERS,
    MARKETEERS,
    REPS,
    Offer,
    World,
    salesforce_id,
    tell_lives,
)
from one_funnel.world.points import RoughPoints
from one_funnel.world.scenario import Scenario

PEOPLE_PER_COMPANY = 3
FORM_KINDS = (
    *("gated_content", "demo_request", "contact_request", "callback_request"),
    *("newsletter", "job_application"),
)
# What a unit is worth in euro around the middle of the history.
RATES = {"GBP": 1.16, "USD": 0.92}


def make_world(
    scenario: Scenario, seed: int, root: Path, out: Path, truth: Path | None
) -> int:
    """Write the exports under `out` and the truth under `truth`; give the bytes.

    `root` is the project, whose seeds hold the agreement and the raw tables' columns.
    Equal scenarios and seeds give equal bytes.
    """
    seeds = root / "seeds"
    exports = Exports(
        read_catalogue(seeds / "exports" / "_exports__seeds.yml"), scenario.dumps
    )
    chance = random.Random(f"company:{seed}")
    offers = tell_offers(scenario, chance, exports)
    tell_staff(scenario, exports)
    tell_rates(scenario, chance, exports)
    world = World(
        scenario,
        seed,
        exports,
        RoughPoints(seeds / "lead_definition"),
        make_companies(chance, max(scenario.people // PEOPLE_PER_COMPANY, 1)),
        offers,
    )
    tell_lives(world)
    tell_consents(world)
    exports.collect()
    tell_spend(scenario, chance, exports, offers)
    dirty(world)
    size = exports.write(out)
    if truth is not None:
        write_truth(world, truth)
    return size


def tell_staff(scenario: Scenario, exports: Exports) -> None:
    """Users, queues and forms, which are there from the beginning."""
    at = scenario.begins - timedelta(days=400)
    for names, department in ((REPS, "Sales"), (MARKETEERS, "Marketing")):
        for name in names:
            user_id = salesforce_id("005", name.upper())
            exports.record(
                "salesforce__user",
                user_id,
                at,
                Id=user_id,
                Name=name.title(),
                Email=f"{name}@onefunnel.example",
                Department=department,
                IsActive=True,
                CreatedDate=at,
                LastModifiedDate=at,
                Type="Standard",
            )
            if name in LEAVERS:
                exports.record(
                    "salesforce__user",
                    user_id,
                    LEAVERS[name],
                    IsActive=False,
                    LastModifiedDate=LEAVERS[name],
                )
    for name, queue in (("Sales Queue", "SALES"), ("Marketing Queue", "MARKETING")):
        queue_id = salesforce_id("00G", queue)
        exports.record(
            "salesforce__user",
            queue_id,
            at,
            Id=queue_id,
            Name=name,
            IsActive=True,
            CreatedDate=at,
            LastModifiedDate=at,
            Type="Queue",
        )
    for kind in FORM_KINDS:
        exports.record(
            "hubspot__forms",
            kind,
            at,
            form_id=f"form-{kind}",
            name=kind.replace("_", " ").title(),
            form_type=kind,
        )


def tell_offers(
    scenario: Scenario, chance: random.Random, exports: Exports
) -> list[Offer]:
    """Webinars every month, events every quarter, advertising all along."""
    offers: list[Offer] = []
    at, number = scenario.begins + timedelta(days=10), 0
    while at < scenario.ends:
        month = at.strftime("%Y %m")
        plan = [("webinar", f"Webinar {month}", "Webinar", "")]
        if number % 3 == 0:
            plan.append(("event", f"Event {month}", "Event", ""))
            plan += [
                ("advertising", f"{platform} {month}", "Advertisement", platform)
                for platform in ("google_ads", "linkedin_ads", "meta_ads")
            ]
        for kind, name, crm_type, platform in plan:
            campaign_id = salesforce_id("701", f"{len(offers) + 1}")
            offers.append(Offer(campaign_id, name, kind, at))
            # Some advertisements were never entered in the CRM.
            if platform and chance.random() < 0.2:
                continue
            exports.record(
                "salesforce__campaign",
                campaign_id,
                at,
                Id=campaign_id,
                IsDeleted=False,
                Name=name,
                Type=crm_type,
                Status="In Progress",
                StartDate=at.date(),
                Ad_Platform__c=platform,
                Ad_Campaign_Id__c=f"{5000 + len(offers)}" if platform else "",
            )
        at, number = at + timedelta(days=30), number + 1
    return offers


def tell_rates(scenario: Scenario, chance: random.Random, exports: Exports) -> None:
    """A rate for every currency on every day, weekends too."""
    exports.dumps_of["finance__fx_rates"] = scenario.monthly_exports
    day = scenario.begins.date() - timedelta(days=30)
    while day <= scenario.ends.date():
        at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        for currency, rate in RATES.items():
            moved = rate * (1 + chance.gauss(0, 0.004))
            exports.record(
                "finance__fx_rates",
                f"{day}:{currency}",
                at,
                rate_date=day,
                currency=currency,
                eur_per_unit=f"{moved:.6f}",
            )
        day += timedelta(days=1)


def tell_spend(
    scenario: Scenario, chance: random.Random, exports: Exports, offers: list[Offer]
) -> None:
    """What each advertisement cost on each day, stated monthly, at times restated."""
    names = {
        "google_ads": ("google_ads__campaign_daily", "EUR"),
        "linkedin_ads": ("linkedin_ads__campaign_daily", "USD"),
        "meta_ads": ("meta_ads__campaign_daily", "GBP"),
    }
    for position, offer in enumerate(offers, start=1):
        if offer.kind != "advertising":
            continue
        table, currency = names[offer.name.split()[0]]
        for offset in range(0, 85):
            at = offer.at + timedelta(days=offset)
            if at >= scenario.ends - timedelta(days=1):
                break
            cost = chance.lognormvariate(4.0, 0.4)
            stated = [(at + timedelta(days=1), cost)]
            if chance.random() < scenario.dirt.restated_spend:
                stated.append((at + timedelta(days=40), cost * 0.96))
            for stated_at, amount in stated:
                exported_at = next(
                    (end for end in scenario.monthly_exports if end >= stated_at),
                    scenario.ends,
                )
                exports.rows[table].append(
                    spend_row(table, 5000 + position, offer.name, at.date(), currency)
                    | cost_of(table, amount)
                    | {"_exported_at": exported_at}
                )


def spend_row(
    table: str, number: int, name: str, day: date, currency: str
) -> dict[str, object]:
    """The columns of a platform that say which campaign and day."""
    if table.startswith("google"):
        return {
            "segments_date": day,
            "campaign_id": number,
            "campaign_name": name,
            "customer_currency_code": currency,
        }
    if table.startswith("linkedin"):
        return {
            "start_date": day,
            "campaign_id": number,
            "campaign_name": name,
            "campaign_group_name": "Benelux",
            "currency": currency,
        }
    return {
        "reporting_starts": day,
        "reporting_ends": day,
        "campaign_id": number,
        "campaign_name": name,
        "account_currency": currency,
    }


def cost_of(table: str, amount: float) -> dict[str, object]:
    """The columns of a platform that say what it cost and brought."""
    clicks = int(amount / 2)
    if table.startswith("google"):
        return {
            "metrics_cost_micros": int(amount * 1_000_000),
            "metrics_impressions": clicks * 40,
            "metrics_clicks": clicks,
            "metrics_conversions": clicks // 30,
        }
    if table.startswith("linkedin"):
        return {
            "total_spent": f"{amount:.2f}",
            "impressions": clicks * 60,
            "clicks": clicks,
            "conversions": clicks // 40,
        }
    return {
        "amount_spent": f"{amount:.2f}",
        "impressions": clicks * 80,
        "link_clicks": clicks,
        "results": clicks // 50,
    }


def tell_consents(world: World) -> None:
    """Consents of some people: given, taken back, and objections."""
    chance, scenario = world.chance, world.scenario
    plan = (
        ("email_marketing", "granted", 0.1),
        ("email_marketing", "withdrawn", 0.03),
        ("phone_marketing", "objected", 0.01),
        ("profiling", "objected", 0.01),
    )
    contacts = world.exports.rows_of("hubspot__contacts")
    for key in sorted(contacts):
        state = world.exports.state("hubspot__contacts", key, scenario.ends)
        if state is None:
            continue
        for purpose, consent_state, share in plan:
            if chance.random() >= share:
                continue
            at = state["createdate"] + timedelta(days=chance.uniform(0.1, 120))
            at = at.replace(microsecond=0)
            world.exports.event(
                "privacy__consents",
                at,
                consent_id=f"k{world.next_number('consent')}",
                subject_email=str(state["email"]).strip().lower(),
                purpose=purpose,
                state=consent_state,
                occurred_at=at,
                evidence_ref="preference centre",
            )
    for device in range(1, scenario.people, 40):
        for days, consent_state in (
            (20, "refused"),
            (60, "granted"),
            (200, "withdrawn"),
        ):
            at = scenario.begins + timedelta(days=days + device % 97)
            world.exports.event(
                "privacy__consents",
                at,
                consent_id=f"k{world.next_number('consent')}",
                anonymous_id=f"v{device}",
                purpose="analytics_cookie",
                state=consent_state,
                occurred_at=at,
                evidence_ref="banner",
            )


def write_truth(world: World, folder: Path) -> None:
    """Who is who: every record with its true person."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["record_kind", "record_id", "true_person", "is_joinable"])
        for kind, record_id, person, is_joinable in sorted(world.truth):
            writer.writerow(
                [kind, record_id, person, "true" if is_joinable else "false"]
            )

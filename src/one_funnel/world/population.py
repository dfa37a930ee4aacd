"""The hidden truth of a part of a large world: people, visits and what becomes of them.

Simpler than the lives of the demo, and made all at once. Everyone becomes known once
and goes through the funnel at most once. Each visit before the moment of decision adds
its channel's uplift, times its campaign's effect, to the hazard of asking for sales; so
what a channel truly brings is known. Only who is about to ask looks at the prices, so
that the points never reach the agreement's line by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from one_funnel.world.columns import (
    DAY,
    NEVER,
    Flags,
    Integers,
    Numbers,
    local_offsets,
    seconds_of,
)
from one_funnel.world.company import (
    COUNTRIES,
    FIRST_NAMES,
    INDUSTRIES,
    LAST_NAMES,
    TITLES,
)
from one_funnel.world.lives import LEAVERS, REPS, SOURCES, Offer
from one_funnel.world.points import RoughPoints
from one_funnel.world.scenario import Scenario

# The channels of the sources, in their order; a test holds them to the channel rules.
CHANNELS = (
    *("organic_search", "paid_search", "paid_social", "organic_social"),
    *("direct", "email", "referral", "partner"),
)
# Nothing is known of how they came.
UNKNOWN = len(CHANNELS)
UNKNOWN_SHARE = 0.137
DIRECT = CHANNELS.index("direct")
ORIGINS = (*CHANNELS, "unknown")
# What the sources call direct is also the unknown, who were never seen on the website.
CHANNEL_SHARES = np.array(
    [
        float(str(source[-1])) - (UNKNOWN_SHARE if channel == "direct" else 0)
        for channel, source in zip(CHANNELS, SOURCES, strict=True)
    ]
)
PLATFORMS = {
    "paid_search": ("google_ads",),
    "paid_social": ("linkedin_ads", "meta_ads"),
}
PEOPLE_PER_COMPANY = 3
NO_VISIT = 0.24
RETURNS_DIRECTLY = 0.45
ASKS_AT_ONCE = 0.3
LOOKS_AT_PRICES = 0.4
NOT_DECIDED = 0.06
REGISTERS, ATTENDS = 0.12, 0.7
# Hours before the decision at which somebody looks at prices, and takes a guide.
PRICES_HOURS = (50, 25, 0)
GUIDE_HOURS = 1
MINUTE, HOUR = 60, 3_600
ENTRANCES = ("import", "gated_content", "newsletter", "demo_request", "contact_request")
IMPORT, GUIDE, NEWSLETTER, DEMO, CONTACT = range(len(ENTRANCES))
TITLE_WORDS = [str(title) for *titles, _ in TITLES for title in titles]
TITLE_SHARES = np.array(
    [float(str(group[-1])) / (len(group) - 1) for group in TITLES for _ in group[:-1]]
)
STUDENT = TITLE_WORDS.index("Student")
COUNTRY_CODES = [spellings[0] for spellings, _ in COUNTRIES]
COUNTRY_SHARES = np.array([share for _, share in COUNTRIES])
FREE_MAIL = ("gmail.com", "freemail.example", "outlook.com")
FREE_MAIL_SHARE = 0.12


class Terms:
    """What the agreement says of points, ready for whole columns of people."""

    def __init__(self, seeds: Path) -> None:
        points = RoughPoints(seeds / "lead_definition")
        self.bands = points.fit
        self.target_industries = points.target_industries
        self.titles = [
            (row["title_pattern"], row["seniority"])
            for row in sorted(
                points._rows(seeds / "mappings", "seniority_titles"),
                key=lambda row: int(row["priority"]),
            )
        ]
        zone = ZoneInfo("Europe/Amsterdam")
        self.starts = np.array(
            [
                seconds_of(datetime.fromisoformat(start).replace(tzinfo=zone))
                for start, _ in points.starts
            ]
        )
        self._lines = {
            name: np.array(
                [float(points.settings[version, name]) for _, version in points.starts]
            )
            for name in ("fit_gate", "behaviour_gate", "total_line")
        }
        self.prices = points.rules["page_view", "pricing"]
        self.guide = points.rules["form", "gated_content"]
        self.hand_raise_fit = 0.0

    def line(self, name: str, at: Integers) -> Numbers:
        """A setting of the version in force at instants."""
        version = np.searchsorted(self.starts, at, side="right") - 1
        return self._lines[name][np.maximum(version, 0)]

    def seniority(self, title: str) -> str:
        """What the company's own list makes of a title; empty when it knows it not."""
        for pattern, seniority in self.titles:
            if _is_like(title.lower(), pattern.lower()):
                return seniority
        return ""

    def fit_of(
        self,
        employees: Integers,
        industry: Integers,
        title: Integers,
        country: Integers,
        is_free_mail: Flags,
    ) -> Numbers:
        """Points for who people are, from what is really so."""
        seniority = np.array([self.seniority(word) for word in TITLE_WORDS])
        industries = np.array([word.lower() for word in INDUSTRIES])
        columns: dict[str, Any] = {
            "seniority": seniority[title],
            "industry": industries[industry],
            "country": np.array(COUNTRY_CODES)[country],
            "email_class": np.where(is_free_mail, "free", "business"),
        }
        total = np.zeros(len(employees))
        for row in self.bands:
            signal, operator, value = row["signal"], row["operator"], row["value"]
            if operator == "between":
                fits = (employees >= int(value)) & (
                    employees <= int(float(row["upper_value"] or 10**9))
                )
            elif operator == "in_seed":
                fits = np.isin(columns[signal], sorted(self.target_industries))
            elif operator == "in_list":
                fits = np.isin(columns[signal], value.split(";"))
            elif operator == "equals":
                fits = columns[signal] == value
            else:
                # What is left of a rule is worth nothing.
                continue
            total += fits * float(row["points"])
        return total


def _is_like(text: str, pattern: str) -> bool:
    """SQL's `like`, with nothing but `%` in the pattern."""
    first, *others = pattern.split("%")
    if not others:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1]:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return text.endswith(others[-1]) and len(text) - len(others[-1]) >= at


@dataclass
class Visits:
    """Visits of people to the website: one number of each column for a visit.

    `person` is a position among the people of the part, and `campaign` one in the
    offers, or -1.
    """

    person: Integers
    at: Integers
    channel: Integers
    campaign: Integers
    hazard: Numbers


@dataclass
class Part:
    """The people of a part, one number of each column for a person.

    Instants are seconds since 1970 and NEVER where something never happens. Nothing
    here ends with the newest export: the truth goes on.
    """

    number: Integers
    company: Integers
    employees: Integers
    industry: Integers
    country: Integers
    title: Integers
    first_name: Integers
    last_name: Integers
    free_mail: Integers
    interest: Numbers
    origin: Integers
    has_second_device: Flags
    fit: Numbers
    known_at: Integers
    entrance: Integers
    visit_count: Integers
    # The way to the MQL.
    hazard: Numbers
    mql_chance: Numbers
    looks_at_prices: Flags
    decides_at: Integers
    asks_with: Integers
    inquiry_at: Integers
    registers_at: Integers
    attends: Flags
    mql_at: Integers
    # What sales does.
    won_chance: Numbers
    rep: Integers
    assigned_at: Integers
    attempt_at: Integers
    decided_at: Integers
    accepted_at: Integers
    qualified_at: Integers
    turned_down_at: Integers
    returned_at: Integers
    opportunity_at: Integers
    closed_at: Integers
    is_won: Flags
    is_premature: Flags
    skips_acceptance: Flags
    amount: Numbers
    visits: Visits

    def __len__(self) -> int:
        return len(self.number)


def office(at: Integers) -> Integers:
    """Instants moved into office hours, in the same order and nearly where they were.

    A day's instants are pressed together between 8 and 16 o'clock, a Saturday's into
    the last hour of Friday and a Sunday's into the first of Monday.
    """
    day, clock = np.divmod(at, DAY)
    weekday = (day + 3) % 7
    is_saturday, is_sunday = weekday == 5, weekday == 6
    start = np.where(is_saturday, 15.5, np.where(is_sunday, 8, 8.5)) * HOUR
    width = np.where(is_saturday | is_sunday, 0.5, 7) * HOUR
    moved = start + width * clock / DAY
    moved_day: Integers = day - is_saturday + is_sunday
    return moved_day * DAY + moved.astype(np.int64)


def end_of_day(at: Integers) -> Integers:
    """The end of the day, UTC, on the company's own clock: a second before midnight."""
    midnight = (at // DAY + 1) * DAY
    return midnight - local_offsets(midnight - 3 * HOUR) - 1


def make_people(
    scenario: Scenario,
    chance: np.random.Generator,
    first_number: int,
    count: int,
    terms: Terms,
    offers: list[Offer],
) -> Part:
    """People `first_number` and following, with all that becomes of them."""
    begins, ends = seconds_of(scenario.begins), seconds_of(scenario.ends)
    companies = max(count // PEOPLE_PER_COMPANY, 1)
    # Companies are the part's own, so their numbers go on where the last part ended.
    sizes = np.minimum(
        chance.lognormal(4.0, 1.3, companies).astype(np.int64) + 1, 20_000
    )
    industries = chance.integers(0, len(INDUSTRIES), companies)
    countries = chance.choice(len(COUNTRY_CODES), companies, p=COUNTRY_SHARES)
    at_company = chance.integers(0, companies, count)
    title = chance.choice(len(TITLE_WORDS), count, p=TITLE_SHARES)
    free_mail = np.where(
        chance.random(count) < FREE_MAIL_SHARE,
        chance.integers(0, len(FREE_MAIL), count),
        -1,
    )
    employees, industry = sizes[at_company], industries[at_company]
    country = countries[at_company]
    fit = terms.fit_of(employees, industry, title, country, free_mail >= 0)
    interest = chance.beta(1.2, 3.0, count)
    origin = chance.choice(
        len(ORIGINS), count, p=np.array([*CHANNEL_SHARES, UNKNOWN_SHARE])
    )
    # The company grows: more people come to know it in the later months.
    known_at = begins + ((ends - begins) * chance.random(count) ** 0.8 * 0.995).astype(
        np.int64
    )
    asks_at_once = (chance.random(count) < ASKS_AT_ONCE) & (origin != UNKNOWN)
    decides_at = np.where(
        asks_at_once,
        known_at,
        known_at + DAY + (chance.exponential(30, count) * DAY).astype(np.int64),
    )
    visit_count = _visit_counts(chance, origin)
    visits = _visits(scenario, chance, known_at, origin, visit_count, begins, offers)

    # Who asks for sales
    hazards = scenario.hazards
    before = visits.at < decides_at[visits.person]
    hazard = hazards.baseline * (0.5 + interest * 1.75) + np.bincount(
        visits.person, visits.hazard * before, count
    )
    visits.hazard = visits.hazard * before
    is_eligible = (fit >= terms.hand_raise_fit) & (title != STUDENT)
    mql_chance = np.where(is_eligible, -np.expm1(-hazard), 0.0)
    asks = chance.random(count) < mql_chance
    asks_with = np.where(chance.random(count) < 0.6, DEMO, CONTACT)
    entrance = np.where(
        origin == UNKNOWN,
        IMPORT,
        np.where(chance.random(count) < 0.65, GUIDE, NEWSLETTER),
    )
    entrance = np.where(asks & asks_at_once, asks_with, entrance)
    guide_at = np.where(entrance == GUIDE, known_at, NEVER)
    looks = (
        asks
        & ~asks_at_once
        & (origin != UNKNOWN)
        & (visit_count > 0)
        & (decides_at - (PRICES_HOURS[0] + 1) * HOUR > known_at)
        & (chance.random(count) < LOOKS_AT_PRICES)
    )
    ready_at = _ready_at(terms, fit, decides_at, guide_at)
    looks &= ready_at < NEVER
    mql_at = np.where(asks, np.where(looks, ready_at, decides_at), NEVER)
    inquiry_at = np.minimum(
        guide_at,
        np.where(
            asks,
            np.where(looks, decides_at - GUIDE_HOURS * HOUR, decides_at),
            NEVER,
        ),
    )
    # Who does not fit may come to a webinar: its points alone are never enough.
    registers_at = np.where(
        chance.random(count) < REGISTERS,
        known_at + 6 * MINUTE + (chance.exponential(30, count) * DAY).astype(np.int64),
        NEVER,
    )
    attends = (
        (registers_at < NEVER)
        & (fit < terms.line("fit_gate", known_at))
        & (chance.random(count) < ATTENDS)
    )
    inquiry_at = np.where(
        attends, np.minimum(inquiry_at, end_of_day(registers_at)), inquiry_at
    )
    fields = _sales(scenario, chance, asks, mql_at, known_at, origin)
    return Part(
        number=first_number + np.arange(count),
        company=first_number // PEOPLE_PER_COMPANY + at_company,
        employees=employees,
        industry=industry,
        country=country,
        title=title,
        first_name=chance.integers(0, len(FIRST_NAMES), count),
        last_name=chance.integers(0, len(LAST_NAMES), count),
        free_mail=free_mail,
        interest=interest,
        origin=origin,
        has_second_device=chance.random(count) < 0.15,
        fit=fit,
        known_at=known_at,
        entrance=entrance,
        visit_count=visit_count,
        hazard=hazard,
        mql_chance=mql_chance,
        looks_at_prices=looks,
        decides_at=decides_at,
        asks_with=asks_with,
        inquiry_at=inquiry_at,
        registers_at=registers_at,
        attends=attends,
        mql_at=mql_at,
        visits=visits,
        **fields,
    )


def _visit_counts(chance: np.random.Generator, origin: Integers) -> Integers:
    """Visits before and after somebody is known: 24 % have none, others lognormal."""
    count = len(origin)
    others_without = (NO_VISIT - UNKNOWN_SHARE) / (1 - UNKNOWN_SHARE)
    drawn = np.rint(chance.lognormal(1.29, 0.64, count)).astype(np.int64)
    has_none = (origin == UNKNOWN) | (chance.random(count) < others_without)
    return np.where(has_none, 0, np.clip(drawn, 1, 60))


def _visits(
    scenario: Scenario,
    chance: np.random.Generator,
    known_at: Integers,
    origin: Integers,
    visit_count: Integers,
    begins: int,
    offers: list[Offer],
) -> Visits:
    """Half of the visits lie before somebody is known; the first has the origin."""
    person = np.repeat(np.arange(len(known_at)), visit_count)
    starts = np.cumsum(visit_count) - visit_count
    place = np.arange(len(person)) - starts[person]
    is_before = place < (visit_count[person] + 1) // 2
    known = known_at[person]
    earlier = (
        known
        - 4 * MINUTE
        - (chance.exponential(20, len(person)) * DAY * (place > 0)).astype(np.int64)
    )
    # Nobody was seen before the company began.
    earlier = np.where(
        earlier >= begins,
        earlier,
        begins + ((known - begins) * chance.random(len(person))).astype(np.int64),
    )
    later = known + HOUR + (chance.exponential(45, len(person)) * DAY).astype(np.int64)
    at = np.where(is_before, earlier, later)
    order = np.lexsort((at, person))
    at = at[order]
    drawn = chance.choice(
        len(CHANNELS), len(person), p=CHANNEL_SHARES / CHANNEL_SHARES.sum()
    )
    drawn = np.where(chance.random(len(person)) < RETURNS_DIRECTLY, DIRECT, drawn)
    channel = np.where(place == 0, origin[person], drawn)
    campaign = campaigns_of(chance, channel, at, offers)
    hazards = scenario.hazards
    uplift = np.array([hazards.channel_uplifts.get(name, 0.0) for name in CHANNELS])
    effect = np.array(
        [*(scenario.campaign_effects.get(offer.name, 1.0) for offer in offers), 1.0]
    )
    return Visits(person, at, channel, campaign, uplift[channel] * effect[campaign])


def campaigns_of(
    chance: np.random.Generator, channel: Integers, at: Integers, offers: list[Offer]
) -> Integers:
    """The newest campaign of the channel at each visit, as a position in the offers."""
    campaign = np.full(len(channel), -1)
    toss = chance.random(len(channel))
    for name, platforms in (*PLATFORMS.items(), ("email", ("Webinar",))):
        for position, platform in enumerate(platforms):
            mine = (channel == CHANNELS.index(name)) & (
                (toss * len(platforms)).astype(np.int64) == position
            )
            places = np.array(
                [
                    place
                    for place, offer in enumerate(offers)
                    if offer.name.startswith(platform)
                ]
            )
            begins = np.array([seconds_of(offers[place].at) for place in places])
            newest = np.searchsorted(begins, at[mine], side="right") - 1
            campaign[mine] = np.where(newest >= 0, places[newest], -1)
    return campaign


def _ready_at(
    terms: Terms, fit: Numbers, decides_at: Integers, guide_at: Integers
) -> Integers:
    """When the points of somebody who looks at prices reach the agreement's line."""
    offsets = sorted([*PRICES_HOURS, GUIDE_HOURS], reverse=True)
    ready_at = np.full(len(fit), NEVER)
    for hours in reversed(offsets):
        at = decides_at - hours * HOUR
        behaviour = np.where(
            guide_at <= at, _faded(terms.guide, (at - guide_at) / DAY), 0.0
        )
        for earlier in offsets:
            if earlier >= hours:
                rule = terms.guide if earlier == GUIDE_HOURS else terms.prices
                behaviour = behaviour + _faded(rule, (earlier - hours) / 24)
        is_ready = (
            (fit >= terms.line("fit_gate", at))
            & (behaviour >= terms.line("behaviour_gate", at))
            & (fit + behaviour >= terms.line("total_line", at))
        )
        ready_at = np.where(is_ready, at, ready_at)
    return ready_at


def _faded(rule: Any, days: Any) -> Any:
    """What is left of a rule's points after so many days."""
    return rule.points * np.exp2(-np.maximum(days, 0) / rule.half_life_days)


def _sales(
    scenario: Scenario,
    chance: np.random.Generator,
    asks: Flags,
    mql_at: Integers,
    known_at: Integers,
    origin: Integers,
) -> dict[str, Any]:
    """What sales does with who was handed over, and how it ends."""
    dirt, hazards, count = scenario.dirt, scenario.hazards, len(asks)
    is_premature = ~asks & (chance.random(count) < dirt.premature_handovers)
    is_missed = asks & (chance.random(count) < dirt.missed_handovers)
    is_handed = (asks & ~is_missed) | is_premature
    start = np.where(
        is_premature,
        known_at + (chance.uniform(1, 20, count) * DAY).astype(np.int64),
        np.where(asks, mql_at, 0),
    )
    # Days from MQL to the end of the deal, of which the steps are shares.
    span = chance.lognormal(2.87, 1.38, count) * DAY
    # The lead is in Salesforce within five minutes.
    assigned = np.maximum(
        start + (chance.lognormal(3.2, 1.1, count) * MINUTE).astype(np.int64),
        known_at + 6 * MINUTE,
    )
    attempt = np.maximum(
        office(
            assigned + (chance.lognormal(3.6, 0.9, count) * MINUTE).astype(np.int64)
        ),
        assigned + MINUTE,
    )
    decided = np.maximum(
        office(assigned + np.minimum(span * 0.1, 3.5 * DAY).astype(np.int64)),
        attempt + MINUTE,
    )
    qualified = np.maximum(
        office(start + (span * 0.25).astype(np.int64)), decided + HOUR
    )
    opened = np.maximum(
        office(start + (span * 0.4).astype(np.int64)), qualified + HOUR // 2
    )
    closed = np.maximum(office(start + span.astype(np.int64)), opened + HOUR)
    is_decided = is_handed & (chance.random(count) >= NOT_DECIDED)
    is_accepted = (
        is_decided & ~is_premature & (chance.random(count) < hazards.acceptance)
    )
    is_qualified = is_accepted & (chance.random(count) < hazards.qualification)
    is_opened = is_qualified & (chance.random(count) < hazards.opening)
    until_opened = (
        (1 - dirt.missed_handovers)
        * (1 - NOT_DECIDED)
        * hazards.acceptance
        * hazards.qualification
        * hazards.opening
    )
    won_of_mqls = np.array([hazards.won_by_channel.get(name, 0.0) for name in ORIGINS])
    won_chance = np.minimum(won_of_mqls / until_opened, 1.0)[origin]
    is_won = is_opened & (chance.random(count) < won_chance)
    turned_down = np.where(
        is_decided & ~is_accepted,
        decided,
        np.where(is_accepted & ~is_qualified, qualified, NEVER),
    )
    staying = [place for place, name in enumerate(REPS) if name not in LEAVERS]
    return {
        "won_chance": np.minimum(won_of_mqls, until_opened)[origin],
        "rep": np.array(staying)[chance.integers(0, len(staying), count)],
        "assigned_at": np.where(is_handed, assigned, NEVER),
        "attempt_at": np.where(is_handed, attempt, NEVER),
        "decided_at": np.where(is_decided, decided, NEVER),
        "accepted_at": np.where(is_accepted, decided, NEVER),
        "qualified_at": np.where(is_qualified, qualified, NEVER),
        "turned_down_at": turned_down,
        "opportunity_at": np.where(is_opened, opened, NEVER),
        "closed_at": np.where(is_opened, closed, NEVER),
        "returned_at": _returned_at(
            chance, is_handed, is_decided, assigned, turned_down
        ),
        "is_won": is_won,
        "is_premature": is_premature,
        "skips_acceptance": is_qualified & (chance.random(count) < dirt.skipped_stages),
        "amount": np.maximum(chance.lognormal(9.2, 0.7, count), 900.0),
    }


def _returned_at(
    chance: np.random.Generator,
    is_handed: Flags,
    is_decided: Flags,
    assigned: Integers,
    turned_down: Integers,
) -> Integers:
    """When marketing gets back whom sales turned down, or never looked at."""
    count = len(is_handed)
    after_no = turned_down + (chance.uniform(20, 150, count) * DAY).astype(np.int64)
    after_silence = assigned + (chance.uniform(8, 12, count) * DAY).astype(np.int64)
    return np.where(
        turned_down < NEVER,
        after_no,
        np.where(is_handed & ~is_decided, after_silence, NEVER),
    )

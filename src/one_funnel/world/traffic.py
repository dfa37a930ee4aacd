"""The website's visits as its tracker writes them: a row a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from one_funnel.world.columns import (
    DAY,
    NEVER,
    Flags,
    Integers,
    instants,
    keys,
    same,
    seconds_of,
    words,
)
from one_funnel.world.dirt import BOT
from one_funnel.world.lives import PAGES, SOURCES, Offer
from one_funnel.world.part_files import PartFiles, batches_of
from one_funnel.world.population import (
    CHANNEL_SHARES,
    CHANNELS,
    DEMO,
    DIRECT,
    GUIDE,
    GUIDE_HOURS,
    HOUR,
    IMPORT,
    MINUTE,
    PRICES_HOURS,
    Part,
    campaigns_of,
)
from one_funnel.world.scenario import Scenario

MOST_PAGES = 8
# What a visit is for; any visit but the first kind sees the home page and one more.
ROAMS, TAKES_GUIDE, ASKS, LOOKS_AT_PRICES = range(4)
PURPOSE_PAGES = ("/", "/resources/guide", "/contact", "/pricing")
# Before a form is sent, somebody opens the home page.
FORM_MINUTES = 3
BROWSERS = ["Firefox", "Chrome", "Safari", "Edge"]
PATHS = [str(path) for path, _ in PAGES]
PATH_SHARES = np.array([float(str(share)) for _, share in PAGES])
# Who is known looks at prices only when about to ask, and never at the vacancies.
ROAMING_SHARES = PATH_SHARES * [path not in ("/pricing", "/careers") for path in PATHS]
PARTNER = CHANNELS.index("partner")
SESSIONS_IN_CHUNK = 100_000
PAGES_OF_A_SESSION = 1.98
FAR_FUTURE = "2036-01-01T10:00:00Z"


@dataclass
class Sessions:
    """Visits to be written; `device` is a column of text, the others are numbers."""

    device: Any
    at: Integers
    channel: Integers
    campaign: Integers
    purpose: Integers
    is_bot: Flags

    def __len__(self) -> int:
        return len(self.at)

    def slice(self, begin: int, end: int) -> Sessions:
        """Some of the visits, in order."""
        part = slice(begin, end)
        return Sessions(
            self.device.slice(begin, end - begin),
            self.at[part],
            self.channel[part],
            self.campaign[part],
            self.purpose[part],
            self.is_bot[part],
        )


class Tracker:
    """Writes the page views of a part, chunk by chunk, with ids in one row."""

    def __init__(
        self,
        scenario: Scenario,
        files: PartFiles,
        part: int,
        offers: list[Offer],
        told: Callable[[int], None],
    ) -> None:
        self.scenario = scenario
        self.files = files
        self.part = part
        self.told = told
        self.offer_names = [offer.name for offer in offers]
        self.offers = offers
        self.ends = seconds_of(scenario.ends)
        self.views = 0

    def write(
        self,
        sessions: Sessions,
        chance: np.random.Generator,
        shares: Any,
        most: int | None = None,
    ) -> None:
        """Write the pages of visits, of which `shares` are the chances of each path.

        Views after the newest export are not in it. `most` cuts off what is over.
        """
        pages = np.where(
            sessions.purpose == ROAMS,
            np.minimum(
                1 + chance.exponential(1 / 0.7, len(sessions)).astype(np.int64),
                MOST_PAGES,
            ),
            2,
        )
        session = np.repeat(np.arange(len(sessions)), pages)
        starts = np.cumsum(pages) - pages
        place = np.arange(len(session)) - starts[session]
        is_landing = place == 0
        gaps = np.where(
            is_landing,
            0,
            np.where(
                sessions.purpose[session] == ROAMS,
                chance.integers(15, 241, len(session)),
                MINUTE,
            ),
        )
        passed = np.cumsum(gaps)
        at = sessions.at[session] + passed - passed[starts][session]
        path = np.where(
            sessions.purpose[session] == ROAMS,
            chance.choice(len(PATHS), len(session), p=shares),
            np.where(is_landing, 0, len(PATHS) + sessions.purpose[session]),
        )
        browser = np.where(
            sessions.is_bot[session],
            len(BROWSERS),
            chance.choice(len(BROWSERS), len(sessions), p=(0.2, 0.5, 0.2, 0.1))[
                session
            ],
        )
        kept = np.flatnonzero(at < self.ends)[:most]
        kept = kept[np.argsort(at[kept], kind="stable")]
        at, session, path, browser = (
            column[kept] for column in (at, session, path, browser)
        )
        is_landing = is_landing[kept]
        source = np.where(is_landing, sessions.channel[session], -1)
        campaign = np.where(
            is_landing & (sessions.channel[session] != PARTNER),
            sessions.campaign[session],
            -1,
        )
        timestamps = instants(at)
        unreadable = chance.random(len(at)) < self.scenario.dirt.unreadable_values
        if unreadable.any():
            timestamps = pc.if_else(pa.array(unreadable), FAR_FUTURE, timestamps)
        sources, mediums, referrers = (
            [str(row[place]) or None for row in SOURCES] for place in range(3)
        )
        self.files.add(
            "web__pages",
            {
                "id": keys(
                    "p",
                    self.part * 10**9 + self.views + np.arange(len(at)),
                    13,
                ),
                "anonymous_id": pc.take(sessions.device, pa.array(session)),
                "timestamp": timestamps,
                "path": words([*PATHS, *PURPOSE_PAGES], path),
                "referrer": words(referrers, source),
                "context_campaign_source": words(sources, source),
                "context_campaign_medium": words(mediums, source),
                "context_campaign_name": words(self.offer_names, campaign),
                "context_user_agent": words([*BROWSERS, BOT], browser),
                "consent_state": same("granted", len(at)),
            },
            batches_of(at, self.ends, chance, self.scenario.dirt.late_rows),
        )
        self.views += len(at)
        self.told(len(at))


def visits_of_people(people: Part, chance: np.random.Generator) -> Sessions:
    """Every visit of the part's people: on the way, with a form, to look at prices."""
    visits = people.visits
    person, at = visits.person, visits.at
    entrance = people.entrance[person]
    sends_form = (at == people.known_at[person] - 4 * MINUTE) & (entrance != IMPORT)
    at = np.where(sends_form, at + (4 - FORM_MINUTES) * MINUTE, at)
    purpose = np.where(
        sends_form & (entrance == GUIDE),
        TAKES_GUIDE,
        np.where(sends_form & (entrance >= DEMO), ASKS, ROAMS),
    )
    others = (~sends_form) & people.has_second_device[person]
    second = others & (chance.random(len(person)) < 0.4)
    extra = [(person, at, purpose, visits.channel, visits.campaign, second)]
    asking = np.flatnonzero(
        (people.mql_at < NEVER)
        & ~people.looks_at_prices
        & (people.decides_at > people.known_at)
        & (people.visit_count > 0)
    )
    looking = np.flatnonzero(people.looks_at_prices)
    plans = [(asking, FORM_MINUTES * MINUTE, ASKS)]
    plans += [
        (looking, hours * HOUR + MINUTE, LOOKS_AT_PRICES) for hours in PRICES_HOURS
    ]
    plans.append((looking, GUIDE_HOURS * HOUR + FORM_MINUTES * MINUTE, TAKES_GUIDE))
    for who, before, why in plans:
        count = len(who)
        extra.append(
            (
                who,
                people.decides_at[who] - before,
                np.full(count, why),
                np.full(count, DIRECT),
                np.full(count, -1),
                np.zeros(count, dtype=bool),
            )
        )
    person, at, purpose, channel, campaign, second = (
        np.concatenate(columns) for columns in zip(*extra, strict=True)
    )
    device = pc.if_else(
        pa.array(second),
        keys("w", people.number[person], 8),
        keys("v", people.number[person], 8),
    )
    no_bots = np.zeros(len(person), dtype=bool)
    return Sessions(device, at, channel, campaign, purpose, no_bots)


def chunks(sessions: Sessions) -> Iterator[Sessions]:
    """The visits in chunks that fit in memory as text."""
    for begin in range(0, len(sessions), SESSIONS_IN_CHUNK):
        yield sessions.slice(begin, min(begin + SESSIONS_IN_CHUNK, len(sessions)))


def visits_of_strangers(
    tracker: Tracker, chance: np.random.Generator, wanted: int, chunk: int
) -> Sessions:
    """Visits of people who stay unknown, about as many as make the wanted views."""
    scenario = tracker.scenario
    begins = seconds_of(scenario.begins)
    count = min(int(wanted / PAGES_OF_A_SESSION * 1.05) + 20, SESSIONS_IN_CHUNK)
    at = begins + ((tracker.ends - begins - DAY) * chance.random(count)).astype(
        np.int64
    )
    visitors = chunk * SESSIONS_IN_CHUNK + chance.integers(0, max(count // 2, 1), count)
    channel = chance.choice(
        len(CHANNELS), count, p=CHANNEL_SHARES / CHANNEL_SHARES.sum()
    )
    return Sessions(
        keys("u", tracker.part * 10**9 + visitors, 13),
        at,
        channel,
        campaigns_of(chance, channel, at, tracker.offers),
        np.zeros(count, dtype=np.int64),
        chance.random(count) < scenario.dirt.bots,
    )

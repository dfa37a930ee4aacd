"""What people did, from exports to touches, with the words of seeds/mappings.

All visitors and people live in one small world that is built once; a case is one of
them, named for it. Times are Europe/Amsterdam.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import Dbt, MakeDbt
from exports_builder import Exports

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = "2026-11-02 10:00"
OWN_SITE = "https://www.onefunnel.example"

# What a link or a browser said -> the channel that it has to be: the default grouping
# of GA4, with paid and organic social apart, dark social and partners.
CHANNELS: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({}, "direct"),
    "ownpage": ({"referrer": f"{OWN_SITE}/blog"}, "direct"),
    "search": ({"referrer": "https://www.google.nl/"}, "organic_search"),
    "bing": ({"referrer": "https://www.bing.com/search"}, "organic_search"),
    "searchad": ({"source": "google", "medium": "cpc"}, "paid_search"),
    "clickid": (
        {"referrer": "https://www.google.nl/", "path": "/?gclid=1"},
        "paid_search",
    ),
    "network": ({"source": "linkedin", "medium": "cpc"}, "paid_social"),
    "sponsored": ({"source": "LinkedIn", "medium": "Paid_Social"}, "paid_social"),
    "shared": ({"referrer": "https://www.linkedin.com/feed"}, "organic_social"),
    "app": ({"referrer": "android-app://com.linkedin.android/"}, "organic_social"),
    "posted": ({"source": "linkedin", "medium": "social"}, "organic_social"),
    "sent": ({"source": "hubspot", "medium": "email"}, "email"),
    "webmail": ({"referrer": "https://mail.google.com/mail"}, "email"),
    "message": ({"source": "whatsapp"}, "dark_social"),
    "partner": ({"source": "reseller.example", "medium": "partner"}, "partner"),
    "banner": ({"source": "news.example", "medium": "display"}, "display"),
    "linked": ({"referrer": "https://blog.stranger.example/a"}, "referral"),
    "unknown": ({"source": "x", "medium": "y"}, "unassigned"),
}


def local(text: str) -> datetime:
    """An instant from its local text."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def describe_visits(world: Exports) -> None:
    """Visitors of the site, known and unknown."""
    for visitor, (source, _) in CHANNELS.items():
        world.page(visitor, at=MONDAY, **source)
    # Twenty-nine minutes and a half hour of silence, midnight and a second campaign.
    for at, campaign in (
        ("2026-11-02 23:40", "one"),
        ("2026-11-03 00:10", "two"),
        ("2026-11-03 00:40:01", ""),
    ):
        world.page("nightowl", at=at, source="x", medium="email", campaign=campaign)
    world.page("crawler", at=MONDAY, user_agent="Mozilla/5.0 (compatible; bingbot/2.0)")
    # 5: refused, granted, withdrawn; identified after all of it.
    for day, state in ((1, "refused"), (4, "granted"), (8, "withdrawn")):
        world.consent(
            "analytics_cookie", state, at=f"2026-10-0{day} 10:00", visitor="wary"
        )
    for day in (2, 4, 7, 8, 9):
        world.page("wary", "pricing", at=f"2026-10-0{day} 10:00")
    world.identify("wary", "wary@firm.example", at="2026-10-20 10:00")
    # A shared computer: back-fill, then the last who identified.
    world.page("kiosk", "pricing", at="2026-11-02 09:00")
    world.identify("kiosk", "first@firm.example", at="2026-11-02 10:00")
    world.page("kiosk", "pricing", at="2026-11-02 10:00")
    world.page("kiosk", "careers", at="2026-11-02 12:59:59")
    world.identify("kiosk", "second@firm.example", at="2026-11-02 13:00")
    world.page("kiosk", "careers", at="2026-11-02 13:00")


def describe_people(world: Exports) -> None:
    """What known people did elsewhere."""
    for name in ("both", "sent", "asked", "social", "today"):
        world.lead(name, f"{name}@firm.example", at=MONDAY)
    world.campaign("webinar", "webinar", Name="Herfst-webinar 2026")
    # 52: registered online, attended by the list.
    world.crm_contact("bothcrm", "both@firm.example", at=MONDAY)
    world.campaign_member(
        "webinar", lead="both", detail="registered", at="2026-11-02 11:00"
    )
    world.campaign_member(
        "webinar",
        contact="bothcrm",
        detail="attended",
        at="2026-11-11 09:00",
        responded_on="2026-11-10",
    )
    world.campaign_member("webinar", lead="sent", detail="sent", at=MONDAY)
    # Attended today, which is not over when the exports are made.
    world.campaign_member(
        "webinar", lead="today", at="2026-12-01 08:00", responded_on="2026-12-01"
    )
    # The form is of the visit that the campaign brought.
    world.page(
        "asker", at=MONDAY, source="x", medium="email", campaign="herfst_WEBINAR_2026"
    )
    world.form(
        "demo_request", "asked@firm.example", at="2026-11-02 10:20", visitor="asker"
    )
    for identity, kind in (
        ("brand", "comment"),
        ("employee", "direct_message"),
        ("employee", "public_post"),
    ):
        world.social(
            kind, "social@firm.example", at=MONDAY, identity=identity, employee="sam"
        )
    world.task("asked", by="sam", at="2026-11-02 11:00")
    world.task("asked", by="sam", at="2026-11-02 12:00", is_automated=True)
    world.task(
        "asked", by="sam", at="2026-11-02 13:00", direction="inbound", kind="message"
    )


@pytest.fixture(scope="module")
def dbt(make_dbt: MakeDbt, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    world = Exports("2026-12-01 09:00")
    describe_visits(world)
    describe_people(world)
    dbt = make_dbt(exports_dir=world.write(tmp_path_factory.mktemp("touches")))
    kinds = ("--exclude-resource-type", "unit_test", "test")
    dbt("build", *kinds, "--select", "+int_touches", "+int_people")
    return dbt


def person(dbt: Dbt, name: str) -> str:
    [(person_id,)] = dbt.sql(
        "select person_id from intermediate.int_people"
        f" where email = '{name}@firm.example'"
    )
    return str(person_id)


def touches(dbt: Dbt, name: str) -> list[dict[str, Any]]:
    """The touches of somebody, oldest first."""
    return dbt.rows(
        f"""
        select touch_type, channel, touch_team, assist_team, is_eligible_for_credit
        from intermediate.int_touches
        where person_id = '{person(dbt, name)}'
        order by occurred_at, touch_type, touch_team
        """
    )


def viewers(dbt: Dbt, visitor: str) -> list[tuple[datetime, str | None]]:
    """When a visitor viewed a page, and as whom."""
    return [
        (occurred_at, email and email.partition("@")[0])
        for occurred_at, email in dbt.sql(
            f"""
            select views.occurred_at, people.email
            from intermediate.int_page_views as views
            left join intermediate.int_people as people
                on views.person_id = people.person_id
            where views.anonymous_id = '{visitor}'
            order by views.occurred_at
            """
        )
    ]


# Visits


@pytest.mark.parametrize("visitor", CHANNELS)
def test_a_visit_has_the_channel_that_brought_it(dbt: Dbt, visitor: str) -> None:
    assert dbt.sql(
        "select channel from intermediate.int_sessions"
        f" where anonymous_id = '{visitor}'"
    ) == [(CHANNELS[visitor][1],)]


def test_only_more_silence_than_agreed_begins_a_visit(dbt: Dbt) -> None:
    assert dbt.sql(
        "select started_at, ended_at, page_view_count, utm_campaign"
        " from intermediate.int_sessions where anonymous_id = 'nightowl' order by 1"
    ) == [
        (local("2026-11-02 23:40"), local("2026-11-03 00:10"), 2, "one"),
        (local("2026-11-03 00:40:01"), local("2026-11-03 00:40:01"), 1, None),
    ]


def test_a_bot_visits_nothing(dbt: Dbt) -> None:
    [(views,), (sessions,)] = dbt.sql(
        """
        select count(*) from intermediate.int_page_views where anonymous_id = 'crawler'
        union all
        select count(*) from intermediate.int_sessions where anonymous_id = 'crawler'
        """
    )
    assert (views, sessions) == (0, 0)


def test_only_views_in_the_time_of_consent_are_of_the_person(dbt: Dbt) -> None:
    assert viewers(dbt, "wary") == [
        (local("2026-10-02 10:00"), None),
        (local("2026-10-04 10:00"), "wary"),
        (local("2026-10-07 10:00"), "wary"),
        (local("2026-10-08 10:00"), None),
        (local("2026-10-09 10:00"), None),
    ]
    assert dbt.sql(
        "select occurred_at from intermediate.int_interactions"
        f" where person_id = '{person(dbt, 'wary')}' order by 1"
    ) == [(local("2026-10-04 10:00"),), (local("2026-10-07 10:00"),)]


def test_a_shared_computer_is_of_who_identified_last(dbt: Dbt) -> None:
    assert viewers(dbt, "kiosk") == [
        (local("2026-11-02 09:00"), "first"),
        (local("2026-11-02 10:00"), "first"),
        (local("2026-11-02 12:59:59"), "first"),
        (local("2026-11-02 13:00"), "second"),
    ]
    # The visit of 12:59:59 went on for the second, but began as one of the first.
    assert [touch["touch_type"] for touch in touches(dbt, "second")] == []


# Events, forms and conversations


def test_registered_and_attended_is_one_touch(dbt: Dbt) -> None:
    assert dbt.sql(
        f"""
        select event_type, event_detail, is_touch, occurred_at
        from intermediate.int_interactions
        where person_id = '{person(dbt, "both")}'
        """
    ) == [("webinar", "attended", True, local("2026-11-10 23:59:59"))]
    assert [touch["touch_type"] for touch in touches(dbt, "both")] == ["webinar"]


def test_being_invited_is_no_touch(dbt: Dbt) -> None:
    assert touches(dbt, "sent") == []


def test_what_was_done_today_has_happened_by_now(dbt: Dbt) -> None:
    assert dbt.sql(
        f"""
        select touches.touch_type, touches.occurred_at = as_of.as_of
        from intermediate.int_touches as touches
        cross join utilities.as_of as as_of
        where touches.person_id = '{person(dbt, "today")}'
        """
    ) == [("webinar", True)]


def test_a_form_is_of_the_visit_and_a_machine_makes_no_attempt(dbt: Dbt) -> None:
    assert touches(dbt, "asked") == [
        {
            "touch_type": touch_type,
            "channel": channel,
            "touch_team": team,
            "assist_team": None,
            "is_eligible_for_credit": is_eligible,
        }
        for touch_type, channel, team, is_eligible in (
            ("session", "email", "marketing", True),
            ("form", "email", "marketing", True),
            ("sales_attempt", "sales_outreach", "sales", False),
            ("email_reply", "sales_outreach", "sales", True),
        )
    ]
    assert dbt.sql(
        f"""
        select campaigns.campaign_name, count(*)
        from intermediate.int_touches as touches
        inner join intermediate.int_campaigns as campaigns
            on touches.campaign_id = campaigns.campaign_id
        where touches.person_id = '{person(dbt, "asked")}'
        group by campaigns.campaign_name
        """
    ) == [("Herfst-webinar 2026", 2)]


def test_the_identity_on_social_media_tells_the_team(dbt: Dbt) -> None:
    assert [
        (touch["touch_team"], touch["assist_team"]) for touch in touches(dbt, "social")
    ] == [("marketing", None), ("marketing", "sales"), ("sales", None)]

"""The mapping tables say of common words what a company would expect of them."""

from __future__ import annotations

import csv

import duckdb
import pytest

from conftest import PROJECT

MAPPINGS = PROJECT / "seeds" / "mappings"
NONE = "(none)"


def first_match(table: str, answer: str, condition: str, **values: str) -> str | None:
    """What the first row of a table says whose patterns fit, as the models read it."""
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {answer} from read_csv('{MAPPINGS / table}.csv', all_varchar=true)"
            f" where {condition} order by cast(priority as integer) limit 1",
            values,
        ).fetchall()
    return found[0][0] if found else None


@pytest.mark.parametrize(
    ("source", "medium", "referrer", "click_id", "channel"),
    [
        (NONE, NONE, NONE, "", "direct"),
        (NONE, NONE, "google.com", "", "organic_search"),
        (NONE, NONE, "news.google.com", "", "organic_search"),
        (NONE, NONE, "duckduckgo.com", "", "organic_search"),
        # A mail program in a browser stands at the host of a search engine.
        (NONE, NONE, "mail.google.com", "", "email"),
        (NONE, NONE, "outlook.live.com", "", "email"),
        (NONE, NONE, "linkedin.com", "", "organic_social"),
        (NONE, NONE, "t.co", "", "organic_social"),
        # Ends like t.co and like x.com, and is neither.
        (NONE, NONE, "support.microsoft.com", "", "referral"),
        (NONE, NONE, "netflix.com", "", "referral"),
        (NONE, NONE, "web.whatsapp.com", "", "dark_social"),
        (NONE, NONE, "trade-journal.example", "", "referral"),
        ("google", "cpc", NONE, "", "paid_search"),
        (NONE, NONE, "google.com", "gclid", "paid_search"),
        ("google", "organic", NONE, "", "organic_search"),
        ("google", "display", NONE, "gclid", "display"),
        ("linkedin", "cpc", NONE, "", "paid_social"),
        ("linkedin", "paid-social", NONE, "", "paid_social"),
        ("linkedin", "social", NONE, "", "organic_social"),
        (NONE, NONE, "linkedin.com", "li_fat_id", "paid_social"),
        # Facebook puts its click id on every link, paid or not.
        (NONE, NONE, "facebook.com", "fbclid", "organic_social"),
        (NONE, NONE, NONE, "fbclid", "organic_social"),
        ("facebook", "paid", NONE, "fbclid", "paid_social"),
        ("whatsapp", NONE, NONE, "", "dark_social"),
        ("hubspot", "email", NONE, "", "email"),
        ("newsletter", NONE, NONE, "", "email"),
        ("partner-site", "partner", NONE, "", "partner"),
        ("shop", "affiliate", NONE, "", "partner"),
        ("trade-fair", "event", NONE, "", "event"),
        ("zoom", "webinar", NONE, "", "webinar"),
        ("sam", "outreach", NONE, "", "sales_outreach"),
        ("directory", "referral", NONE, "", "referral"),
        ("carrier pigeon", "wing", NONE, "", "unassigned"),
    ],
)
def test_a_visit_belongs_to_its_channel(
    source: str, medium: str, referrer: str, click_id: str, channel: str
) -> None:
    assert channel == first_match(
        "channel_rules",
        "channel",
        "$source like source_pattern and $medium like medium_pattern"
        " and $referrer like referrer_pattern"
        " and coalesce(click_id, '') in ('', $click_id)",
        source=source,
        medium=medium,
        referrer=referrer,
        click_id=click_id,
    )


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("CEO", "decision_maker"),
        ("Founder & CEO", "decision_maker"),
        ("CFO/COO", "decision_maker"),
        ("Directeur", "decision_maker"),
        ("Managing Director", "decision_maker"),
        ("Geschäftsführerin", "decision_maker"),
        ("Vertriebsleiter", "decision_maker"),
        ("Head of Marketing", "decision_maker"),
        ("VP Sales", "decision_maker"),
        ("International Sales Director", "decision_maker"),
        ("Marketing Manager", "influencer"),
        ("Teamleiter Einkauf", "influencer"),
        ("Product Owner", "influencer"),
        ("Coordinator Events", "influencer"),
        ("Internal Auditor", None),
        ("Cook", None),
        ("Assistant to the CEO", "user"),
        ("Directiesecretaresse", "user"),
        ("Student Bedrijfskunde", "student"),
        ("Intern", "student"),
        ("Marketing intern", "student"),
        ("Stagiaire", "student"),
        ("Praktikantin", "student"),
    ],
)
def test_a_title_says_who_decides(title: str, seniority: str | None) -> None:
    assert seniority == first_match(
        "seniority_titles",
        "seniority",
        "$title like title_pattern",
        title=title.lower(),
    )


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/", "home"),
        ("/nl", "home"),
        ("/pricing", "pricing"),
        ("/pricing/enterprise", "pricing"),
        ("/nl/prijzen", "pricing"),
        ("/de/preise", "pricing"),
        ("/careers", "careers"),
        ("/nl/vacatures/verkoper", "careers"),
        ("/product/scoring", "product"),
        ("/blog/pricing-your-product", "blog"),
        ("/demo", "demo"),
        ("/contact", "contact"),
        ("/webinar/one-funnel", "webinar"),
        ("/resources/guide", "resources"),
        ("/customers/acme", "customers"),
        ("/unheard-of", None),
    ],
)
def test_a_page_belongs_to_its_group(path: str, group: str | None) -> None:
    assert group == first_match(
        "page_groups", "page_group", "$path like path_pattern", path=path
    )


def test_no_pattern_stands_in_the_shade_of_a_wider_one() -> None:
    for table, pattern, answer in (
        ("page_groups", "path_pattern", "page_group"),
        ("seniority_titles", "title_pattern", "seniority"),
    ):
        with (MAPPINGS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            example = row[pattern].replace("%", "").replace("__", "nl")
            condition = f"$example like {pattern}"
            found = first_match(table, answer, condition, example=example)
            assert found == row[answer], row

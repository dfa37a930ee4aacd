"""Worlds of people to whom anything can happen, at awkward instants.

The demo is plausible; these lives are not. Things happen in one second, in the wrong
order, twice, or not at all. A seed gives one world, always the same.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exports_builder import Exports, mapping, word

BEGIN = datetime(2026, 9, 15, 7, tzinfo=UTC)
END = datetime(2027, 3, 31, tzinfo=UTC)
HOUR, DAY = 3_600, 86_400
REASONS = tuple(f"R{number:02d}" for number in range(1, 13))
MOST_DUMPS = 4
# What is no response, or ends it all.
FORMS_OF_OTHERS = ("newsletter", "newsletter", "job_application")
OWNERS = ("sam", "sue", "tom", "sales", "marketing")


class Lives:
    """Writes the lives of some people into one world of exports."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = Exports()
        self.dumps = 0
        self.meetings = 0
        # Tom leaves in the middle of January.
        self.world.user("tom", "sales", is_active=False, modified_at="2027-01-15 00:00")
        self.competitor = mapping("competitor_domains")[0]["domain"]
        self.titles = [
            word("seniority_titles", "title_pattern", seniority=seniority).strip("%")
            for seniority in ("decision_maker", "influencer")
        ]
        self.student = word("seniority_titles", "title_pattern", seniority="student")
        self.student = self.student.strip("%")

    def dump(self) -> None:
        """Let the systems export all that they have, a few times at most."""
        if self.dumps < MOST_DUMPS:
            self.dumps += 1
            self.world.export(END + timedelta(hours=self.dumps))

    def write(self, people: int, folder: Path) -> Path:
        """Live the lives and write the exports."""
        for number in range(people):
            Life(self, number).live()
        return self.world.write(folder)


class Life:
    """One life; everything that can happen to it is a method or a lambda."""

    def __init__(self, lives: Lives, number: int) -> None:
        self.lives = lives
        self.chance = lives.chance
        self.world = lives.world
        self.name = f"p{number}"
        of_competitor = self.chance.random() < 0.05
        domain = lives.competitor if of_competitor else f"firm{number}.example"
        self.email = f"{self.name}@{domain}"
        self.opportunity = ""
        self.at = BEGIN + timedelta(seconds=self.chance.randrange(100 * DAY))
        self.known_at = self.at

    def live(self) -> None:
        """Be known, then have things happen."""
        pick = self.chance.choice
        self.world.contact(
            self.name,
            self.email,
            at=self.at,
            employees=pick((5, 20, 120, None)),
            job_title=pick((*self.lives.titles, *self.lives.titles, "Developer", "")),
            country=pick(("NL", "FR", "")),
        )
        if self.chance.random() < 0.5:
            self.world.page(self.name, "pricing", at=self.at - timedelta(days=3))
        self.world.identify(self.name, self.email, at=self.at)
        self.at += timedelta(seconds=pick((0, 60, HOUR)))
        self._make_lead(self.name)
        happenings = self._happenings()
        for _ in range(self.chance.randrange(2, 25)):
            seconds = pick((0, 0, 300, HOUR, DAY, 5 * DAY, 20 * DAY))
            self.at += timedelta(seconds=seconds * self.chance.randrange(3))
            if self.at > END:
                break
            pick(happenings)()

    def _make_lead(self, name: str) -> None:
        is_sales_made = self.chance.random() < 0.1
        status = "sales_generated" if is_sales_made else ""
        self.world.lead(
            name,
            self.email,
            at=self.at,
            owner="sam" if is_sales_made else self.chance.choice(("marketing", "sam")),
            status=word(
                "crm_lead_status_events", "to_value", field="Status", event=status
            ),
        )

    def _happenings(self) -> list[Callable[[], object]]:
        """Everything that can happen; what stands here twice happens more often."""
        world, pick = self.world, self.chance.choice
        name, email = self.name, self.email
        return [
            *(lambda: world.page(name, pick(("pricing", "careers")), at=self.at),) * 3,
            *(self._form,) * 2,
            *(self._attend,) * 2,
            lambda: world.email_event(
                pick(("CLICK", "UNSUBSCRIBED", "BOUNCE")),
                email,
                at=self.at,
                bounce_category="hard",
            ),
            lambda: world.social(
                pick(("direct_message", "comment")),
                email,
                at=self.at,
                identity=pick(("brand", "employee")),
            ),
            *(lambda: world.assign(name, pick(OWNERS), at=self.at),) * 3,
            lambda: world.accept(name, at=self.at, by="sam"),
            self._accept_too_early,
            lambda: world.reject(
                name, pick(REASONS), at=self.at, callback_months=pick((None, 1, 2, 4))
            ),
            lambda: world.lead_event(
                name,
                pick(("qualified", "recycled", "disqualified", "sales_generated")),
                at=self.at,
            ),
            self._nominate,
            *(lambda: world.task(name, by="sam", at=self.at),) * 2,
            lambda: world.task(
                name, by="sam", at=self.at, direction="inbound", kind="message"
            ),
            *(self._deal,) * 2,
            lambda: world.consent(
                pick(("email_marketing", "phone_marketing", "profiling")),
                pick(("granted", "refused", "withdrawn", "objected")),
                at=self.at,
                email=email,
            ),
            lambda: world.consent(
                "analytics_cookie",
                pick(("granted", "withdrawn")),
                at=self.at,
                visitor=name,
            ),
            *(self._change_fit,) * 2,
            lambda: world.form(pick(FORMS_OF_OTHERS), email, at=self.at),
            self._meet_again,
            self._be_erased,
        ]

    def _form(self) -> None:
        kind = self.chance.choice(
            (
                "gated_content",
                "demo_request",
                "contact_request",
                "callback_request",
                "newsletter",
            )
        )
        months = self.chance.choice((None, 1, 2, 4))
        self.world.form(
            kind,
            self.email,
            at=self.at,
            visitor=self.name,
            callback_months=months if kind == "callback_request" else None,
        )

        if kind == "callback_request" and months:
            # Somebody calls, on the day that was promised or around it.
            called_at = self.at + timedelta(days=30 * months + self.chance.randrange(4))
            if called_at < END:
                self.world.task(self.name, by="sam", at=called_at)

    def _accept_too_early(self) -> None:
        """Accept some minutes before the handover reaches us."""
        self.world.accept(self.name, at=self.at, by="sam")
        self.at += timedelta(minutes=self.chance.choice((0, 5, 15, 16)))
        self.world.assign(self.name, "sam", at=self.at)

    def _attend(self) -> None:
        """Attend a meeting that nobody else attends."""
        self.lives.meetings += 1
        campaign = self.world.campaign(
            f"c{self.lives.meetings}", self.chance.choice(("webinar", "event"))
        )
        is_by_day = self.chance.random() < 0.5
        self.world.campaign_member(
            campaign,
            lead=self.name,
            at=self.at,
            responded_on=self.at.date().isoformat() if is_by_day else "",
        )

    def _nominate(self) -> None:
        """Sales nominates, in a second of its own.

        A nomination in the very second in which a pass ends is read as one of the next.
        """
        self.at += timedelta(seconds=1)
        self.world.lead_event(self.name, "nominated", at=self.at)
        self.at += timedelta(seconds=1)

    def _deal(self) -> None:
        """Open an opportunity, or move the one that there is."""
        if not self.opportunity:
            self.opportunity = f"o{self.name}"
            self.world.crm_contact(self.name, self.email, at=self.at)
            self.world.opportunity(self.opportunity, at=self.at, contacts=(self.name,))
            return
        outcome = self.chance.choice(("won", "lost", "open"))
        self.world.opportunity_change(
            self.opportunity,
            outcome,
            at=self.at,
            reason="R06" if outcome == "lost" else "",
        )
        if outcome == "won":
            self.world.contract(self.opportunity, on=self.at.date().isoformat())

    def _change_fit(self) -> None:
        self.world.contact(
            self.name,
            self.email,
            at=self.known_at,
            modified_at=self.at,
            employees=self.chance.choice((5, 120, 300)),
            job_title=self.lives.student if self.chance.random() < 0.2 else "",
        )
        self.lives.dump()

    def _meet_again(self) -> None:
        """Enter the systems a second time, under another address or by a merge."""
        other = f"{self.name}b"
        second = f"{other}@{self.email.partition('@')[2]}"
        self.world.contact(other, second, at=self.at)
        if self.chance.random() < 0.5:
            self.world.merge_contacts(self.name, other, at=self.at)

    def _be_erased(self) -> None:
        if self.chance.random() < 0.1:
            self.world.erasure(self.email, at=self.at)

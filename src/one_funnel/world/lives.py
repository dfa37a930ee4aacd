"""Lives: what people and sales really do, told to the systems as it happens."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from one_funnel.world.company import Company, Person, choose_weighted, make_person
from one_funnel.world.exporting import Exports, utc
from one_funnel.world.points import RoughPoints
from one_funnel.world.scenario import Scenario

# Where visits come from, with their published shares.
SOURCES: tuple[tuple[object, ...], ...] = (
    ("", "", "https://google.com/", 0.287),
    ("google", "cpc", "", 0.198),
    ("linkedin", "paid_social", "", 0.09),
    ("", "", "https://linkedin.com/", 0.079),
    ("", "", "", 0.207),
    ("newsletter", "email", "", 0.062),
    ("", "", "https://vakblad.example/", 0.036),
    ("partner", "partner", "", 0.041),
)
PAGES: tuple[tuple[object, ...], ...] = (
    ("/", 0.24),
    ("/product/overview", 0.2),
    ("/blog/lead-definition", 0.2),
    ("/customers/cases", 0.1),
    ("/resources/guide", 0.1),
    ("/pricing", 0.1),
    ("/about", 0.04),
    ("/careers", 0.02),
)
ENTRANCES: tuple[tuple[object, ...], ...] = (
    ("gated_content", 0.44),
    ("newsletter", 0.2),
    ("demo_request", 0.03),
    ("contact_request", 0.025),
    ("callback_request", 0.02),
    ("webinar", 0.09),
    ("event", 0.05),
    ("import", 0.12),
    ("job_application", 0.015),
    ("sales", 0.025),
)
# Reasons that reps give, in the words of the CRM.
REASONS: tuple[tuple[object, ...], ...] = (
    ("Bad data", 0.07),
    ("Not a fit", 0.13),
    ("No authority", 0.1),
    ("No interest", 0.16),
    ("Not now", 0.16),
    ("No budget", 0.1),
    ("No response", 0.14),
    ("Duplicate", 0.03),
    ("Existing customer", 0.03),
    ("Competitor", 0.02),
    ("Wrong team", 0.04),
    ("Do not contact", 0.02),
)
LOSSES = ("Price", "No decision", "Lost to competitor", "Feature gap")
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "EUR", "GBP", "USD")
REPS = ("sanne", "tom", "ulrike", "vera", "wout", "yannick")
MARKETEERS = ("mila", "noah", "otto")
# Reps who left, on a day.
LEAVERS = {"wout": datetime.fromisoformat("2026-02-01T00:00:00+01:00")}
MAX_PASSES = 3


def salesforce_id(prefix: str, name: str) -> str:
    """An id of 15 characters with the prefix of its kind."""
    return prefix + name.rjust(12, "0")


def working(at: datetime) -> datetime:
    """The instant itself in office hours, else the next morning of a weekday."""
    while True:
        if at.weekday() < 5 and 8 <= at.hour < 16:
            return at
        if at.weekday() < 5 and at.hour < 8:
            return at.replace(hour=8, minute=at.minute % 40)
        at = (at + timedelta(days=1)).replace(hour=7)


@dataclass(frozen=True)
class Offer:
    """A campaign that people meet: `kind` is advertising, webinar, event or email."""

    campaign_id: str
    name: str
    kind: str
    at: datetime


class World:
    """The company's history, told person by person."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        exports: Exports,
        points: RoughPoints,
        companies: list[Company],
        offers: list[Offer],
    ) -> None:
        self.scenario = scenario
        self.chance = random.Random(f"lives:{seed}")
        self.exports = exports
        self.points = points
        self.companies = companies
        self.offers = offers
        self.truth: list[tuple[str, str, str, bool]] = []
        self.counts: dict[str, int] = {}
        self.page_views = 0
        self.marketing_queue = salesforce_id("00G", "MARKETING")
        self.sales_queue = salesforce_id("00G", "SALES")

    def next_number(self, kind: str) -> int:
        """1, 2, 3, ... for each kind of id."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind]

    def happens(self, share: float) -> bool:
        """Whether something of that share happens this time."""
        return self.chance.random() < share

    def late(self) -> timedelta | None:
        """How much later than usual an event is exported."""
        if self.happens(self.scenario.dirt.late_rows):
            return timedelta(days=self.chance.randint(8, 40))
        return None

    def visit(self, device: str, at: datetime, pages: list[str] | None = None) -> None:
        """A session of a device: where it came from and what it looked at."""
        source, medium, referrer, _ = choose_weighted(self.chance, SOURCES)
        offer = self.chance.choice(self.offers)
        shown = pages or [
            str(choose_weighted(self.chance, PAGES)[0])
            for _ in range(min(1 + int(self.chance.expovariate(0.7)), 8))
        ]
        for position, path in enumerate(shown):
            is_landing = position == 0
            tagged = is_landing and source
            self.page_views += 1
            self.exports.event(
                "web__pages",
                at,
                late=self.late(),
                id=f"p{self.page_views}",
                anonymous_id=device,
                timestamp=utc(at),
                path=path,
                referrer=referrer if is_landing else "",
                context_campaign_source=source if tagged else "",
                context_campaign_medium=medium if tagged else "",
                context_campaign_name=(
                    offer.name if tagged and medium != "partner" else ""
                ),
                context_user_agent="Firefox",
                consent_state="granted",
            )
            at += timedelta(seconds=self.chance.randint(15, 240))

    def live(self, person: Person, known_at: datetime, entrance: str) -> None:
        """One person's life from the first visit on."""
        Life(self, person).begin(known_at, entrance)


class Life:
    """One person, and the records that the systems keep of them."""

    def __init__(self, world: World, person: Person) -> None:
        self.world = world
        self.person = person
        self.chance = world.chance
        self.exports = world.exports
        self.acts: list[tuple[datetime, str, str]] = []
        self.contact_id = f"{100_000 + person.number}"
        self.lead_id = salesforce_id("00Q", person.name)
        self.crm_contact_id = salesforce_id("003", person.name)
        self.account_id = salesforce_id("001", person.name)
        self.rep = ""
        self.owner = world.marketing_queue
        self.status = "New"
        self.has_lead = False
        self.has_crm_contact = False
        self.is_closed = False

    # What the systems keep

    def truth(self, kind: str, record_id: str, is_joinable: bool = True) -> None:
        """Remember whose a record is."""
        self.world.truth.append((kind, record_id, self.person.name, is_joinable))

    def missing(self, value: Any) -> Any:
        """A value, or nothing where nobody filled it in."""
        return (
            None
            if self.world.happens(self.world.scenario.dirt.missing_values)
            else value
        )

    def untidy(self, address: str) -> str:
        """An address as people type it."""
        if self.world.happens(self.world.scenario.dirt.untidy_addresses):
            return self.chance.choice(
                (address.title(), f" {address}", f"{address}\u00a0", address.upper())
            )
        return address

    def identify(self, at: datetime, *, in_hubspot: bool = True) -> None:
        """The systems learn of the person: contact first, lead minutes later."""
        person, company = self.person, self.person.company
        if in_hubspot:
            self.exports.record(
                "hubspot__contacts",
                self.contact_id,
                at,
                hs_object_id=self.contact_id,
                email=self.untidy(person.email),
                firstname=person.first_name,
                lastname=person.last_name,
                jobtitle=self.missing(person.title),
                company=company.name,
                country=self.missing(self.chance.choice(company.spellings)),
                numemployees=self.missing(company.employees),
                industry=self.missing(company.industry),
                lifecyclestage="lead",
                createdate=at,
                lastmodifieddate=at,
                hs_email_optout=False,
            )
            self.truth("hubspot_contact", self.contact_id)

    def make_lead(self, at: datetime, status: str = "New", owner: str = "") -> None:
        """The lead in Salesforce, in marketing's queue unless somebody made it."""
        if self.has_lead:
            return
        person, company = self.person, self.person.company
        self.has_lead, self.status = True, status
        self.owner = owner or self.world.marketing_queue
        lead_id = self.lead_id
        if self.world.happens(self.world.scenario.dirt.long_ids):
            lead_id += "AAA"
        self.exports.record(
            "salesforce__lead",
            self.lead_id,
            at,
            Id=lead_id,
            IsDeleted=False,
            FirstName=person.first_name,
            LastName=person.last_name,
            Email=person.email,
            Title=self.missing(person.title),
            Company=company.name,
            Website=f"www.{company.domain}",
            Country=company.country,
            Industry=self.missing(company.industry),
            NumberOfEmployees=self.missing(company.employees),
            Status=status,
            OwnerId=self.owner,
            IsConverted=False,
            CreatedDate=at,
            CreatedById=owner or salesforce_id("005", MARKETEERS[0].upper()),
            LastModifiedDate=at,
        )
        self.truth("salesforce_lead", self.lead_id)

    def change(self, field: str, value: str, at: datetime, by: str) -> None:
        """A change of the lead, in its history and in the record."""
        column = "OwnerId" if field == "Owner" else field
        old = (
            self.owner
            if field == "Owner"
            else self.status
            if field == "Status"
            else None
        )
        for is_name in (False, True) if field == "Owner" else (False,):
            # Salesforce writes a change of owner with ids, and again with names.
            self.exports.event(
                "salesforce__lead_history",
                at,
                late=self.world.late(),
                Id=salesforce_id("017", f"{self.world.next_number('change')}"),
                LeadId=self.lead_id,
                Field=field,
                OldValue="somebody" if is_name else old,
                NewValue="somebody else" if is_name else value,
                CreatedDate=at,
                CreatedById=by,
            )
        self.exports.record(
            "salesforce__lead",
            self.lead_id,
            at,
            **{column: value, "LastModifiedDate": at},
        )
        if field == "Owner":
            self.owner = value
        elif field == "Status":
            self.status = value

    def task(
        self,
        at: datetime,
        kind: str = "Call",
        subtype: str = "Outbound",
        reached: bool = False,
    ) -> None:
        """A completed task of the rep with the person."""
        task_id = salesforce_id("00T", f"{self.world.next_number('task')}")
        self.exports.record(
            "salesforce__task",
            task_id,
            at,
            Id=task_id,
            WhoId=self.crm_contact_id if self.has_crm_contact else self.lead_id,
            Subject=kind,
            Type=kind,
            TaskSubtype=subtype,
            Status="Completed",
            CallDisposition=(
                ("Connected" if reached else "No answer") if kind == "Call" else ""
            ),
            OwnerId=self.owner,
            CreatedDate=at,
            CompletedDateTime=at,
            Is_Automated__c=False,
        )

    # What the person does

    def act(self, kind: str, at: datetime) -> None:
        """One thing that the person does, as the systems see it."""
        if kind == "visit":
            device = self.chance.choice(self.person.devices)
            pages = None
            if self.world.happens(0.25 + 0.3 * self.person.interest):
                pages = ["/", "/pricing"]
                self.acts.append((at + timedelta(minutes=2), "page_view", "pricing"))
            self.world.visit(device, at, pages)
        elif kind in ("webinar", "event"):
            self.attend(kind, at)
        elif kind == "email_click":
            self.acts.append((at, "email_click", "human"))
            self.mail("CLICK", at)
        elif kind == "social":
            self.engage(at)
        elif kind == "unsubscribe":
            self.acts.append((at, "unsubscribe", ""))
            self.mail("UNSUBSCRIBED", at)
        elif kind == "bounce":
            self.mail("BOUNCE", at)
        else:
            self.send_form(kind, at)

    def send_form(self, kind: str, at: datetime, months: int | None = None) -> None:
        """A form, with a visit around it unless it came from elsewhere."""
        device = self.person.devices[0]
        if self.world.happens(0.76):
            page = "/resources/guide" if kind == "gated_content" else "/contact"
            self.world.visit(device, at - timedelta(minutes=3), ["/", page])
        self.acts.append((at, "form", kind))
        self.exports.event(
            "hubspot__form_submissions",
            at,
            late=self.world.late(),
            conversion_id=f"f{self.world.next_number('form')}",
            form_id=f"form-{kind}",
            contact_id=self.contact_id,
            email=self.person.email,
            anonymous_id=device,
            submitted_at=at,
            page_url="/form",
            values=f'{{"callback_months": {months}}}' if months else "{}",
        )

    def attend(self, kind: str, at: datetime) -> None:
        """A webinar or event of these days, seen as a campaign member of the lead."""
        offers = [offer for offer in self.world.offers if offer.kind == kind]
        offer = min(offers, key=lambda offer: abs(offer.at - at))
        self.make_lead(at)
        member_id = salesforce_id("00v", f"{self.world.next_number('member')}")
        attended = self.world.happens(0.7)
        if attended:
            self.acts.append((at.replace(hour=22), kind, "attended"))
        self.exports.record(
            "salesforce__campaign_member",
            member_id,
            at,
            Id=member_id,
            CampaignId=offer.campaign_id,
            LeadId=self.lead_id,
            Status="Attended" if attended else "Registered",
            HasResponded=attended,
            FirstRespondedDate=at.date() if attended else None,
            CreatedDate=at,
            LastModifiedDate=at,
        )

    def mail(self, kind: str, at: datetime) -> None:
        """An e-mail event."""
        self.exports.event(
            "hubspot__email_events",
            at,
            late=self.world.late(),
            id=f"e{self.world.next_number('mail')}",
            type=kind,
            recipient=self.person.email,
            created=at,
            emailCampaignId="900",
            filteredEvent=kind == "CLICK" and self.world.happens(0.15),
            bounce_category=(
                self.chance.choice(("hard", "soft")) if kind == "BOUNCE" else ""
            ),
        )

    def engage(self, at: datetime) -> None:
        """A reaction on social media, to the brand or to one of the reps."""
        is_brand = self.world.happens(0.7)
        kinds = (
            ("post_engagement", "comment")
            if is_brand
            else ("post_engagement", "public_post", "comment", "direct_message")
        )
        if is_brand:
            self.acts.append((at, "social", "brand_engagement"))
        self.exports.event(
            "social__interactions",
            at,
            late=self.world.late(),
            interaction_id=f"s{self.world.next_number('social')}",
            platform="linkedin",
            account_identity="brand" if is_brand else "employee",
            employee_id="" if is_brand else salesforce_id("005", REPS[0].upper()),
            interaction_kind=self.chance.choice(kinds),
            email=self.person.email,
            occurred_at=at,
        )

    # The life

    def begin(self, known_at: datetime, entrance: str) -> None:
        """Visits before anyone knows the name, the way in, and what follows."""
        if self.world.happens(0.76):
            visits = min(int(self.chance.lognormvariate(1.29, 0.64)), 12)
            for _ in range(visits // 2):
                before = known_at - timedelta(days=self.chance.expovariate(1 / 20))
                if before > self.world.scenario.begins:
                    self.act("visit", before)
        self.identify(known_at, in_hubspot=entrance != "sales")
        if entrance == "sales":
            rep = salesforce_id("005", self.chance.choice(REPS[:4]).upper())
            self.make_lead(known_at, status="Self-generated", owner=rep)
            self.sell(known_at + timedelta(days=self.chance.expovariate(1 / 10)))
            return
        self.make_lead(known_at + timedelta(minutes=self.chance.randint(1, 5)))
        if entrance in ("webinar", "event"):
            self.attend(entrance, known_at)
        elif entrance == "callback_request":
            months = self.chance.choice((None, None, 2, 3, 4))
            self.send_form(entrance, known_at, months)
        elif entrance != "import":
            self.send_form(entrance, known_at)
        if entrance != "job_application":
            self.go_on(known_at, entrance, 1)

    def plan(self, start: datetime) -> list[tuple[datetime, str]]:
        """What the person will do by itself from an instant on, in order."""
        interest = self.person.interest
        kinds = (
            ("visit", 4 * interest + 0.3),
            ("gated_content", 1.3 * interest),
            ("webinar", 0.8 * interest),
            ("event", 0.25 * interest),
            ("email_click", 1.2 * interest + 0.2),
            ("social", 0.5 * interest),
            ("demo_request", 0.07 * interest),
            ("contact_request", 0.05 * interest),
            ("unsubscribe", 0.05),
            ("bounce", 0.02),
        )
        acts = []
        for kind, mean in kinds:
            for _ in range(self.poisson(mean)):
                days = self.chance.expovariate(1 / 45)
                acts.append((start + timedelta(days=days, minutes=7), kind))
        return sorted(acts)

    def poisson(self, mean: float) -> int:
        """A random count with that mean."""
        count, left = 0, self.chance.expovariate(1.0)
        while left < mean:
            count += 1
            left += self.chance.expovariate(1.0)
        return count

    def go_on(self, start: datetime, entrance: str, pass_number: int) -> None:
        """Act after act until marketing hands over, if it ever does."""
        ends = self.world.scenario.ends
        if entrance in ("demo_request", "contact_request"):
            self.hand_over(start, pass_number, is_hot=True)
            return
        if self.world.happens(self.world.scenario.dirt.premature_handovers):
            at = start + timedelta(days=self.chance.uniform(1, 20))
            self.hand_over(at, pass_number, is_hot=False)
            return
        since = [act for act in self.acts if pass_number == 1 or act[0] >= start]
        known_before = len(self.acts) - len(since)
        for at, kind in self.plan(start):
            if at >= ends:
                return
            self.act(kind, at)
            is_hot = kind in ("demo_request", "contact_request")
            counted = self.acts[known_before:]
            latest = max((act[0] for act in counted), default=at)
            if is_hot or self.world.points.is_ready(self.person, counted, latest):
                if self.world.happens(self.world.scenario.dirt.missed_handovers):
                    continue
                self.hand_over(max(at, latest), pass_number, is_hot)
                return

    def hand_over(self, at: datetime, pass_number: int, is_hot: bool) -> None:
        """Marketing gives the lead to a rep, who does something with it, or nothing."""
        chance, ends = self.chance, self.world.scenario.ends
        delay = chance.lognormvariate(2.5 if is_hot else 3.6, 1.1)
        assigned_at = at + timedelta(minutes=delay)
        if assigned_at >= ends:
            return
        self.make_lead(at)
        reps = [
            name
            for name in REPS
            if name not in LEAVERS or assigned_at < LEAVERS[name] - timedelta(days=20)
        ]
        self.rep = salesforce_id("005", chance.choice(reps).upper())
        system = salesforce_id("005", MARKETEERS[1].upper())
        self.change("Owner", self.rep, assigned_at, system)
        if self.world.happens(0.04):
            other = salesforce_id("005", chance.choice(REPS[:4]).upper())
            moved_at = assigned_at + timedelta(minutes=chance.choice((0, 30, 300)))
            self.change("Owner", other, moved_at, system)
            self.rep = other
        if self.world.happens(0.1):
            self.after_return(assigned_at + timedelta(days=8), pass_number)
            return
        minutes = chance.lognormvariate(2.9 if is_hot else 4.2, 0.9)
        attempt_at = working(assigned_at + timedelta(minutes=minutes))
        if attempt_at >= ends:
            return
        reached = self.world.happens(0.55)
        self.task(attempt_at, reached=reached)
        decided_at = attempt_at + timedelta(minutes=chance.expovariate(1 / 240))
        decided_at = working(decided_at)
        if not reached:
            for _ in range(chance.randint(0, 6)):
                attempt_at = working(
                    attempt_at + timedelta(hours=chance.randint(4, 20))
                )
                if attempt_at < min(decided_at + timedelta(days=4), ends):
                    self.task(attempt_at, reached=self.world.happens(0.3))
        if decided_at >= ends:
            return
        if self.world.happens(self.world.scenario.dirt.skipped_stages):
            self.change("Status", "Qualified", decided_at, self.rep)
            self.open_opportunity(decided_at + timedelta(days=2), pass_number)
        elif self.world.happens(0.60 + 0.2 * self.person.interest):
            self.change("Status", "Accepted", decided_at, self.rep)
            self.qualify(decided_at, pass_number)
        else:
            self.turn_down("Rejected", decided_at, pass_number)

    def turn_down(self, status: str, at: datetime, pass_number: int) -> None:
        """A negative decision with its reason, and a promise if the reason is time."""
        reason = str(choose_weighted(self.chance, REASONS)[0])
        back_at = at + timedelta(days=self.chance.uniform(20, 150))
        if reason == "Not now":
            months = self.chance.choice((1, 2, 2, 3, 4, 4, 6))
            self.exports.record(
                "salesforce__lead",
                self.lead_id,
                at,
                Callback_Requested_On__c=at,
                Callback_Months__c=months,
                Callback_Requested_By_Person__c=self.world.happens(0.9),
            )
            due_at = working(at + timedelta(days=30.44 * months))
            if self.world.happens(0.7) and due_at < self.world.scenario.ends:
                self.task(due_at.replace(hour=9), reached=True)
        self.change("Rejection_Reason__c", reason, at, self.rep)
        self.change("Status", status, at, self.rep)
        self.after_return(back_at, pass_number)

    def after_return(self, at: datetime, pass_number: int) -> None:
        """Back with marketing; some come again."""
        if at >= self.world.scenario.ends or pass_number >= MAX_PASSES:
            return
        system = salesforce_id("005", MARKETEERS[1].upper())
        self.change("Owner", self.world.marketing_queue, at, system)
        self.change("Status", "Open", at, system)
        if self.world.happens(0.35 + 0.4 * self.person.interest):
            again = at + timedelta(days=self.chance.expovariate(1 / 30))
            if again < self.world.scenario.ends:
                kind = self.chance.choice(
                    ("gated_content", "gated_content", "demo_request", "email_click")
                )
                self.act(kind, again)
                self.go_on(again, kind, pass_number + 1)

    def qualify(self, accepted_at: datetime, pass_number: int) -> None:
        """Talks after the acceptance."""
        at = working(accepted_at + timedelta(days=self.chance.expovariate(1 / 6)))
        if at >= self.world.scenario.ends:
            return
        self.task(at, kind="Meeting", reached=True)
        if self.world.happens(0.76):
            self.change("Status", "Qualified", at, self.rep)
            self.open_opportunity(
                working(at + timedelta(days=self.chance.expovariate(1 / 8))),
                pass_number,
            )
        else:
            self.turn_down("Nurture", at, pass_number)

    def sell(self, at: datetime) -> None:
        """A deal that a rep found without marketing."""
        self.rep = self.owner
        if at < self.world.scenario.ends:
            self.open_opportunity(working(at), MAX_PASSES)

    def open_opportunity(self, at: datetime, pass_number: int) -> None:
        """The lead becomes a contact with an account and an opportunity."""
        chance, ends = self.chance, self.world.scenario.ends
        if at >= ends or not self.world.happens(0.8):
            return
        company = self.person.company
        number = f"{self.world.next_number('opportunity')}"
        opportunity_id = salesforce_id("006", number)
        if not self.has_crm_contact:
            self.has_crm_contact = True
            self.exports.record(
                "salesforce__account",
                self.account_id,
                at,
                Id=self.account_id,
                IsDeleted=False,
                Name=company.name,
                Website=f"https://www.{company.domain}",
                Industry=company.industry,
                NumberOfEmployees=company.employees,
                BillingCountry=company.country,
                OwnerId=self.rep,
                CreatedDate=at,
                LastModifiedDate=at,
            )
            self.exports.record(
                "salesforce__contact",
                self.crm_contact_id,
                at,
                Id=self.crm_contact_id,
                IsDeleted=False,
                AccountId=self.account_id,
                FirstName=self.person.first_name,
                LastName=self.person.last_name,
                Email=self.person.email,
                Title=self.person.title,
                OwnerId=self.rep,
                CreatedDate=at,
                LastModifiedDate=at,
            )
            self.truth("salesforce_contact", self.crm_contact_id)
            self.exports.record(
                "salesforce__lead",
                self.lead_id,
                at,
                IsConverted=True,
                ConvertedDate=at.date(),
                ConvertedAccountId=self.account_id,
                ConvertedContactId=self.crm_contact_id,
                ConvertedOpportunityId=opportunity_id,
                LastModifiedDate=at,
            )
        amount = f"{max(chance.lognormvariate(9.2, 0.7), 900):.2f}"
        currency = chance.choice(CURRENCIES)
        self.exports.record(
            "salesforce__opportunity",
            opportunity_id,
            at,
            Id=opportunity_id,
            IsDeleted=False,
            AccountId=self.account_id,
            Name=f"{company.name} {number}",
            StageName="Discovery",
            Amount=amount,
            CurrencyIsoCode=currency,
            Probability=20,
            CloseDate=(at + timedelta(days=90)).date(),
            Type="New Business",
            IsClosed=False,
            IsWon=False,
            OwnerId=self.rep,
            CreatedDate=at,
            LastModifiedDate=at,
        )
        # A fifth of the deals in a CRM say nothing of who is buying.
        if self.world.happens(1 - self.world.scenario.dirt.unlinked_deals):
            role_id = salesforce_id("00K", number)
            self.exports.record(
                "salesforce__opportunity_contact_role",
                role_id,
                at,
                Id=role_id,
                OpportunityId=opportunity_id,
                ContactId=self.crm_contact_id,
                Role="Decision Maker",
                IsPrimary=True,
                CreatedDate=at,
            )
        self.move_opportunity(opportunity_id, "Discovery", at, amount)
        days = min(chance.lognormvariate(3.4, 0.9), 240)
        closed_at = working(at + timedelta(days=days))
        middle = at + (closed_at - at) / 2
        if middle < ends:
            self.move_opportunity(opportunity_id, "Proposal", middle, amount)
        if closed_at >= ends:
            return
        if self.world.happens(0.36 + 0.2 * self.person.interest):
            self.win(opportunity_id, closed_at, amount, currency)
        else:
            self.exports.record(
                "salesforce__opportunity",
                opportunity_id,
                closed_at,
                Loss_Reason__c=chance.choice(LOSSES),
            )
            self.move_opportunity(opportunity_id, "Closed Lost", closed_at, amount)
            self.after_return(closed_at + timedelta(days=45), pass_number)

    def move_opportunity(
        self, opportunity_id: str, stage: str, at: datetime, amount: str
    ) -> None:
        """A stage of the opportunity, in its history and in the record."""
        self.exports.event(
            "salesforce__opportunity_history",
            at,
            late=self.world.late(),
            Id=salesforce_id("008", f"{self.world.next_number('stage')}"),
            OpportunityId=opportunity_id,
            StageName=stage,
            Amount=amount,
            CreatedDate=at,
            CreatedById=self.rep,
        )
        self.exports.record(
            "salesforce__opportunity",
            opportunity_id,
            at,
            StageName=stage,
            IsClosed=stage.startswith("Closed"),
            IsWon=stage == "Closed Won",
            LastModifiedDate=at,
        )

    def win(
        self, opportunity_id: str, at: datetime, amount: str, currency: str
    ) -> None:
        """A signed contract; now and then part of it is paid back."""
        contract_id = f"c{self.world.next_number('contract')}"
        self.exports.record(
            "finance__contracts",
            contract_id,
            at,
            contract_id=contract_id,
            opportunity_id=opportunity_id,
            signed_on=at.date(),
            amount=amount,
            currency=currency,
        )
        self.move_opportunity(opportunity_id, "Closed Won", at, amount)
        refunded_at = at + timedelta(days=self.chance.uniform(20, 120))
        if self.world.happens(0.08) and refunded_at < self.world.scenario.ends:
            credit_id = f"n{self.world.next_number('credit')}"
            self.exports.record(
                "finance__credit_notes",
                credit_id,
                refunded_at,
                credit_note_id=credit_id,
                contract_id=contract_id,
                refunded_on=refunded_at.date(),
                amount=f"{float(amount) / 5:.2f}",
                currency=currency,
            )
        again = at + timedelta(days=self.chance.uniform(60, 200))
        if self.world.happens(0.3) and again < self.world.scenario.ends:
            self.act("contact_request", again)
        if self.world.happens(0.04) and again < self.world.scenario.ends:
            # The win did not stand.
            self.move_opportunity(opportunity_id, "Negotiation", again, amount)
            lost_at = again + timedelta(days=8)
            if lost_at < self.world.scenario.ends:
                self.move_opportunity(opportunity_id, "Closed Lost", lost_at, amount)


def tell_lives(world: World) -> None:
    """Everybody's life: the known people first, then visitors who stay unknown."""
    chance, scenario = world.chance, world.scenario
    span = scenario.ends - scenario.begins
    specials = ("rivalsoft.example", "onefunnel.example")
    for number in range(1, scenario.people + 1):
        special = specials[number % 2] if number % 150 == 0 else ""
        person = make_person(chance, number, world.companies, special)
        # The company grows: more people come to know it in the later months.
        known_at = scenario.begins + span * (chance.random() ** 0.8) * 0.995
        known_at = known_at.replace(microsecond=0)
        entrance = str(choose_weighted(chance, ENTRANCES)[0])
        world.live(person, known_at, entrance)
    stranger = 0
    while world.page_views < scenario.page_views:
        stranger += 1
        at = scenario.begins + span * chance.random()
        world.visit(f"u{stranger}", at.replace(microsecond=0))

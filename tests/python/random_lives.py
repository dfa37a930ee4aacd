"""Worlds of people to whom anything can happen, at awkward instants.

The demo is plausible; these lives are not. Things happen in one second, in the wrong
order, twice, or not at all. Some people work at accounts, which are merged; deals name
their people in every way that the CRM can. What shape a world has, hypothesis chooses;
a shape gives one world, always the same. A world is a list of steps, so that a smaller
one is a shorter list.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from exports_builder import Exports, mapping, word

HOUR, DAY = 3_600, 86_400
# The last export, and the latest instant at which anything happens.
EXPORTED_AT = datetime(2027, 4, 1, 12, tzinfo=UTC)
END = datetime(2027, 3, 31, tzinfo=UTC)
# How far the clock of the exports is behind those of the systems.
BEHIND = timedelta(minutes=4)
# The share of deals that no export of the CRM has.
UNKNOWN_DEALS = 0.05
# Where lives begin: anywhere, before the night in which the clock goes back, before a
# version comes into force, before the holidays, and before the clock goes forward.
BEGINNINGS = (
    datetime(2026, 9, 15, 7, tzinfo=UTC),
    datetime(2026, 10, 24, 14, tzinfo=UTC),
    datetime(2026, 10, 30, 16, tzinfo=UTC),
    datetime(2026, 12, 23, 15, tzinfo=UTC),
    datetime(2027, 3, 26, 16, tzinfo=UTC),
)
# Seconds between two things that happen to somebody.
PACES = {
    "crowded": (0, 0, 1, 300, HOUR),
    "usual": (0, 0, 300, HOUR, DAY, 5 * DAY, 20 * DAY),
    "slow": (0, DAY, 5 * DAY, 20 * DAY, 60 * DAY),
}
KINDS = (
    "accounts",
    "consent",
    "deals",
    "devices",
    "erasure",
    "fit",
    "forms",
    "handover",
    "mail",
    "merges",
    "meetings",
    "social",
)
# "Not now, call me later" is the one with the most to get wrong.
REASONS = (*(f"R{number:02d}" for number in range(1, 13)), *("R05",) * 6)
# Reasons for which the agreement leaves somebody in peace for a while.
REASONS_TO_WAIT = ("R03", "R04", "R06")
# What is no response, or ends it all.
FORMS_OF_OTHERS = ("newsletter", "newsletter", "job_application")
# Nobody knows zed: the CRM exports no such user.
OWNERS = ("sam", "sue", "tom", "zed", "sales", "marketing")
# What the first page of a visit tells of where it came from.
ORIGINS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"source": "google", "medium": "cpc"},
    {"source": "linkedin", "medium": "paid_social"},
    {"source": "partner", "medium": "event"},
    {"source": "letter", "medium": "email"},
    {"referrer": "https://www.google.com/"},
    {"referrer": "https://www.linkedin.com/feed/"},
    {"referrer": "https://www.somewhere.example/blog"},
    {"referrer": "https://www.onefunnel.example/"},
)
# Currencies that have rates, the lowest one of each, and the step to the next higher.
# Half cents come of the dollar, whose rates are in tenths.
CURRENCIES = {
    "GBP": (Decimal("1.16250417"), Decimal("0.00312345")),
    "JPY": (Decimal("0.00594137"), Decimal("0.00000719")),
    "USD": (Decimal("0.50000000"), Decimal("0.10000000")),
}
STEPS_OF_RATES = 10
# As finance and the CRM write them.
WRITTEN_CURRENCIES = ("EUR", "EUR", "GBP", "JPY", "USD", "usd")
AMOUNTS = ("12000.00", "100.00", "33.35", "0.05", "")
# Accounts of a world. Nobody is a contact of the last one.
ACCOUNTS = 4
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Shape:
    """What kind of world it is; equal shapes give equal worlds."""

    seed: int
    people: int
    most_steps: int
    begin: datetime
    pace: str
    kinds: frozenset[str]


@dataclass(frozen=True)
class Step:
    """One thing that happens: a call of a method of `Exports`."""

    at: datetime
    method: str
    arguments: tuple[object, ...]
    keywords: tuple[tuple[str, object], ...]

    def __str__(self) -> str:
        given_ = [repr(value) for value in self.arguments]
        given_ += [
            f"{name}={value.isoformat() if isinstance(value, datetime) else value!r}"
            for name, value in self.keywords
            if value not in (None, "")
        ]
        return f"{self.method}({', '.join(given_)})"


@dataclass(frozen=True)
class World:
    """What happens to the people of a world; their names begin with its token."""

    token: str
    steps: tuple[Step, ...]

    def renamed(self, token: str) -> "World":
        """The same world with other people in it."""

        def rename(value: object) -> object:
            if isinstance(value, str):
                return value.replace(self.token, token)
            if isinstance(value, tuple):
                return tuple(rename(part) for part in value)
            return value

        steps = tuple(
            replace(
                step, arguments=rename(step.arguments), keywords=rename(step.keywords)
            )
            for step in self.steps
        )
        return World(token, steps)


def _is_at_work(name: str, at: datetime, is_active: bool) -> Step:
    keywords = (("is_active", is_active), ("modified_at", at))
    return Step(at, "user", (name, "sales"), keywords)


# Sue is away for some weeks. Tom leaves for good at the beginning of a day.
COLLEAGUES = World(
    "",
    (
        _is_at_work("sue", datetime(2026, 11, 19, 17, tzinfo=UTC), False),
        _is_at_work("sue", datetime(2027, 1, 4, 8, tzinfo=UTC), True),
        _is_at_work("tom", datetime(2027, 1, 14, 23, tzinfo=UTC), False),
    ),
)


def rates_since(first: date) -> World:
    """The rates of finance, each known the evening before its day.

    Some are restated afterwards. The day of the last export and the one after it have
    rates that were set long before: of the pound only the later day, and that of the
    yen is taken back in the end.
    """
    steps = []
    last = END.date()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        evening = midnight - timedelta(hours=2)
        for currency in CURRENCIES:
            chance = random.Random(f"{currency} {day}")
            steps.append(_rate(evening, day, currency, chance))
            restated_at = evening + timedelta(days=chance.randrange(1, 60))
            if chance.random() < 0.5 and restated_at < END:
                steps.append(_rate(restated_at, day, currency, chance))
    today, tomorrow = last + timedelta(days=1), last + timedelta(days=2)
    for currency in CURRENCIES:
        chance = random.Random(f"{currency} long before")
        if currency != "GBP":
            steps.append(_rate(BEGINNINGS[0], today, currency, chance))
        steps.append(_rate(BEGINNINGS[0], tomorrow, currency, chance))
    steps.append(Step(END, "remove", ("finance__fx_rates", f"{today}JPY"), ()))
    return World("", tuple(steps))


def _rate(at: datetime, day: date, currency: str, chance: random.Random) -> Step:
    lowest, step = CURRENCIES[currency]
    rate = lowest + step * chance.randrange(STEPS_OF_RATES)
    return Step(at, "fx_rate", (day.isoformat(), currency, str(rate)), ())


# The seeds of worlds are drawn apart: of integers, hypothesis likes those that it reads
# in the modules that happen to be loaded.
SHAPES = st.builds(
    Shape,
    seed=st.just(0),
    people=st.sampled_from((1, 4, 8, 12)),
    most_steps=st.sampled_from((5, 15, 30, 50)),
    begin=st.sampled_from(BEGINNINGS),
    pace=st.sampled_from(sorted(PACES)),
    kinds=st.frozensets(st.sampled_from(KINDS), min_size=6),
)


def choose_shapes(count: int, seed_number: int) -> list[Shape]:
    """Shapes of worlds as hypothesis chooses them, the same for the same seed."""
    chosen: list[Shape] = []

    @seed(seed_number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SHAPES)
    def collect(shape: Shape) -> None:
        chosen.append(shape)

    collect()
    chance = random.Random(seed_number)
    return [replace(shape, seed=chance.getrandbits(32)) for shape in chosen[:count]]


def token_of(number: int) -> str:
    """The token of a world: `w` and three digits of base 36, none within another."""
    digits = ""
    for _ in range(3):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return f"w{digits}"


def make_world(shape: Shape, number: int) -> World:
    """Live the lives of a shape; the number tells its people from all others.

    A few deals are in no export of the CRM, whatever else tells of them.
    """
    lives = Lives(shape, token_of(number))
    chance = random.Random(shape.seed)
    steps = tuple(
        step
        for step in lives.live()
        if step.method != "opportunity" or chance.random() >= UNKNOWN_DEALS
    )
    return World(lives.token, steps)


def write_worlds(
    worlds: Iterable[World],
    exports_at: Iterable[datetime],
    folder: Path,
    exports: Exports | None = None,
) -> Path:
    """Write the exports of some worlds together, dumped at some instants and the last.

    A step on a record that does not exist leaves no trace, so any steps may be left
    out. `exports` is what they are written to, if it is not a plain one.
    """
    exports = exports or Exports(EXPORTED_AT)
    exports.user("tom", "sales")
    waiting = sorted(exports_at)
    worlds = tuple(worlds)
    first = min((step.at for world in worlds for step in world.steps), default=END)
    rates = rates_since(first.date() - timedelta(days=1))
    steps = [
        (step.at, world.token, position, step)
        for world in (COLLEAGUES, rates, *worlds)
        for position, step in enumerate(world.steps)
    ]
    for at, _, _, step in sorted(steps, key=lambda one: one[:3]):
        while waiting and waiting[0] + BEHIND < at:
            exports.export(waiting.pop(0))
        try:
            getattr(exports, step.method)(*step.arguments, **dict(step.keywords))
        except KeyError:
            continue
    for instant in waiting:
        exports.export(instant)
    return exports.write(folder)


class Recorder:
    """Takes calls as `Exports` does, and keeps them as steps."""

    def __init__(self) -> None:
        self.now = datetime.min
        self.steps: list[Step] = []

    def __getattr__(self, method: str) -> Callable[..., object]:
        def record(*arguments: object, **keywords: object) -> object:
            step = Step(self.now, method, arguments, tuple(keywords.items()))
            self.steps.append(step)
            # The name under which later steps find the record.
            return arguments[0]

        return record


class Lives:
    """Makes the lives of the people of one world."""

    def __init__(self, shape: Shape, token: str) -> None:
        self.shape = shape
        self.token = token
        self.chance = random.Random(shape.seed)
        self.world = Recorder()
        self.competitor = mapping("competitor_domains")[0]["domain"]
        self.titles = [
            word("seniority_titles", "title_pattern", seniority=seniority).strip("%")
            for seniority in ("decision_maker", "influencer")
        ]
        self.student = word("seniority_titles", "title_pattern", seniority="student")
        self.student = self.student.strip("%")
        self.industry = mapping("target_industries")[0]["industry"]
        # Accounts have a chance of their own, as money has in each life.
        self.firms = random.Random(f"{shape.seed} accounts")

    @property
    def has_accounts(self) -> bool:
        return "accounts" in self.shape.kinds

    def account(self, number: int) -> str:
        return f"{self.token}a{number}"

    def live(self) -> list[Step]:
        """Live all the lives, one after the other."""
        if self.has_accounts:
            self._open_accounts()
        for number in range(self.shape.people):
            Life(self, number).live()
        return self.world.steps

    def _open_accounts(self) -> None:
        """Open the accounts; of some, the CRM exports nothing but their id."""
        for number in range(ACCOUNTS):
            if self.firms.random() < 0.8:
                self.world.now = self.shape.begin + timedelta(
                    days=self.firms.choice((0, 0, 10))
                )
                self.world.account(
                    self.account(number),
                    at=self.world.now,
                    NumberOfEmployees=self.firms.choice((5, 120, 300, None)),
                    BillingCountry=self.firms.choice(("NL", "FR", "")),
                    Industry=self.firms.choice((self.industry, "Fishing", "")),
                    Website=self.firms.choice(
                        (f"https://www.{self.token}p{number}.example/en", "")
                    ),
                )


class Life:
    """One life; everything that can happen to it is a method or a lambda."""

    def __init__(self, lives: Lives, number: int) -> None:
        self.lives = lives
        self.chance = lives.chance
        self.world = lives.world
        self.number = number
        self.meetings = 0
        self.name = f"{lives.token}p{number}"
        of_competitor = self.chance.random() < 0.05
        domain = lives.competitor if of_competitor else f"{self.name}.example"
        self.email = f"{self.name}@{domain}"
        self.opportunity = ""
        self.contracts = 0
        self.is_duplicate = False
        # Money and visits have a chance of their own: what else happens does not depend
        # on it.
        self.money = random.Random(f"{lives.shape.seed} {number}")
        self.browsing = random.Random(f"{lives.shape.seed} {number} browsing")
        self.account = ""
        # Contact in the CRM -> since when.
        self.contacts: dict[str, datetime] = {}
        days = min(100, (END - lives.shape.begin).days)
        self.at = lives.shape.begin + timedelta(
            seconds=self.chance.choice((HOUR, DAY, days * DAY)) * self.chance.random()
        )
        self.at = self.at.replace(microsecond=0)
        self.known_at = self.at

    def live(self) -> None:
        """Be known, then have things happen."""
        pick = self.chance.choice
        self.world.now = self.at
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
        for happening in self._introductions():
            if self.chance.random() < 0.1:
                happening()
        self._pass_time(pick((0, 60, HOUR)))
        self._make_lead(self.name)
        if self.lives.has_accounts and self.lives.firms.random() < 0.4:
            self._join_account()
        happenings = [
            happening
            for kind, happening in self._happenings()
            if kind in self.lives.shape.kinds
        ]
        for _ in range(self.chance.randrange(2, self.lives.shape.most_steps)):
            seconds = pick(PACES[self.lives.shape.pace])
            self._pass_time(seconds * self.chance.randrange(3))
            if self.at > END:
                break
            pick(happenings)()

    def _introductions(self) -> list[Callable[[], object]]:
        """What can happen in the very second in which somebody becomes known."""
        world, email, at = self.world, self.email, self.at
        return [
            lambda: world.social("direct_message", email, at=at),
            lambda: world.social("comment", email, at=at, identity="employee"),
            lambda: world.social("public_post", email, at=at, identity="employee"),
            lambda: world.task(self.name, by="sam", at=at),
            lambda: world.form("gated_content", email, at=at, visitor=self.name),
        ]

    def _pass_time(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        self.world.now = self.at

    def _make_lead(self, name: str) -> None:
        is_sales_made = self.chance.random() < 0.1
        status = "sales_generated" if is_sales_made else ""
        self.world.lead(
            name,
            self.email,
            at=self.at,
            owner="sam" if is_sales_made else self.chance.choice(("marketing", "sam")),
            by=self.chance.choice(("", "", "sam", "zed")),
            status=word(
                "crm_lead_status_events", "to_value", field="Status", event=status
            ),
        )

    def _happenings(self) -> list[tuple[str, Callable[[], object]]]:
        """All that can happen, by kind; what stands here twice happens more often."""
        world, pick = self.world, self.chance.choice
        name, email = self.name, self.email
        return [
            *(("devices", self._visit),) * 3,
            ("devices", self._share_device),
            *(("forms", self._form),) * 2,
            ("forms", lambda: world.form(pick(FORMS_OF_OTHERS), email, at=self.at)),
            *(("meetings", self._attend),) * 2,
            (
                "mail",
                lambda: world.email_event(
                    pick(("CLICK", "UNSUBSCRIBED", "BOUNCE")),
                    email,
                    at=self.at,
                    bounce_category="hard",
                ),
            ),
            (
                "social",
                lambda: world.social(
                    pick(("direct_message", "comment")),
                    email,
                    at=self.at,
                    identity=pick(("brand", "employee")),
                ),
            ),
            *(
                (
                    "handover",
                    lambda: world.assign(name, pick(OWNERS), at=self.at),
                ),
            )
            * 3,
            ("handover", lambda: world.accept(name, at=self.at, by="sam")),
            ("handover", self._accept_too_early),
            ("handover", self._stay_keen),
            (
                "handover",
                lambda: world.reject(
                    name,
                    pick(REASONS),
                    at=self.at,
                    callback_months=pick((None, 1, 2, 4)),
                ),
            ),
            (
                "handover",
                lambda: world.lead_event(
                    name,
                    pick(("qualified", "recycled", "disqualified", "sales_generated")),
                    at=self.at,
                ),
            ),
            ("handover", self._nominate),
            *(("handover", lambda: world.task(name, by="sam", at=self.at)),) * 2,
            (
                "social",
                lambda: world.task(
                    name, by="sam", at=self.at, direction="inbound", kind="message"
                ),
            ),
            *(("deals", self._deal),) * 2,
            ("accounts", self._join_account),
            ("accounts", self._bring_colleague),
            ("accounts", self._merge_accounts),
            ("accounts", self._change_account),
            (
                "consent",
                lambda: world.consent(
                    pick(("email_marketing", "phone_marketing", "profiling")),
                    pick(("granted", "refused", "withdrawn", "objected")),
                    at=self.at,
                    email=email,
                ),
            ),
            (
                "consent",
                lambda: world.consent(
                    "analytics_cookie",
                    pick(("granted", "withdrawn")),
                    at=self.at,
                    visitor=name,
                ),
            ),
            *(("fit", self._change_fit),) * 2,
            ("merges", self._meet_again),
            ("erasure", self._be_erased),
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
                self.world.now = called_at
                self.world.task(self.name, by="sam", at=called_at)
                self.world.now = self.at

    def _accept_too_early(self) -> None:
        """Accept some minutes before the handover reaches us."""
        self.world.accept(self.name, at=self.at, by="sam")
        self._pass_time(60 * self.chance.choice((0, 5, 15, 16)))
        self.world.assign(self.name, "sam", at=self.at)

    def _stay_keen(self) -> None:
        """Be sent away for a while, and come back before it is over."""
        self.world.assign(self.name, "sam", at=self.at)
        self._pass_time(60)
        self.world.reject(self.name, self.chance.choice(REASONS_TO_WAIT), at=self.at)
        for _ in range(2):
            self._pass_time(self.chance.choice((1, HOUR, DAY)))
            self.world.form("gated_content", self.email, at=self.at, visitor=self.name)
            self._attend()
            self._visit()

    def _attend(self) -> None:
        """Attend a meeting that nobody else attends."""
        self.meetings += 1
        campaign = self.world.campaign(
            f"{self.name}c{self.meetings}", self.chance.choice(("webinar", "event"))
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
        self._pass_time(1)
        self.world.lead_event(self.name, "nominated", at=self.at)
        self._pass_time(1)

    def _deal(self) -> None:
        """Open an opportunity, or move the one that there is."""
        pick = self.money.choice
        if self.is_duplicate:
            return
        if not self.opportunity:
            self.opportunity = f"{self.name}o"
            if self.lives.has_accounts:
                self._open_deal_of_account()
            else:
                self._make_contact(self.name)
                self._open_deal((self.name,))
            return
        if self.contracts and self.chance.random() < 0.4:
            self._refund(self.chance.randint(1, self.contracts), self.at)
            return
        outcome = self.chance.choice(("won", "lost", "open"))
        self._move_deal(outcome, self.at, amount=pick((None, None, *AMOUNTS)))
        if pick((False, False, True)):
            self.world.opportunity_amount(self.opportunity, pick(AMOUNTS), at=self.at)
        if outcome == "won":
            amount = self.chance.choice(("12000.00", "100.00", "0.05"))
        else:
            amount = "70.00"
        if outcome == "lost" and pick((True, False, False)):
            # It comes back, while the loss could still be taken back or after that.
            days = pick((1, 29, 30, 31, 45))
            self._move_deal(
                "open", self.at + timedelta(days=days, seconds=pick((0, 1)))
            )
        # Who signs does not always tell the CRM, nor the CRM who signs.
        is_told = pick((True, True, True, False))
        if (outcome == "won") != is_told:
            return
        self.contracts += 1
        self.world.contract(
            self.opportunity,
            on=self.at.date().isoformat(),
            amount=amount,
            currency=pick(WRITTEN_CURRENCIES),
            contract=f"{self.name}k{self.contracts}",
        )
        if outcome == "won" and pick((False, False, True)):
            # The win does not stand, and finance books that too, at once or later.
            taken_back_at = self.at + timedelta(days=pick((0, 3, 40)))
            turned = pick(("lost", "open", "ignored"))
            self.is_duplicate = turned == "ignored"
            self._move_deal(turned, taken_back_at)
            self._refund(self.contracts, taken_back_at + timedelta(days=pick((0, 2))))

    def _open_deal(
        self, contacts: tuple[str, ...], account: str = "", has_primary: bool = True
    ) -> None:
        self.world.opportunity(
            self.opportunity,
            at=self.at,
            account=account,
            contacts=contacts,
            has_primary=has_primary,
            amount=self.money.choice(AMOUNTS),
            currency=self.money.choice(WRITTEN_CURRENCIES),
        )

    def _open_deal_of_account(self) -> None:
        """Open a deal of which the CRM says in one way or another whose it is."""
        pick = self.lives.firms.choice
        number = self.lives.firms.randrange(self.lives.shape.people)
        other = f"{self.lives.token}p{number}"
        colleague = f"{self.name}x"
        if pick((True, True, False)):
            self._make_contact(self.name, self.account)
        account = pick((self.account, self._any_account(ACCOUNTS)))
        named = pick(
            (
                (self.name,),
                (colleague,),
                (self.name, other),
                (colleague, self.name, other),
                *((),) * 4,
            )
        )
        self._open_deal(named, account, has_primary=pick((True, False)))
        if pick((True, False, False)):
            contact = self.name if pick((True, False)) else ""
            self._convert(self.name, contact, account)
        if pick((True, False, False)):
            self._convert(other, "", account)

    def _convert(self, lead: str, contact: str, account: str) -> None:
        self.world.convert(
            lead,
            on=self.at.date().isoformat(),
            contact=contact,
            account=account,
            opportunity=self.opportunity,
        )

    def _any_account(self, count: int) -> str:
        """One of the first accounts, or none."""
        number = self.lives.firms.randrange(count + 1)
        return self.lives.account(number) if number < count else ""

    def _make_contact(self, name: str, account: str = "") -> None:
        """Be in the CRM as a contact; called again, a contact of another account."""
        created_at = self.contacts.setdefault(name, self.at)
        self.world.crm_contact(
            name,
            f"{name}@{self.email.partition('@')[2]}",
            at=created_at,
            modified_at=self.at,
            account=account,
        )

    def _join_account(self) -> None:
        """Be a contact of an account, or move to another or to none."""
        self.account = self._any_account(ACCOUNTS - 1)
        self._make_contact(self.name, self.account)

    def _bring_colleague(self) -> None:
        """Somebody of whom there is nothing but a contact of an account."""
        account = self.lives.firms.choice(
            (self.account, self._any_account(ACCOUNTS - 1))
        )
        self._make_contact(f"{self.name}x", account)

    def _merge_accounts(self) -> None:
        """Merge an account into another, which may have been merged into it before."""
        loser = self.lives.firms.randrange(ACCOUNTS - 1)
        winner = self.lives.firms.choice(
            [number for number in range(ACCOUNTS) if number != loser]
        )
        self.world.merge_accounts(
            self.lives.account(winner), self.lives.account(loser), at=self.at
        )

    def _change_account(self) -> None:
        self.world.account_change(
            self.lives.account(self.lives.firms.randrange(ACCOUNTS)),
            at=self.at,
            NumberOfEmployees=self.lives.firms.choice((5, 120, 300)),
            BillingCountry=self.lives.firms.choice(("NL", "FR", "")),
        )

    def _move_deal(self, outcome: str, at: datetime, amount: str | None = None) -> None:
        if at < END:
            self.world.now = at
            self.world.opportunity_change(
                self.opportunity,
                outcome,
                at=at,
                reason="R06" if outcome == "lost" else "",
                amount=amount,
            )
            self.world.now = self.at

    def _refund(self, contract: int, at: datetime) -> None:
        if at < END:
            self.world.now = at
            self.world.credit_note(
                f"{self.name}k{contract}",
                on=at.date().isoformat(),
                amount=self.money.choice(("20.00", "-20.00", "0.05")),
                currency=self.money.choice(WRITTEN_CURRENCIES),
            )
            self.world.now = self.at

    def _visit(self) -> None:
        """Come to the site from somewhere."""
        origin = dict(self.chance.choice(ORIGINS))
        if self.chance.random() < 0.05:
            # By a link that is no marketing, whatever it says of itself.
            self.world.campaign(f"{self.name}l", "operational")
            origin["campaign"] = f"{self.name}l"
        elif self.browsing.random() < 0.1:
            self.world.campaign(f"{self.name}m", "webinar")
            origin["campaign"] = f"{self.name}-M"
        group = self.chance.choice(("pricing", "careers"))
        consent = "denied" if self.browsing.random() < 0.2 else "granted"
        self.world.page(self.name, group, at=self.at, consent=consent, **origin)
        if consent == "denied" and self.browsing.random() < 0.5:
            # The banner is answered on the next page.
            self._pass_time(5)
            self.world.page(self.name, at=self.at)

    def _change_fit(self) -> None:
        self.world.contact(
            self.name,
            self.email,
            at=self.known_at,
            modified_at=self.at,
            employees=self.chance.choice((5, 120, 300)),
            job_title=self.lives.student if self.chance.random() < 0.2 else "",
        )

    def _share_device(self) -> None:
        """Sign in on the device of somebody else of this world."""
        other = self.chance.randrange(self.lives.shape.people)
        device = f"{self.lives.token}p{other}"
        self.world.identify(device, self.email, at=self.at)
        self.world.page(device, "pricing", at=self.at)

    def _meet_again(self) -> None:
        """Enter the systems a second time, under another address or by a merge."""
        other = f"{self.name}b"  # the same record each time that it happens
        second = f"{other}@{self.email.partition('@')[2]}"
        self.world.contact(other, second, at=self.at)
        if self.chance.random() < 0.5:
            self.world.merge_contacts(self.name, other, at=self.at)

    def _be_erased(self) -> None:
        if self.chance.random() < 0.1:
            self.world.erasure(self.email, at=self.at)

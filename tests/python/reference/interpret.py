"""From a folder of exports to the answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from .accounts import PersonAccounts
from .agreement import Agreement
from .attributes import read_attributes
from .calendar import Calendar
from .commitments import Commitment, Outcome, outcome_of, read_commitments
from .company import Company, Users
from .consents import Consents
from .deals import Deals
from .disqualifications import disqualifications
from .erasing import Erased, RawRows
from .handovers import HandoverAnswer, handover_answers
from .interactions import Doings
from .journeys import Journeys
from .leads import Leads
from .opportunities import Opportunities
from .ownership import OwnershipPeriod, ownership_periods
from .people import People
from .reading import Quarantined, read_exports
from .recorded import Recorder
from .replay import (
    Evaluation,
    Facts,
    Line,
    MqlEvent,
    Pass,
    Refused,
    Replay,
    StageEvent,
    World,
)
from .visitors import Visitors

SEEDS = Path(__file__).parents[3] / "seeds"


@dataclass(frozen=True)
class CommitmentAnswer:
    """A promise to call back, with what became of it."""

    commitment: Commitment
    outcome: Outcome


@dataclass(frozen=True)
class Answers:
    """All answers, in the order of people and of time."""

    as_of: datetime
    # Key of a record (`hubspot:...`, `email:...`) -> person.
    people: dict[str, str]
    # Person -> account, of those whose account is known.
    accounts: dict[str, str]
    passes: tuple[Pass, ...]
    stage_events: tuple[StageEvent, ...]
    mql_events: tuple[MqlEvent, ...]
    evaluations: tuple[Evaluation, ...]
    ownership_periods: tuple[OwnershipPeriod, ...]
    handovers: tuple[HandoverAnswer, ...]
    commitments: tuple[CommitmentAnswer, ...]
    quarantined: tuple[Quarantined, ...]
    refused: tuple[Refused, ...]
    # Person -> the story of their life.
    stories: dict[str, tuple[Line, ...]]
    # Key that stands in place of one that was erased -> the one that was.
    erased_keys: dict[str, str]
    opportunities: Opportunities
    journeys: Journeys
    deals: Deals


def interpret(
    exports_dir: Path, as_of: datetime | None = None, seeds: Path = SEEDS
) -> Answers:
    """Answer from a folder of exports, as of an instant or of the newest export."""
    agreement = Agreement(seeds / "lead_definition")
    company = Company(seeds / "mappings")
    calendar = Calendar(seeds / "mappings", agreement.zone)
    skew = timedelta(minutes=agreement.in_force[0].setting("clock_skew_minutes"))
    erased_keys: dict[str, str] = {}

    def read_erased(raw: RawRows) -> Erased:
        erased = Erased(raw, agreement.zone, company)
        erased_keys.update(erased.keys_of_names())
        return erased

    exports = read_exports(Path(exports_dir), agreement.zone, skew, as_of, read_erased)
    as_of = exports.as_of

    people = People(exports, company)
    users = Users(company, exports)
    visitors = Visitors(exports, people)
    consents = Consents(exports, people)
    doings = Doings(exports, people, visitors, company, calendar)
    attributes = read_attributes(exports, people, company)
    leads = Leads(exports, people, company, users)
    opportunities = Opportunities(exports, people, company, leads, agreement, calendar)
    commitments = read_commitments(exports, people, doings, leads, users, calendar)
    disqualified = {
        person_id: disqualifications(
            person,
            agreement,
            company,
            people,
            doings.interactions.get(person_id, []),
            attributes[person_id],
            consents,
        )
        for person_id, person in people.by_id.items()
    }

    recorder = Recorder(agreement, calendar, people, doings, leads, consents, as_of)
    recorder.record_people()
    recorder.record_leads(commitments)
    recorder.record_deals(opportunities)
    recorder.record_exclusions(disqualified)
    outcomes = {
        commitment.commitment_id: outcome_of(
            commitment,
            of_person,
            doings,
            recorder.assigned_at(person_id),
            agreement,
            consents,
            calendar,
            as_of,
        )
        for person_id, of_person in commitments.items()
        for commitment in of_person
    }
    recorder.record_callbacks(commitments, outcomes)

    world = World(agreement, calendar, company, users, consents, as_of)
    passes: list[Pass] = []
    stage_events: list[StageEvent] = []
    mql_events: list[MqlEvent] = []
    evaluations: list[Evaluation] = []
    periods: list[OwnershipPeriod] = []
    handovers: list[HandoverAnswer] = []
    refused: list[Refused] = []
    stories: dict[str, tuple[Line, ...]] = {}
    carried: set[tuple[str, str]] = set()
    for person_id, person in sorted(people.by_id.items()):
        facts = Facts(
            person=person,
            recorded=recorder.events[person_id],
            interactions=doings.interactions.get(person_id, []),
            attributes=attributes[person_id],
            disqualifications=disqualified[person_id],
        )
        life = Replay(world, facts).run()
        attempts = doings.attempts.get(person_id, [])
        passes += life.passes
        stage_events += life.stage_events
        mql_events += life.mql_events
        evaluations += life.evaluations
        periods += ownership_periods(person_id, life.owner_changes, users, as_of)
        handovers += handover_answers(person_id, life, attempts, world)
        refused += life.refused
        carried |= life.carried
        stories[person_id] = tuple(life.story)
    journeys = Journeys(
        exports,
        agreement,
        company,
        calendar,
        people,
        visitors,
        doings,
        opportunities,
    )
    person_accounts = PersonAccounts(exports, people, company)
    return Answers(
        as_of=as_of,
        accounts={
            person_id: account_id
            for person_id, person in people.by_id.items()
            if (account_id := person_accounts.of(person))
        },
        people={key: person.person_id for key, person in people.by_key.items()},
        passes=tuple(passes),
        stage_events=tuple(stage_events),
        mql_events=tuple(mql_events),
        evaluations=tuple(evaluations),
        ownership_periods=tuple(periods),
        handovers=tuple(handovers),
        commitments=tuple(
            CommitmentAnswer(commitment, outcomes[commitment.commitment_id])
            for _, of_person in sorted(commitments.items())
            for commitment in of_person
        ),
        quarantined=tuple(exports.quarantined),
        refused=tuple(refused),
        stories=stories,
        erased_keys=erased_keys,
        opportunities=opportunities,
        journeys=journeys,
        deals=Deals(
            exports,
            agreement,
            calendar,
            people,
            users,
            leads,
            opportunities,
            journeys,
            passes,
            carried,
        ),
    )

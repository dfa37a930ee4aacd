"""One person's life, event by event: stages, passes, handovers and the MQL.

Sections 1.4 to 1.8, 1.10 and 1.17 of the semantics, in one pass over time. Moments are
taken from a heap in the order of 1.4.4; those that follow from earlier ones (a handover
that expires, a cool-down that ends) are put into it on the way.
"""

import heapq
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .agreement import Agreement, HandRaise, Version
from .attributes import Attributes
from .calendar import Calendar
from .company import Company, Users
from .consents import Consents
from .disqualifications import Disqualification
from .interactions import Interaction
from .people import Person, hash_key
from .recorded import Recorded
from .scoring import Kept, Score, kept_interactions, score


@dataclass(frozen=True)
class World:
    """What holds for everybody."""

    agreement: Agreement
    calendar: Calendar
    company: Company
    users: Users
    consents: Consents
    as_of: datetime


@dataclass(frozen=True)
class Facts:
    """What the exports tell of one person."""

    person: Person
    recorded: list[Recorded]
    interactions: list[Interaction]
    attributes: Attributes
    disqualifications: list[Disqualification]


@dataclass
class Pass:
    """One attempt of a person through the funnel."""

    person_id: str
    pass_number: int
    opened_at: datetime
    opening_event: str
    is_expansion: bool
    closed_at: datetime | None = None
    outcome: str | None = None
    outcome_reason: str | None = None
    # Stage -> first entry.
    entered_at: dict[str, datetime] = field(default_factory=dict)
    mql_trigger: str | None = None
    tier: str | None = None
    # Version -> what it takes of the interactions that count in this pass.
    kept: dict[str, list[Kept]] = field(default_factory=dict)

    @property
    def pass_id(self) -> str:
        """The key of the pass."""
        return hash_key(self.person_id, self.pass_number)


@dataclass(frozen=True)
class StageEvent:
    """A pass enters a stage."""

    pass_id: str
    person_id: str
    stage: str
    previous_stage: str | None
    event: str
    occurred_at: datetime
    receipt_id: str
    is_repaired: bool


@dataclass(frozen=True)
class MqlEvent:
    """The agreement calls a pass a marketing qualified lead."""

    pass_id: str
    person_id: str
    occurred_at: datetime
    trigger: str
    definition_version: str
    score: Score | None


@dataclass
class Handover:
    """A lead is given to sales, which has to decide on it."""

    pass_: Pass
    handover_id: str
    tier: str
    assigned_at: datetime
    owner_user_id: str | None
    is_premature: bool
    expires_at: datetime
    decision: str | None = None
    decided_at: datetime | None = None
    reason_code: str | None = None
    is_implicit: bool = False
    # When it stopped being open, decided or not.
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Return:
    """Sales was accountable for the person, and marketing is again."""

    pass_id: str
    occurred_at: datetime
    event: str
    reason_code: str | None


@dataclass(frozen=True)
class OwnerChange:
    """From here on this stage and these people decide who owns the person."""

    occurred_at: datetime
    pass_id: str
    event: str
    team: str
    user_id: str | None


@dataclass(frozen=True)
class Evaluation:
    """The score of a pass at an instant at which it was looked at."""

    pass_id: str
    occurred_at: datetime
    score: Score


@dataclass(frozen=True)
class Refused:
    """A recorded event that could not be played."""

    event: Recorded
    reason: str


@dataclass(frozen=True)
class Line:
    """A line of the story of a life, for reading."""

    occurred_at: datetime
    text: str


class Replay:
    """Plays the life of one person. `run` once, then read what came of it."""

    def __init__(self, world: World, facts: Facts, *, has_scores: bool = True) -> None:
        self._world = world
        self._facts = facts
        # Without scores it plays what was recorded only.
        self._has_scores = has_scores
        self.stage = ""
        self.passes: list[Pass] = []
        self.stage_events: list[StageEvent] = []
        self.mql_events: list[MqlEvent] = []
        self.handovers: list[Handover] = []
        self.returns: list[Return] = []
        # What the score was whenever it was looked at, below the MQL.
        self.evaluations: list[Evaluation] = []
        self.owner_changes: list[OwnerChange] = []
        self.refused: list[Refused] = []
        # Opportunity and pass, where the one carried the other forward.
        self.carried: set[tuple[str, str]] = set()
        self.story: list[Line] = []
        self._handover: Handover | None = None
        # The opportunity that brought the pass where it is.
        self._opportunity_id: str | None = None
        # The owner in sales that was named last, whatever happened since.
        self._lead_owner_id: str | None = None
        self._deal_owner_id: str | None = None
        # Acceptances that wait for the handover that they accept.
        self._held: list[Recorded] = []
        # Periods after a negative decision: (from, to).
        self._cool_downs: list[tuple[datetime, datetime]] = []
        self._version_starts = {
            version.starts_at for version in world.agreement.in_force
        }
        self._nominated = {
            event.occurred_at: event
            for event in facts.recorded
            if event.event == "nominated"
        }
        self._moments: list[tuple] = []
        for event in facts.recorded:
            self._add_moment(event.occurred_at, event.event, event.receipt_id, event)
        for instant in self._evaluation_instants():
            self._add_moment(instant, "mql_rule", "", None)

    # Moments

    def _add_moment(
        self,
        instant: datetime,
        event: str,
        receipt_id: str,
        subject: Recorded | Handover | None,
    ) -> None:
        """Something will happen: a recorded event, an expiry, or an evaluation."""
        rank = self._world.agreement.rules_at(instant).event_ranks[event]
        order = (instant, rank, receipt_id, hash_key(event, receipt_id))
        # The count keeps what cannot be compared out of the comparison.
        heapq.heappush(self._moments, (*order, len(self._moments), event, subject))

    def _evaluation_instants(self) -> set[datetime]:
        """Every instant at which the rule can come true, in whatever pass."""
        instants = (
            self._version_starts
            | self._facts.attributes.changed_at()
            | set(self._nominated)
            | {done.occurred_at for done in self._facts.interactions}
        )
        return {at for at in instants if at >= self._facts.person.known_at}

    def run(self, until: datetime | None = None) -> "Replay":
        """Play all moments up to an instant and at it, else up to `as_of`."""
        until = until or self._world.as_of
        while self._moments and self._moments[0][0] <= until:
            instant, *_, event, subject = heapq.heappop(self._moments)
            if event == "mql_rule":
                if self._has_scores:
                    self._evaluate(instant)
            elif event == "expired":
                self._expire(instant, subject)
            elif event != "nominated":
                self._play(subject)
        for event in self._held:
            self._refuse(event, "accepted_without_handover")
        self._held = []
        return self

    # What events do

    def _play(self, event: Recorded) -> None:
        special = getattr(self, f"_play_{event.event}", None)
        if special:
            special(event)
        elif not self._move(event.event, event):
            self._tell(event.occurred_at, f"{event.event}: nothing to move", event)

    def _play_response(self, event: Recorded) -> None:
        if self.stage != "disqualified":
            self._move("response", event)
        elif event.is_hand_raise and not self._is_hard_disqualified(event.occurred_at):
            self._move("hand_raise", event)

    def _play_assigned(self, event: Recorded) -> None:
        held_before = list(self._held)
        self._take_over(event)
        # An acceptance waits for one assignment; opened or not, there is no second.
        for acceptance in held_before:
            if acceptance in self._held and self._is_close(acceptance, event):
                self._held.remove(acceptance)
                self._refuse(acceptance, "accepted_without_handover")

    def _take_over(self, event: Recorded) -> None:
        # The CRM's owner is who it is, also while the person is with nobody.
        self._lead_owner_id = event.owner_user_id
        if self.stage in ("", "disqualified", "erased"):
            return
        if self._move("premature_handover", event):
            self._hand_over(event, is_premature=True)
        elif self.stage == "mql" and self._handover is None:
            self._hand_over(event)
        else:
            self._tell(event.occurred_at, "transfer", event)
            self._note_owner(event, "assigned")

    def _play_callback_due(self, event: Recorded) -> None:
        is_unassigned_mql = self.stage == "mql" and self._handover is None
        if self._can("callback_due", event) and (
            self.stage != "mql" or is_unassigned_mql
        ):
            self._lead_owner_id = event.owner_user_id
            self._move("callback_due", event)
            self._hand_over(event)

    def _play_accepted(self, event: Recorded, *, is_repaired: bool = False) -> None:
        if self._handover is None:
            self._held.append(event)
            self._tell(event.occurred_at, "accepted: held, nothing to accept", event)
            return
        self._decide("accepted", event)
        self._move("accepted", event, is_repaired=is_repaired)

    def _play_rejected(self, event: Recorded) -> None:
        if self.stage == "mql" and self._handover:
            self._decide("rejected", event)
            self._cool_down(event)
            self._move("rejected", event)
        elif self._can("recycled", event):
            self._cool_down(event)
            self._move("recycled", event)
        else:
            self._refuse(event, "decision_without_handover")

    def _play_declined(self, event: Recorded) -> None:
        if self._handover is None:
            self._refuse(event, "decision_without_handover")
            return
        self._decide("rejected", event)
        self._tell(event.occurred_at, f"declined ({event.reason_code})", event)
        self._note_owner(event, "declined")

    def _play_deferred(self, event: Recorded) -> None:
        self._tell(event.occurred_at, f"deferred ({event.reason_code})", event)
        if self._handover:
            self._expect_decision(self._handover, event, event.commitment.due_day)

    def _play_sales_generated(self, event: Recorded) -> None:
        self._lead_owner_id = event.owner_user_id or self._lead_owner_id
        self._play_acceptance(event)
        self._note_owner(event, "sales_generated")

    def _play_acceptance(self, event: Recorded) -> None:
        """Sales goes on with a lead; if it was to decide, it has accepted."""
        if self._can(event.event, event):
            if self._handover:
                self._decide("accepted", event, is_implicit=True)
            self._move(event.event, event)

    _play_qualified = _play_acceptance

    def _play_deal(self, event: Recorded) -> None:
        if self._can(event.event, event):
            self._deal_owner_id = event.owner_user_id
            self._play_acceptance(event)
            self._opportunity_id = event.opportunity_id
            self.carried.add((event.opportunity_id, self.passes[-1].pass_id))

    _play_opportunity_created = _play_deal
    _play_opportunity_reopened = _play_deal
    _play_won = _play_deal

    def _play_lost(self, event: Recorded) -> None:
        is_current = event.opportunity_id == self._opportunity_id
        if is_current and self._can("lost", event):
            self._move("lost", event)

    def _play_disqualified(self, event: Recorded) -> None:
        if self._can("disqualified", event):
            if self._handover and not event.is_computed:
                self._decide("rejected", event)
            self._end_handover(event.occurred_at)
            self._move("disqualified", event)

    def _play_erased(self, event: Recorded) -> None:
        self._end_handover(event.occurred_at)
        self._move("erased", event)

    def _expire(self, instant: datetime, handover: Handover) -> None:
        """Nobody decided in time. A deferral may have given more of it since."""
        if self._handover is not handover or handover.expires_at != instant:
            return
        event = Recorded(
            occurred_at=instant,
            event="expired",
            person_id=self._facts.person.person_id,
            receipt_type="handover",
            receipt_id=handover.handover_id,
        )
        self._decide("expired", event)
        self._move("expired", event)
        handover.pass_.outcome_reason = "expired"

    # Moving through stages and passes

    def _can(self, name: str, event: Recorded) -> bool:
        """Whether the agreement lets an event move the person from where they are."""
        rules = self._world.agreement.rules_at(event.occurred_at)
        return (self.stage, name) in rules.transitions

    def _move(self, name: str, event: Recorded, *, is_repaired: bool = False) -> bool:
        if not self._can(name, event):
            return False
        at = event.occurred_at
        rules = self._world.agreement.rules_at(at)
        transition = rules.transitions[self.stage, name]
        if transition.closes_pass_as and self.passes[-1].closed_at is None:
            self.passes[-1].closed_at = at
            self.passes[-1].outcome = transition.closes_pass_as
            self.passes[-1].outcome_reason = event.reason_code
        # Who goes back to marketing starts again at that very instant.
        if transition.opens_pass or transition.closes_pass_as in ("lost", "recycled"):
            self._open_pass(at, name)
        previous, self.stage = self.stage, transition.to_stage
        if self.stage != previous:
            pass_ = self.passes[-1]
            pass_.entered_at.setdefault(self.stage, at)
            self.stage_events.append(
                StageEvent(
                    pass_id=pass_.pass_id,
                    person_id=pass_.person_id,
                    stage=self.stage,
                    previous_stage=previous or None,
                    event=name,
                    occurred_at=at,
                    receipt_id=event.receipt_id,
                    is_repaired=is_repaired,
                )
            )
            if self.stage == "mql":
                pass_.mql_trigger = pass_.mql_trigger or name
                pass_.tier = pass_.tier or (
                    "promise" if name == "callback_due" else "warm"
                )
            text = f"{name}: {previous or 'unknown'} -> {self.stage}"
            self._tell(at, f"{text} (pass {pass_.pass_number})", event)
        self._note_owner(event, name)
        return True

    def _open_pass(self, opened_at: datetime, opening_event: str) -> None:
        pass_ = Pass(
            person_id=self._facts.person.person_id,
            pass_number=len(self.passes) + 1,
            opened_at=opened_at,
            opening_event=opening_event,
            is_expansion=any(earlier.outcome == "won" for earlier in self.passes),
        )
        # The first pass looks back at what its person did before they were known.
        counted = [
            done
            for done in self._facts.interactions
            if pass_.pass_number == 1 or done.occurred_at >= opened_at
        ]
        zone = self._world.agreement.zone
        for version in self._world.agreement.in_force:
            pass_.kept[version.number] = kept_interactions(version, counted, zone)
        self.passes.append(pass_)
        self._opportunity_id = None

    # Handing over and deciding

    def _hand_over(self, event: Recorded, *, is_premature: bool = False) -> None:
        pass_ = self.passes[-1]
        handover = Handover(
            pass_=pass_,
            handover_id=hash_key(event.event, event.receipt_id),
            tier=self._tier_of(event),
            assigned_at=event.occurred_at,
            owner_user_id=event.owner_user_id,
            is_premature=is_premature,
            expires_at=event.occurred_at,
        )
        self.handovers.append(handover)
        self._handover = handover
        self._tell(event.occurred_at, f"handed over, {handover.tier}", event)
        assigned_on = self._world.calendar.local_day(event.occurred_at)
        self._expect_decision(handover, event, assigned_on)
        self._note_owner(event, event.event)
        if event.event == "assigned":
            self._repair(event)

    def _tier_of(self, event: Recorded) -> str:
        """How urgent a handover is: as the most urgent hand-raise of the pass asks."""
        pass_ = self.passes[-1]
        rules = self._world.agreement.rules_at(event.occurred_at)
        if event.event == "callback_due":
            return rules.hand_raises["callback_due", ""].tier
        raised = [
            hand_raise.tier
            for done in self._facts.interactions
            if pass_.opened_at <= done.occurred_at <= event.occurred_at
            and (hand_raise := done.hand_raise(rules))
        ]
        return min(
            raised,
            key=lambda tier: rules.target_minutes(tier, "first_touch"),
            default=pass_.tier,
        )

    def _expect_decision(self, handover: Handover, event: Recorded, after) -> None:
        """The handover expires at the close of the last working day to decide on."""
        rules = self._world.agreement.rules_at(event.occurred_at)
        handover.expires_at = self._world.calendar.closing_after(
            after, int(rules.setting("expiry_working_days"))
        )
        if handover.expires_at >= event.occurred_at:
            self._add_moment(
                handover.expires_at, "expired", handover.handover_id, handover
            )

    def _repair(self, assigned: Recorded) -> None:
        """Apply an acceptance that reached us before the handover that it accepts."""
        for event in list(self._held):
            if self._handover and self._is_close(event, assigned):
                self._held.remove(event)
                self._play_accepted(
                    replace(event, occurred_at=assigned.occurred_at), is_repaired=True
                )

    def _is_close(self, accepted: Recorded, assigned: Recorded) -> bool:
        rules = self._world.agreement.rules_at(accepted.occurred_at)
        tolerance = timedelta(minutes=rules.setting("repair_minutes"))
        return assigned.occurred_at - accepted.occurred_at <= tolerance

    def _decide(
        self, decision: str, event: Recorded, *, is_implicit: bool = False
    ) -> None:
        handover = self._handover
        handover.decision = decision
        handover.decided_at = event.occurred_at
        handover.reason_code = event.reason_code if decision == "rejected" else None
        handover.is_implicit = is_implicit
        self._end_handover(event.occurred_at)
        text = f"decision: {decision}{' (implicit)' if is_implicit else ''}"
        self._tell(event.occurred_at, text, event)

    def _end_handover(self, instant: datetime) -> None:
        if self._handover:
            self._handover.ended_at = instant
            self._handover = None

    def _cool_down(self, event: Recorded) -> None:
        """For a while after a negative decision the rule does not fire."""
        rules = self._world.agreement.rules_at(event.occurred_at)
        reason = rules.reasons.get(event.reason_code)
        if reason and reason.cooldown_days:
            ends_at = event.occurred_at + timedelta(days=reason.cooldown_days)
            self._cool_downs.append((event.occurred_at, ends_at))
            self._add_moment(ends_at, "mql_rule", "", None)

    def _refuse(self, event: Recorded, reason: str) -> None:
        self.refused.append(Refused(event, reason))
        self._tell(event.occurred_at, f"{event.event} set aside: {reason}", event)

    # The MQL

    def _evaluate(self, instant: datetime) -> None:
        """Is the pass an MQL now? By hand-raise, by nomination, or by its score."""
        version = self._world.agreement.version_at(instant)
        if version is None or self.stage not in ("known", "inquiry", "nurture"):
            return
        judged = self._score(version, instant)
        trigger = self._trigger(version, judged, instant)
        if judged and self._occasions(instant):
            pass_id = self.passes[-1].pass_id
            self.evaluations.append(Evaluation(pass_id, instant, judged))
            if self.stage == "inquiry":
                self._tell_score(judged, instant, trigger)
        if trigger is None or self._closes_at(instant):
            return
        name, hand_raise, receipt_id = trigger
        pass_ = self.passes[-1]
        pass_.mql_trigger = name
        pass_.tier = hand_raise.tier if hand_raise else "warm"
        self.mql_events.append(
            MqlEvent(
                pass_id=pass_.pass_id,
                person_id=pass_.person_id,
                occurred_at=instant,
                trigger=name,
                definition_version=version.number,
                score=judged,
            )
        )
        event = Recorded(
            occurred_at=instant,
            event="nominated" if name == "nomination" else "mql_rule",
            person_id=pass_.person_id,
            receipt_type="score",
            receipt_id=receipt_id,
        )
        self._move(event.event, event)

    def _trigger(
        self, version: Version, judged: Score | None, instant: datetime
    ) -> tuple[str, HandRaise | None, str] | None:
        """What makes the pass an MQL now: (trigger, hand-raise, receipt)."""
        if any(found.holds_at(instant) for found in self._facts.disqualifications):
            return None
        if self.stage == "inquiry":
            for done in self._facts.interactions:
                hand_raise = done.hand_raise(version)
                if (
                    hand_raise
                    and done.occurred_at == instant
                    and (judged is None or judged.fit >= hand_raise.fit_min)
                ):
                    return "hand_raise", hand_raise, done.receipt_id
        if instant in self._nominated:
            nomination = version.hand_raises["nomination", ""]
            if judged is None or judged.fit >= nomination.fit_min:
                return "nomination", nomination, self._nominated[instant].receipt_id
        occasions = self._occasions(instant)
        if (
            self.stage == "inquiry"
            and occasions
            and judged is not None
            and not any(start <= instant < end for start, end in self._cool_downs)
            and judged.fit >= version.setting("fit_gate")
            and judged.behaviour >= version.setting("behaviour_gate")
            and judged.total >= version.setting("total_line")
        ):
            only = next(iter(occasions)) if len(occasions) == 1 else None
            is_named = only in ("definition_change", "cooldown_end")
            return (only if is_named else "score"), None, ""
        return None

    def _occasions(self, instant: datetime) -> set[str]:
        """Why the score is looked at in this instant; empty: it is not."""
        pass_ = self.passes[-1]
        occasions = set()
        if pass_.opened_at == instant:
            occasions.add("opening")
        if instant in self._version_starts:
            occasions.add("definition_change")
        if any(end == instant for _, end in self._cool_downs):
            occasions.add("cooldown_end")
        if instant in self._facts.attributes.changed_at():
            occasions.add("attributes")
        if any(
            kept.interaction.occurred_at == instant
            for of_version in pass_.kept.values()
            for kept in of_version
        ):
            occasions.add("behaviour")
        rules = self._world.agreement.rules_at(instant)
        if any(
            done.occurred_at == instant and done.kind in rules.responses
            for done in self._facts.interactions
        ):
            occasions.add("response")
        return occasions

    def _score(self, version: Version, instant: datetime) -> Score | None:
        """The score of the pass; none of somebody who objected to being profiled."""
        person_id = self._facts.person.person_id
        if not self._world.consents.may_be_scored(person_id, instant):
            return None
        return score(
            version,
            self._facts.attributes.at(instant),
            self.passes[-1].kept[version.number],
            instant,
            self._world.company,
        )

    def _closes_at(self, instant: datetime) -> bool:
        """Whether the pass ends in this very second: then it is no MQL any more.

        Passes open and close by what was recorded alone, so it is enough to play that.
        """
        if not any(moment[0] == instant for moment in self._moments):
            return False
        recorded = Replay(self._world, self._facts, has_scores=False).run(instant)
        return recorded.passes[len(self.passes) - 1].closed_at == instant

    def _is_hard_disqualified(self, instant: datetime) -> bool:
        return any(
            found.rule.is_hard and found.holds_at(instant)
            for found in self._facts.disqualifications
        )

    # Owners

    def _note_owner(self, event: Recorded, name: str) -> None:
        """Who is accountable from here on: a function of the stage and the handover."""
        rules = self._world.agreement.rules_at(event.occurred_at)
        team = rules.owner_team(self.stage, self._handover is not None)
        if team == "sales":
            user_id = self._lead_owner_id
            if user_id is None and self.stage in ("opportunity", "customer"):
                user_id = self._deal_owner_id
            user_id = user_id or self._world.users.team_queues["sales"]
        else:
            user_id = self._world.users.team_queues.get(team)
        if not self.passes:
            return
        before = self.owner_changes[-1] if self.owner_changes else None
        if before and (before.team, team) == ("sales", "marketing"):
            self.returns.append(
                Return(before.pass_id, event.occurred_at, name, event.reason_code)
            )
        self.owner_changes.append(
            OwnerChange(
                occurred_at=event.occurred_at,
                pass_id=self.passes[-1].pass_id,
                event=name,
                team=team,
                user_id=user_id,
            )
        )

    # The story

    def _tell(self, instant: datetime, text: str, event: Recorded | None) -> None:
        receipt = f"  [{event.receipt_type} {event.receipt_id}]" if event else ""
        self.story.append(Line(instant, f"{text}{receipt}"))

    def _tell_score(self, judged: Score, instant: datetime, trigger) -> None:
        given = ", ".join(
            f"{rule} {points:g}"
            for rule, points in sorted(judged.points.items())
            if points
        )
        verdict = f"MQL by {trigger[0]}" if trigger else "no MQL"
        self._tell(
            instant,
            f"score {judged.version}: fit {judged.fit:g} + behaviour "
            f"{judged.behaviour:.4f} = {judged.total:.4f}, {verdict} ({given})",
            None,
        )

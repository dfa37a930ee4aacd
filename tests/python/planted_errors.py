"""Errors to plant in the SQL, each of which the comparison has to find.

They are the mistakes that a hand makes: a cap forgotten, a bound shifted, a case left
out. An edit replaces a text that stands in its file exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """A text of a file, and what stands there instead."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class PlantedError:
    """A mistake, by the name of what it gets wrong."""

    name: str
    edits: tuple[Edit, ...]

    def plant(self, project: Path) -> None:
        """Make the mistake in a copy of the project."""
        for edit in self.edits:
            self._replace(project / edit.path, edit.before, edit.after)

    def remove(self, project: Path) -> None:
        """Put the project right again."""
        for edit in reversed(self.edits):
            self._replace(project / edit.path, edit.after, edit.before)

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it changes."""
        return tuple(Path(edit.path).stem for edit in self.edits)

    def _replace(self, path: Path, before: str, after: str) -> None:
        text = path.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise LookupError(
                f"{self.name}: {path.name} has {text.count(before)} times {before!r}"
            )
        path.write_text(text.replace(before, after), encoding="utf-8")


def planted(name: str, path: str, *edits: tuple[str, str]) -> PlantedError:
    """An error in one model of `models/intermediate`, or of `models` itself."""
    is_elsewhere = path.startswith(("utilities/", "marts/"))
    folder = "models" if is_elsewhere else "models/intermediate"
    return PlantedError(
        name,
        tuple(Edit(f"{folder}/{path}.sql", before, after) for before, after in edits),
    )


PLANTED_ERRORS = (
    planted(
        "decay without a cap",
        "scoring/int_score_points",
        (
            "when behaviour_groups.cap_points is null then group_sums.points",
            "when true then group_sums.points",
        ),
    ),
    planted(
        "pass not reset",
        "scoring/int_behaviour_events",
        ("passes.pass_number = 1\n", "passes.pass_number >= 1\n"),
    ),
    planted(
        "callback rolled to the wrong day",
        "passes/int_commitment_requests",
        (
            "on with_dates.unrolled_due_date = unrolled_days.calendar_date",
            "on with_dates.unrolled_due_date + 1 = unrolled_days.calendar_date",
        ),
    ),
    planted(
        "hour of the clock change lost",
        "utilities/working_days",
        (
            "            report_time_zone()\n        ) }} as opens_at_utc",
            "            'Etc/GMT-1'\n        ) }} as opens_at_utc",
        ),
    ),
    planted(
        "owner not returned on expiry",
        "handover/int_ownership_periods",
        (
            "when with_last_owner.handover_id is not null\n",
            "when with_last_owner.handover_id is not null\n"
            "                or with_last_owner.event = 'expired'\n",
        ),
    ),
    planted(
        "last login takes over a shared device",
        "touches/int_page_views",
        (
            "            partition by anonymous_id, occurred_at\n"
            "            order by receipt_id desc",
            "            partition by anonymous_id\n"
            "            order by occurred_at desc, receipt_id desc",
        ),
    ),
    planted(
        "cool-down forgotten",
        "scoring/int_cooldowns",
        ("where played_event in ('rejected', 'recycled')", "where played_event = ''"),
    ),
    planted(
        "expiry a working day too early",
        "passes/int_recorded_events",
        (
            "first_days.working_day_number + expiry_starts.expiry_working_days\n",
            "first_days.working_day_number - 1 + expiry_starts.expiry_working_days\n",
        ),
    ),
    planted(
        "long promise kept by sales",
        "passes/int_recorded_events",
        (
            "                <= version_settings.callback_horizon_days",
            "                <= 3 * version_settings.callback_horizon_days",
        ),
    ),
    planted(
        "touch before consent stitched",
        "touches/int_page_views",
        (
            "case when known_views.is_consented then known_views.anonymous_id end",
            "case when true then known_views.anonymous_id end",
        ),
    ),
    planted(
        "hard disqualifier overruled by a raised hand",
        "passes/int_recorded_events",
        ("    where is_hard\n", "    where not is_hard\n"),
    ),
    planted(
        "won at the start of the day of signing",
        "passes/int_opportunity_outcomes",
        (
            "{{ end_of_known_day('signed.signed_on', 'as_of.as_of') }}",
            "{{ local_day_start('signed.signed_on') }}",
        ),
    ),
    planted(
        "call before the handover forgotten",
        "handover/int_handover_clocks",
        (
            "        - with_targets.pre_contact_hours * interval '1' hour\n",
            "        - 0 * with_targets.pre_contact_hours * interval '1' hour\n",
        ),
    ),
    planted(
        "refund after the win was taken back counted too",
        "attribution/int_bookings",
        (
            "            reversed_contracts.reversed_on is null\n",
            "            true\n",
        ),
    ),
    planted(
        "contract at the rate of the day before",
        "attribution/int_bookings",
        (
            "        and contracts.signed_on = rates.rate_date\n",
            "        and contracts.signed_on = rates.rate_date + 1\n",
        ),
    ),
    planted(
        "refund at the rate of the signing",
        "attribution/int_bookings",
        (
            "        and credit_notes.refunded_on = rates.rate_date\n",
            "        and signed_contracts.booked_on = rates.rate_date\n",
        ),
    ),
    # The sums of each touch stay as they are.
    planted(
        "refund credited as part of its contract",
        "marts/closed_loop/fct_booking_credits",
        (
            "        bookings.booking_id,\n"
            "        bookings.opportunity_id,\n"
            "        bookings.contract_id,\n"
            "        bookings.kind,\n"
            "        bookings.booked_on,\n"
            "        parts.unit_count as cents\n",
            "        first_value(bookings.booking_id) over (\n"
            "            partition by bookings.contract_id order by bookings.kind\n"
            "        ) as booking_id,\n"
            "        bookings.opportunity_id,\n"
            "        bookings.contract_id,\n"
            "        bookings.kind,\n"
            "        bookings.booked_on,\n"
            "        parts.unit_count as cents\n",
        ),
    ),
    planted(
        "pipeline at a rate of tomorrow",
        "attribution/int_rates_as_of",
        (
            "        and fx_rates.rate_date <= as_of.as_of_date_local\n",
            "        and fx_rates.rate_date <= as_of.as_of_date_local + 1\n",
        ),
    ),
    planted(
        "pipeline at a rate that was taken back",
        "attribution/int_rates_as_of",
        ("        not fx_rates._is_deleted\n", "        true\n"),
    ),
    planted(
        "pipeline of the amount of today",
        "attribution/int_created_amounts",
        (
            "coalesce(amounts_in_order.amount, opportunities.amount)",
            "coalesce(opportunities.amount, amounts_in_order.amount)",
        ),
    ),
    planted(
        "pipeline credited up to the close",
        "attribution/int_credit_deals",
        (
            "        opportunities.created_at as cut_off_at\n",
            "        coalesce(opportunities.won_at, opportunities.created_at)"
            " as cut_off_at\n",
        ),
    ),
    planted(
        "contract wins what the CRM calls lost",
        "passes/int_opportunity_outcomes",
        ("                and crm_outcome <> 'lost'\n", "                and true\n"),
    ),
    planted(
        "form without the channel of its visit",
        "touches/int_interactions",
        (
            "        <= session_gap.gap_minutes * 60\n",
            "        < 0 * session_gap.gap_minutes\n",
        ),
    ),
    planted(
        "holder who left keeps the promise",
        "passes/int_commitment_requests",
        (
            "                    or users.deactivated_at > with_due.due_at\n",
            "                    or users.deactivated_at is not null\n",
        ),
    ),
    planted(
        "account that was merged into that of the deal forgotten",
        "passes/int_opportunity_people",
        (
            "        coalesce(account_masters.master_account_id, contacts.account_id)"
            " as account_id,\n",
            "        contacts.account_id,\n",
        ),
    ),
    planted(
        "deal of an account that was merged left with it",
        "passes/int_opportunity_outcomes",
        (
            "        coalesce(account_masters.master_account_id,"
            " opportunities.account_id)\n"
            "            as account_id,\n",
            "        opportunities.account_id,\n",
        ),
    ),
    planted(
        "people of the account beside those in roles",
        "passes/int_opportunity_people",
        (
            "        people_in_roles.opportunity_id is null\n"
            "        and converted_people.opportunity_id is null\n",
            "        converted_people.opportunity_id is null\n",
        ),
    ),
    planted(
        "people of the account beside the one who was converted",
        "passes/int_opportunity_people",
        (
            "        people_in_roles.opportunity_id is null\n"
            "        and converted_people.opportunity_id is null\n",
            "        people_in_roles.opportunity_id is null\n",
        ),
    ),
    planted(
        "people of the account who came after the deal",
        "passes/int_opportunity_people",
        (
            "        and opportunities.created_at >= people_of_accounts.known_at\n",
            "        and true\n",
        ),
    ),
    planted(
        "deal of the one who was handed over first",
        "passes/int_opportunity_people",
        (
            "                latest_assignments.assigned_at desc nulls last,\n",
            "                latest_assignments.assigned_at asc nulls last,\n",
        ),
    ),
    planted(
        "greatest of the accounts that name each other",
        "identity/int_account_masters",
        (
            "                components.node\n",
            "                components.node desc\n",
        ),
    ),
    planted(
        "address believed before the contact of an account",
        "identity/int_person_accounts",
        (
            "                candidates.source_order,\n",
            "                candidates.source_order desc,\n",
        ),
    ),
    planted(
        "account that was deleted still that of its domain",
        "identity/int_person_accounts",
        (
            "    where email_domains.is_business and not accounts.is_deleted\n",
            "    where email_domains.is_business\n",
        ),
    ),
    planted(
        "size of the account that was merged",
        "identity/int_attribute_observations",
        (
            "        'account:' || account_masters.master_account_id as record_key,\n",
            "        'account:' || crm_contacts.account_id as record_key,\n",
        ),
    ),
    planted(
        "influence that goes on after the close",
        "attribution/int_opportunity_influence",
        (
            "        and windows.influenced_until >= touches.occurred_at\n",
            "        and true\n",
        ),
    ),
    planted(
        "loss at the rate of today",
        "attribution/int_closed_amounts",
        (
            "        and closed.closed_on >= fx_rates.rate_date\n",
            "        and true\n",
        ),
    ),
    planted(
        "sourced by what cannot earn credit",
        "attribution/int_person_sources",
        (
            "case when touches.is_eligible_for_credit then 0 else 1 end asc,\n",
            "case when touches.is_eligible_for_credit then 1 else 0 end asc,\n",
        ),
    ),
    planted(
        "deal counted for the first pass that it carried",
        "lifecycle/int_pass_opportunities",
        (
            "                pass_number desc nulls last,\n                person_id",
            "                pass_number asc nulls last,\n                person_id",
        ),
    ),
    planted(
        "browser of a visit without consent",
        "touches/int_session_touches",
        (
            "case when is_consented then anonymous_id end as anonymous_id,\n",
            "case when true then anonymous_id end as anonymous_id,\n",
        ),
    ),
    planted(
        "consent of the visitor for all visits",
        "touches/int_session_spans",
        (
            "coalesce(consented_before_next, consented_count) > consented_before\n",
            "consented_count > 0\n",
        ),
    ),
)

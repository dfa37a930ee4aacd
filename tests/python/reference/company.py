"""A company's own words, as seeds/mappings translates them.

Words are compared without their case and the space around them. A word that no mapping
knows means nothing: None.
"""

import re
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

from .agreement import SeedRow, is_true, seed_rows
from .reading import Exports, Row


def plain(word: object) -> str:
    """A word as mappings compare it."""
    return str(word or "").strip().lower()


@cache
def _pattern(like: str) -> re.Pattern[str]:
    parts = [{"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in plain(like)]
    return re.compile("".join(parts), re.DOTALL)


def is_like(word: object, like: str) -> bool:
    """Whether a word has the pattern of SQL's `like`."""
    return _pattern(like).fullmatch(plain(word)) is not None


class Company:
    """What the words of one company mean."""

    TABLES = (
        "bot_user_agents",
        "channel_rules",
        "competitor_domains",
        "country_names",
        "crm_call_dispositions",
        "crm_campaign_types",
        "crm_lead_status_events",
        "crm_member_statuses",
        "crm_opportunity_stages",
        "crm_rejection_reasons",
        "crm_task_types",
        "disposable_domains",
        "form_types",
        "free_mail_domains",
        "own_domains",
        "page_groups",
        "role_mailboxes",
        "seniority_titles",
        "target_industries",
        "user_teams",
    )

    def __init__(self, folder: Path) -> None:
        self._tables = {name: seed_rows(folder, name) for name in self.TABLES}
        self._sets: dict[str, set[str]] = {}
        by_priority = {
            name: sorted(self._tables[name], key=lambda row: int(row["priority"]))
            for name in ("channel_rules", "page_groups", "seniority_titles")
        }
        self._tables |= by_priority
        self._page_groups: dict[str, str | None] = {}

    def _find(self, table: str, **wanted: object) -> SeedRow | None:
        for row in self._tables[table]:
            if all(plain(row[name]) == plain(word) for name, word in wanted.items()):
                return row
        return None

    def _translate(self, table: str, answer: str, **wanted: object) -> str | None:
        row = self._find(table, **wanted)
        return row[answer] if row else None

    def is_in(self, seed: str, word: object) -> bool:
        """Whether a list, such as `free_mail_domains`, has a word."""
        if seed not in self._sets:
            self._sets[seed] = {
                plain(next(iter(row.values()))) for row in self._tables[seed]
            }
        return plain(word) in self._sets[seed]

    # Sales

    def lead_event(self, field: str, value: str | None) -> str | None:
        """The event that a new status, or the team of a new owner, stands for."""
        return self._translate(
            "crm_lead_status_events", "event", field=field, to_value=value
        )

    def opportunity_outcome(self, stage_name: str | None) -> str | None:
        """Whether a stage is open, won, lost or to be ignored."""
        return self._translate(
            "crm_opportunity_stages", "outcome", stage_name=stage_name
        )

    def reason_code(self, crm_reason: str | None) -> str | None:
        """The agreement's code for a reason."""
        return self._translate(
            "crm_rejection_reasons", "reason_code", crm_reason=crm_reason
        )

    def task_type(self, task: Row) -> SeedRow | None:
        """What kind of contact a task is; its subtype decides when it is named."""
        return self._find(
            "crm_task_types",
            task_type=task["task_type"],
            task_subtype=task["task_subtype"],
        ) or self._find("crm_task_types", task_type=task["task_type"], task_subtype="")

    def is_connect(self, disposition: str | None) -> bool:
        """Whether a call reached somebody."""
        row = self._find("crm_call_dispositions", disposition=disposition)
        return row is not None and is_true(row["is_connect"])

    def campaign_event_type(self, campaign_type: str | None) -> str | None:
        """What taking part in a campaign of a type is."""
        return self._translate(
            "crm_campaign_types", "event_type", campaign_type=campaign_type
        )

    def member_status(self, status: str | None) -> SeedRow | None:
        """What a member of a campaign did, and how far it ranks."""
        return self._find("crm_member_statuses", status=status)

    def team(self, user: Row) -> str | None:
        """The team of a user or a queue."""
        is_queue = plain(user["user_type"]) == "queue"
        return self._translate(
            "user_teams",
            "team",
            match_on="queue" if is_queue else "department",
            match_value=user["user_name"] if is_queue else user["department"],
        )

    # Marketing

    def form_kind(self, form_id: str | None, form_type: str | None) -> str | None:
        """What a form is for; a form that is named itself goes before its type."""
        return self._translate(
            "form_types", "form_kind", match_on="form_id", match_value=form_id
        ) or self._translate(
            "form_types", "form_kind", match_on="form_type", match_value=form_type
        )

    def page_group(self, path: str | None) -> str | None:
        """The group of a page."""
        key = plain(path)
        if key not in self._page_groups:
            self._page_groups[key] = next(
                (
                    row["page_group"]
                    for row in self._tables["page_groups"]
                    if is_like(key, row["path_pattern"])
                ),
                None,
            )
        return self._page_groups[key]

    def channel(self, source: str, medium: str, referrer: str, url: str) -> str:
        """Where a visit came from, by its first page; `(none)` stands for nothing."""
        for row in self._tables["channel_rules"]:
            click_id = plain(row["click_id"])
            if (
                is_like(source, row["source_pattern"])
                and is_like(medium, row["medium_pattern"])
                and is_like(referrer, row["referrer_pattern"])
                and (not click_id or re.search(f"[?&]{re.escape(click_id)}=", url))
            ):
                return row["channel"]
        return "unassigned"

    @cached_property
    def direct_channel(self) -> str:
        """The channel of visits that tell nothing."""
        return self.channel("(none)", "(none)", "(none)", "")

    def is_own_host(self, host: str | None) -> bool:
        """Whether a host is one of ours, or part of one."""
        parts = plain(host).split(".")
        return any(
            self.is_in("own_domains", ".".join(parts[start:]))
            for start in range(len(parts))
        )

    def is_operational_campaign(self, campaign_type: str | None) -> bool:
        """Whether a campaign of a type is no marketing, such as an import."""
        row = self._find("crm_campaign_types", campaign_type=campaign_type)
        return row is not None and is_true(row["is_operational"])

    def is_bot(self, user_agent: str | None) -> bool:
        """Whether a page was read by a machine."""
        return any(
            plain(row["pattern"]).strip("%") in plain(user_agent)
            for row in self._tables["bot_user_agents"]
        )

    # People

    def is_role_mailbox(self, email: str) -> bool:
        """Whether an address is of a desk, such as `info@`, and of nobody."""
        return self.is_in("role_mailboxes", email.partition("@")[0])

    def email_class(self, email: str) -> str:
        """What an address says about who somebody is."""
        domain = email.rpartition("@")[2]
        if self.is_in("disposable_domains", domain):
            return "disposable"
        if self.is_in("free_mail_domains", domain):
            return "free"
        return "role" if self.is_role_mailbox(email) else "business"

    def seniority(self, job_title: str) -> str:
        """What a title says about who decides; of no pattern: a user."""
        for row in self._tables["seniority_titles"]:
            if is_like(job_title, row["title_pattern"]):
                return row["seniority"]
        return "user"

    def country(self, name: str) -> str:
        """The code of a country; an unknown name in capitals."""
        code = self._translate("country_names", "country_code", country_name=name)
        return code or name.strip().upper()


class Users:
    """The users and queues of the CRM, and the team of each."""

    def __init__(self, company: Company, exports: Exports) -> None:
        newest = exports.newest["salesforce__user"]
        self.teams = {id_: company.team(user) for id_, user in newest.items()}
        self.queues = {
            id_ for id_, user in newest.items() if plain(user["user_type"]) == "queue"
        }
        versions = exports.versions["salesforce__user"]
        # Somebody can come back: they left after they were last seen at work.
        last_at_work = {
            user["user_id"]: user["exported_at"]
            for user in versions
            if user["is_active"] is not False
        }
        self.deactivated_at: dict[str, datetime] = {}
        for user in versions:
            id_, left_at = user["user_id"], user["modified_at"] or user["exported_at"]
            if id_ in last_at_work and user["exported_at"] <= last_at_work[id_]:
                continue
            if user["is_active"] is False:
                left_at = min(left_at, self.deactivated_at.get(id_, left_at))
                self.deactivated_at[id_] = left_at
        self.team_queues = {
            team: min(
                (id_ for id_ in self.queues if self.teams[id_] == team), default=None
            )
            for team in ("marketing", "sales")
        }

    def is_sales_user(self, user_id: str | None) -> bool:
        """Whether an id is a named person of sales, not a queue."""
        return self.teams.get(user_id) == "sales" and user_id not in self.queues

    def is_inactive(self, user_id: str | None, instant: datetime) -> bool:
        """Whether a user was switched off by an instant."""
        off_at = self.deactivated_at.get(user_id)
        return off_at is not None and off_at <= instant

"""The dirt of real exports, each kind behind a switch of the scenario."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from one_funnel.world.company import ROLE_MAILBOXES

if TYPE_CHECKING:
    from one_funnel.world.lives import World

Values = dict[str, Any]
REPORT_ZONE = ZoneInfo("Europe/Amsterdam")
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1)"
DATED_TABLES = ("hubspot__contacts", "salesforce__lead", "salesforce__task")


def dirty(world: World) -> None:
    """Plant every kind of dirt in the collected rows, as much as the scenario says."""
    merge_contacts(world)
    merge_leads(world)
    repeat_addresses(world)
    add_strangers_records(world)
    share_mailboxes(world)
    share_devices(world)
    break_values(world)
    add_summaries(world)
    repeat_rows(world)
    confuse_orders(world)
    forget_offsets(world)
    let_in_bots(world)


def chosen(world: World, table: str, share: float) -> list[Values]:
    """Rows of a table, picked at random with that share."""
    return [row for row in world.exports.rows[table] if world.happens(share)]


def newest(world: World, table: str, key: str) -> dict[str, Values]:
    """The rows of the last dump, by key."""
    last = world.scenario.dumps[-1]
    return {
        str(row[key]): row
        for row in world.exports.rows[table]
        if row["_exported_at"] == last
    }


def merge_contacts(world: World) -> None:
    """A second contact of one person, merged into the first in HubSpot.

    Its address is another one, so that only the merge tells that they are the same.
    """
    for key, row in sorted(newest(world, "hubspot__contacts", "hs_object_id").items()):
        if not world.happens(world.scenario.dirt.merged_contacts):
            continue
        merged_at = row["createdate"] + timedelta(days=30)
        if merged_at >= world.scenario.ends:
            continue
        loser = f"{900_000 + int(key)}"
        twin = row | {
            "hs_object_id": loser,
            "email": f"prive.{key}@freemail.example",
            "salesforceleadid": None,
        }
        for dump in world.scenario.dumps:
            if row["createdate"] <= dump < merged_at:
                world.exports.rows["hubspot__contacts"].append(
                    twin | {"_exported_at": dump}
                )
        add_event(
            world,
            "hubspot__contact_merge_audit",
            merged_at,
            canonical_vid=key,
            vid_to_merge=loser,
            timestamp=merged_at,
            user_id="1",
        )
        world.truth.append(
            ("hubspot_contact", loser, f"{int(key) - 100_000:06d}", True)
        )


def merge_leads(world: World) -> None:
    """A second lead of one person, merged into the first in Salesforce."""
    for key, row in sorted(newest(world, "salesforce__lead", "Id").items()):
        if not world.happens(world.scenario.dirt.merged_leads):
            continue
        loser = f"00Q9{key[4:15]}"
        world.exports.rows["salesforce__lead"].append(
            row
            | {
                "Id": loser,
                "Email": f"dubbel.{int(key[9:15])}@freemail.example",
                "Status": "New",
                "OwnerId": world.marketing_queue,
                "IsDeleted": True,
                "MasterRecordId": key[:15],
                "IsConverted": False,
                "ConvertedDate": None,
                "ConvertedContactId": None,
                "ConvertedAccountId": None,
                "ConvertedOpportunityId": None,
                "Rejection_Reason__c": None,
                "Callback_Requested_On__c": None,
                "Callback_Months__c": None,
            }
        )
        world.truth.append(("salesforce_lead", loser, key[9:15], True))


def repeat_addresses(world: World) -> None:
    """A second address on a contact, kept there through every dump."""
    owners = {
        key
        for key in newest(world, "hubspot__contacts", "hs_object_id")
        if world.happens(world.scenario.dirt.second_addresses)
    }
    for row in world.exports.rows["hubspot__contacts"]:
        if row["hs_object_id"] in owners:
            row["hs_additional_emails"] = (
                f"tweede.{row['hs_object_id']}@freemail.example"
            )


def add_strangers_records(world: World) -> None:
    """A record of somebody we know that nothing connects with them."""
    for key, row in sorted(newest(world, "hubspot__contacts", "hs_object_id").items()):
        if world.happens(world.scenario.dirt.unjoinable_records):
            other = f"{1_800_000 + int(key)}"
            world.exports.rows["hubspot__contacts"].append(
                row
                | {
                    "hs_object_id": other,
                    "email": f"los.{key}@freemail.example",
                    "hs_additional_emails": None,
                }
            )
            world.truth.append(
                ("hubspot_contact", other, f"{int(key) - 100_000:06d}", False)
            )


def share_mailboxes(world: World) -> None:
    """Colleagues who left the company's common address on a contact of their own."""
    for key, row in sorted(newest(world, "hubspot__contacts", "hs_object_id").items()):
        if world.happens(world.scenario.dirt.role_mailboxes):
            domain = str(row["email"]).strip().lower().split("@")[1]
            mailbox = ROLE_MAILBOXES[int(key) % len(ROLE_MAILBOXES)]
            for number in (1, 2):
                colleague = f"{2_000_000 + 10 * int(key) + number}"
                world.exports.rows["hubspot__contacts"].append(
                    row
                    | {
                        "hs_object_id": colleague,
                        "email": f"{mailbox}@{domain}",
                        "hs_additional_emails": None,
                        "firstname": f"Collega {number}",
                    }
                )
                world.truth.append(("hubspot_contact", colleague, colleague, True))


def share_devices(world: World) -> None:
    """One device that two people say who they are on."""
    contacts = sorted(newest(world, "hubspot__contacts", "hs_object_id").items())
    for (key, row), (_, other) in pairwise(contacts):
        if not world.happens(world.scenario.dirt.shared_devices):
            continue
        at = max(row["createdate"], other["createdate"]) + timedelta(hours=30)
        if at < world.scenario.ends:
            add_event(
                world,
                "web__identifies",
                at,
                id=f"i{world.next_number('identify')}",
                anonymous_id=f"v{int(key) - 100_000}",
                email=str(other["email"]).strip().lower(),
                timestamp=at,
                received_at=at,
            )


def break_values(world: World) -> None:
    """Words that no mapping knows, and values that nobody can read."""
    for row in chosen(world, "salesforce__lead", world.scenario.dirt.unmapped_words):
        row["Country"] = "Atlantis"
    for row in chosen(
        world, "hubspot__email_events", world.scenario.dirt.unmapped_words
    ):
        row["url"] = "onbekend"
    for row in chosen(world, "salesforce__task", world.scenario.dirt.unmapped_words):
        row["Type"] = "Carrier Pigeon"
    for row in chosen(world, "web__pages", world.scenario.dirt.unreadable_values):
        row["timestamp"] = "2036-01-01T10:00:00Z"
    for row in chosen(
        world, "linkedin_ads__campaign_daily", world.scenario.dirt.unreadable_values * 5
    ):
        row["total_spent"] = "twelve"


def add_summaries(world: World) -> None:
    """Lines that sum up a page of an ad platform, and the ways it writes numbers."""
    for row in chosen(
        world, "google_ads__campaign_daily", world.scenario.dirt.summary_rows
    ):
        world.exports.rows["google_ads__campaign_daily"].append(
            row | {"segments_date": "Total:", "campaign_id": "", "campaign_name": ""}
        )
    for row in chosen(
        world, "linkedin_ads__campaign_daily", world.scenario.dirt.summary_rows
    ):
        row["total_spent"] = str(row["total_spent"]).replace(".", ",")


def repeat_rows(world: World) -> None:
    """Rows that come twice, and one change that was exported twice over."""
    for rows in world.exports.rows.values():
        rows += [
            dict(row)
            for row in rows
            if world.happens(world.scenario.dirt.duplicate_rows)
        ]
    for table in DATED_TABLES:
        modified = (
            "lastmodifieddate" if table.startswith("hubspot") else "LastModifiedDate"
        )
        for row in chosen(world, table, world.scenario.dirt.conflicting_rows):
            before = row.get(modified)
            if isinstance(before, datetime):
                world.exports.rows[table].append(
                    row | {modified: before - timedelta(hours=1)}
                )


def confuse_orders(world: World) -> None:
    """Qualifications that were written down after the opportunity that they led to."""
    share = world.scenario.dirt.wrong_order_dates
    for row in chosen(world, "salesforce__lead_history", share):
        if row["NewValue"] == "Qualified":
            latest = row["_exported_at"] - timedelta(hours=1)
            row["CreatedDate"] = min(row["CreatedDate"] + timedelta(days=10), latest)


def forget_offsets(world: World) -> None:
    """Forms that were submitted at a local time without an offset."""
    share = world.scenario.dirt.naive_times
    for row in chosen(world, "hubspot__form_submissions", share):
        local = row["submitted_at"].astimezone(REPORT_ZONE)
        row["submitted_at"] = local.strftime("%Y-%m-%d %H:%M:%S")


def let_in_bots(world: World) -> None:
    """Crawlers that look at the pages that people look at."""
    for row in chosen(world, "web__pages", world.scenario.dirt.bots):
        world.exports.rows["web__pages"].append(
            row
            | {
                "id": f"b{world.next_number('bot')}",
                "anonymous_id": f"bot{world.counts['bot'] % 7}",
                "context_user_agent": BOT,
            }
        )


def add_event(world: World, table: str, at: datetime, **values: Any) -> None:
    """An event among the collected rows, in the batch that follows it."""
    world.exports.rows[table].append(
        values | {"_exported_at": world.exports.batch_of(at)}
    )

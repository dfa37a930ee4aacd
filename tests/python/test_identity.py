"""Who is who, from exports to people: what the rows of a unit test cannot show.

Chains of evidence, exports that arrive in another order or twice, and what was known at
an earlier instant. All people of the first part live in one world that is built once.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from conftest import Dbt, MakeDbt
from exports_builder import Exports, lead_id, salesforce_id
from marts import Row, rewrite_exports

MONDAY = "2026-11-02 10:00"
# Composed, and as a letter with a loose accent behind it.
COMPOSED, LOOSE = "jos\u00e9@firm.example", "jose\u0301@firm.example"
NO_BREAK_SPACE = "\u00a0"


def describe_spellings(world: Exports) -> None:
    """One address in many spellings, and addresses that only look alike."""
    world.contact("caps", "Caps@Firm.example", at=MONDAY)
    world.lead("caps", f" caps@firm.example{NO_BREAK_SPACE}", at=MONDAY)
    world.contact("composed", COMPOSED, at=MONDAY)
    world.lead("loose", LOOSE, at=MONDAY)
    world.contact("jan", "jan@firm.example", at=MONDAY)
    world.contact("tagged", "jan+news@firm.example", at=MONDAY)
    world.contact("plain", "jan@gmail.com", at=MONDAY)
    world.contact("dotted", "j.an@gmail.com", at=MONDAY)


def describe_desks(world: Exports) -> None:
    """Records and forms that share the mailbox of a desk."""
    world.contact("front", "info@desk.example", at=MONDAY)
    world.contact("back", "info@desk.example", at=MONDAY)
    world.form("contact_request", "info@desk.example", at="2026-11-03 10:00")
    world.form("demo_request", "info@desk.example", at="2026-11-04 10:00")


def describe_merges(world: Exports) -> None:
    """One woman with six records, of which no three name each other."""
    world.contact("anna", "anna@work.example", at=MONDAY)
    world.contact("ann", "anna@home.example", at=MONDAY)
    world.contact("annie", "annie@old.example", at="2026-11-01 10:00")
    world.merge_contacts("anna", "ann", at="2026-11-10 10:00")
    world.merge_contacts("annanew", "anna", at="2026-11-11 10:00")
    world.lead("anne", "annie@old.example", at=MONDAY)
    world.crm_contact("annacrm", at=MONDAY)
    crm_contact_id = salesforce_id("contact", "annacrm")
    world.row(
        "salesforce__lead",
        {"Id": lead_id("anne"), "ConvertedContactId": f"{crm_contact_id}AAA"},
    )
    world.contact("anna", "anna@new.example", at=MONDAY, modified_at="2026-11-05 10:00")
    world.row(
        "hubspot__contacts",
        {"hs_object_id": "hs-anna", "salesforcecontactid": crm_contact_id},
    )


def describe_accounts(world: Exports) -> None:
    """Colleagues, and somebody who only says where she works."""
    world.account("firm", at=MONDAY, Website="https://www.bakery.example/contact")
    world.account("loser", at=MONDAY, MasterRecordId=salesforce_id("account", "firm"))
    world.contact("baker", "baker@bakery.example", at=MONDAY)
    world.crm_contact("buyer", "buyer@gmail.com", at=MONDAY, account="loser")
    world.contact("typed", "typed@gmail.com", at=MONDAY, company="Bakery")
    world.contact("solo", "solo@unknown.example", at=MONDAY)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = Exports("2026-12-01 06:00")
    describe_spellings(world)
    describe_desks(world)
    describe_merges(world)
    describe_accounts(world)
    return world.write(tmp_path_factory.mktemp("people"))


def build(
    make_dbt: MakeDbt,
    exports: Path,
    *models: str,
    as_of: str | None = None,
) -> Dbt:
    """These models from exports, with all that they read."""
    dbt = make_dbt(exports_dir=exports, as_of=as_of)
    with_parents = [f"+{model}" for model in models or ("int_person_accounts",)]
    kinds = ("--exclude-resource-type", "unit_test", "test")
    dbt("build", *kinds, "--select", *with_parents)
    return dbt


@pytest.fixture(scope="module")
def dbt(make_dbt: MakeDbt, exports: Path) -> Dbt:
    return build(make_dbt, exports)


def people_of(dbt: Dbt, *keys: str) -> list[str]:
    """The person of each key, in the order of the keys."""
    person_of = dict(
        dbt.sql("select identity_key, person_id from intermediate.int_identity_keys")
    )
    return [person_of[key] for key in keys]


# Spellings


@pytest.mark.parametrize(
    "keys",
    [
        ("hubspot:hs-caps", f"sf_lead:{lead_id('caps')}", "email:caps@firm.example"),
        ("hubspot:hs-composed", f"sf_lead:{lead_id('loose')}", f"email:{COMPOSED}"),
    ],
    ids=["case and blanks", "accents"],
)
def test_one_address_is_one_person_in_any_spelling(
    dbt: Dbt, keys: tuple[str, ...]
) -> None:
    assert len(set(people_of(dbt, *keys))) == 1


@pytest.mark.parametrize(
    "keys",
    [
        ("hubspot:hs-jan", "hubspot:hs-tagged"),
        ("hubspot:hs-plain", "hubspot:hs-dotted"),
    ],
    ids=["tag", "dot"],
)
def test_an_address_that_looks_alike_is_another(
    dbt: Dbt, keys: tuple[str, ...]
) -> None:
    assert len(set(people_of(dbt, *keys))) == len(keys)


def test_a_desk_joins_no_records(dbt: Dbt) -> None:
    front, back, desk = people_of(
        dbt, "hubspot:hs-front", "hubspot:hs-back", "email:info@desk.example"
    )
    assert len({front, back, desk}) == 3
    assert dbt.sql(
        "select email, record_count from intermediate.int_people"
        " where email = 'info@desk.example' order by record_count"
    ) == [("info@desk.example", 0), ("info@desk.example", 1), ("info@desk.example", 1)]


# Chains


def test_merges_and_conversions_chain(dbt: Dbt) -> None:
    keys = (
        "hubspot:hs-annanew",
        "hubspot:hs-anna",
        "hubspot:hs-ann",
        "email:anna@new.example",
        "email:anna@home.example",
        f"sf_contact:{salesforce_id('contact', 'annacrm')}",
        f"sf_lead:{lead_id('anne')}",
        "hubspot:hs-annie",
    )
    [person] = set(people_of(dbt, *keys))
    assert dbt.rows(
        "select first_key, email, record_count from intermediate.int_people"
        f" where person_id = '{person}'"
    ) == [
        {
            # Annie's record is the oldest, and her address comes before its id.
            "first_key": "email:annie@old.example",
            "email": "anna@new.example",
            "record_count": 6,
        }
    ]


def test_no_person_has_two_components(dbt: Dbt) -> None:
    assert (
        dbt.sql(
            """
        select evidence.key_a, evidence.key_b
        from intermediate.int_identity_evidence as evidence
        inner join intermediate.int_identity_keys as keys_a
            on evidence.key_a = keys_a.identity_key
        inner join intermediate.int_identity_keys as keys_b
            on evidence.key_b = keys_b.identity_key
        where keys_a.person_id <> keys_b.person_id
        """
        )
        == []
    )


# Accounts


def test_accounts_come_from_evidence_and_never_from_free_mail(dbt: Dbt) -> None:
    buyer = salesforce_id("contact", "buyer")
    accounts = dict(
        dbt.sql(
            """
            select keys.identity_key, coalesce(accounts.account_name, 'none')
            from intermediate.int_identity_keys as keys
            inner join intermediate.int_person_accounts as people
                on keys.person_id = people.person_id
            left join intermediate.int_accounts as accounts
                on people.account_id = accounts.account_id
            """
        )
    )
    assert {
        name: accounts[key]
        for name, key in {
            "colleague": "hubspot:hs-baker",
            "contact of a merged account": f"sf_contact:{buyer}",
            "typed a company": "hubspot:hs-typed",
            "own domain": "hubspot:hs-solo",
        }.items()
    } == {
        "colleague": "Firm",
        "contact of a merged account": "Firm",
        "typed a company": "none",
        "own domain": "unknown.example",
    }


# The same people from other files


def doubled_and_shuffled(header: Row, rows: list[Row]) -> list[Row]:
    return random.Random(20261102).sample([*rows, *rows], 2 * len(rows))


def test_people_keep_their_names_when_rows_are_doubled_and_shuffled(
    dbt: Dbt, make_dbt: MakeDbt, exports: Path, tmp_path: Path
) -> None:
    everything = "select * from intermediate.int_identity_keys order by identity_key"
    rewritten = rewrite_exports(exports, tmp_path / "exports", doubled_and_shuffled)
    again = build(make_dbt, rewritten, "int_identity_keys")
    assert again.sql(everything) == dbt.sql(everything)


def test_a_merge_is_known_from_the_export_that_shows_it(
    make_dbt: MakeDbt, tmp_path: Path
) -> None:
    world = Exports("2027-02-10T12:00:00Z")
    world.contact("anna", "anna@work.example", at=MONDAY)
    world.contact("ann", "anna@home.example", at="2026-11-03 10:00")
    world.export("2027-02-09T06:00:00Z")
    world.merge_contacts("anna", "ann", at="2027-02-10T09:00:00Z")
    world.remove("hubspot__contacts", "ann")
    exports = world.write(tmp_path / "exports")
    people = "select first_key, record_count from intermediate.int_people order by 1"

    before = build(make_dbt, exports, "int_people", as_of="2027-02-09T18:00:00Z")
    assert before.sql(people) == [
        ("email:anna@home.example", 1),
        ("email:anna@work.example", 1),
    ]
    after = build(make_dbt, exports, "int_people", as_of="2027-02-11T18:00:00Z")
    assert after.sql(people) == [("email:anna@work.example", 2)]
    assert len(set(people_of(after, "hubspot:hs-ann", "hubspot:hs-anna"))) == 1


# Components of any shape

Pair = tuple[str, str]


def reversed_bits(number: int, width: int) -> int:
    return int(f"{number:0{width}b}"[::-1], 2)


def shapes() -> dict[str, list[Pair]]:
    """Graphs over names of their own; every component is given away by its shape."""
    chance = random.Random(20261102)
    mixed = list(range(1024))
    chance.shuffle(mixed)
    return {
        "ordered chain": [(f"o{i:04}", f"o{i + 1:04}") for i in range(1000)],
        "mixed chain": [(f"m{one}", f"m{two}") for one, two in pairwise(mixed)],
        "chain of reversed bits": [
            (f"b{reversed_bits(i, 10):04}", f"b{reversed_bits(i + 1, 10):04}")
            for i in range(1023)
        ],
        "star": [("s0500", f"s{i:04}") for i in range(1000) if i != 500],
        "ring": [(f"r{i:03}", f"r{(i + 1) % 200:03}") for i in range(200)],
        "forest": [
            (f"f{chance.randrange(1500)}", f"f{chance.randrange(1500)}")
            for _ in range(900)
        ],
    }


def components(pairs: Iterable[Pair]) -> set[frozenset[str]]:
    """The components of a graph, one node after the other."""
    neighbours: dict[str, set[str]] = {}
    for one, two in pairs:
        neighbours.setdefault(one, set()).add(two)
        neighbours.setdefault(two, set()).add(one)
    found = set()
    while neighbours:
        reached, waiting = set(), [next(iter(neighbours))]
        while waiting:
            node = waiting.pop()
            reached.add(node)
            waiting += neighbours.pop(node, set()) - reached
        found.add(frozenset(reached))
    return found


def write_graph(pairs: Iterable[Pair], folder: Path) -> Path:
    """A contact for each node; a pair is an address that two contacts have."""
    addresses: dict[str, list[str]] = {}
    for number, pair in enumerate(pairs):
        for node in pair:
            addresses.setdefault(node, []).append(f"e{number}@firm.example")
    world = Exports("2026-12-01 06:00")
    for node, shared in addresses.items():
        world.contact(node, at=MONDAY, additional_emails=";".join(shared))
    return world.write(folder)


def test_components_of_any_shape_are_found_in_a_few_rounds(
    make_dbt: MakeDbt, tmp_path: Path
) -> None:
    pairs = [pair for shape in shapes().values() for pair in shape]
    expected = components(pairs)
    assert len(expected) > 100

    exports = write_graph(pairs, tmp_path / "exports")
    dbt = build(make_dbt, exports, "int_identity_components")
    contacts_by_root: dict[str, set[str]] = {}
    for node, root in dbt.sql(
        "select node, root from intermediate.int_identity_components"
        " where node like 'hubspot:%'"
    ):
        contacts_by_root.setdefault(root, set()).add(node.removeprefix("hubspot:hs-"))
    assert {frozenset(nodes) for nodes in contacts_by_root.values()} == expected

    log = (dbt.root / "logs" / "dbt.log").read_text(encoding="utf-8")
    rounds = len(re.findall(r"temp table components_of_int_identity\w+_roots as", log))
    jumps = len(re.findall(r"temp table components_of_int_identity\w+_jumps as", log))
    # A chain of addresses and contacts is twice as long as one of contacts.
    depth = math.ceil(math.log2(2 * 1024))
    print(f"{rounds} rounds, {jumps} jumps")
    assert rounds <= depth
    assert jumps <= depth * depth

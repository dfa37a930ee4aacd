"""The hidden truth: companies, people with mailboxes and devices, the sales team."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

FIRST_NAMES = [
    "Anna",
    "Bram",
    "Carla",
    "Daan",
    "Eva",
    "Finn",
    "Greta",
    "Hugo",
    "Ilse",
    "Jonas",
    "Karin",
    "Lars",
    "Maud",
    "Niels",
    "Olga",
    "Pieter",
    "Quinten",
    "Rosa",
    "Sven",
    "Tess",
    "Ute",
    "Vera",
    "Wim",
    "Xander",
    "Yara",
    "Zoe",
    "Aylin",
    "Bilal",
    "Chloe",
    "Dirk",
]
LAST_NAMES = [
    "Aalbers",
    "Brouwer",
    "Claes",
    "Dekker",
    "Evers",
    "Fischer",
    "Geerts",
    "Hofman",
    "Idema",
    "Jansen",
    "Keller",
    "Laan",
    "Maas",
    "Nauta",
    "Olthof",
    "Peeters",
    "Quist",
    "Richter",
    "Smit",
    "Tielman",
    "Ubels",
    "Vos",
    "Weber",
    "Yilmaz",
    "Zeller",
]
COMPANY_WORDS = [
    "Noorder",
    "Zuider",
    "Delta",
    "Rijn",
    "Maas",
    "Schelde",
    "Alster",
    "Kempen",
    "Veluwe",
    "Haven",
    "Polder",
    "Berg",
    "Duin",
    "Linde",
    "Eiken",
    "Staal",
    "Koper",
    "Glas",
    "Papier",
    "Hout",
    "Zilver",
    "Anker",
    "Kompas",
    "Brug",
    "Toren",
    "Molen",
    "Spoor",
]
COMPANY_KINDS = ("techniek", "logistiek", "bouw", "software", "handel", "advies")
INDUSTRIES = (
    *("Manufacturing", "Logistics", "Wholesale", "Software"),
    *("Professional Services", "Construction", "Retail", "Healthcare", "Education"),
)
TITLES = (
    (*("Managing Director", "Directeur", "CEO", "Head of Operations"), 0.22),
    (*("IT Manager", "Marketing Manager", "Projectleider", "Consultant"), 0.43),
    (*("Medewerker binnendienst", "Engineer", "Planner", "Administratie"), 0.34),
    ("Student", 0.01),
)
COUNTRIES = (
    (("NL", "Netherlands", "Nederland"), 0.62),
    (("BE", "Belgium", "België"), 0.16),
    (("DE", "Germany", "Deutschland"), 0.17),
    (("FR", "France"), 0.03),
    (("GB", "United Kingdom"), 0.02),
)
ROLE_MAILBOXES = ("info", "sales", "office")
DEPARTMENTS = ("Sales", "Inside Sales")


@dataclass(frozen=True)
class Company:
    """A company as it is: employees is a head count, country an ISO code."""

    name: str
    domain: str
    industry: str
    employees: int
    country: str
    spellings: tuple[str, ...]


@dataclass
class Person:
    """A human: the addresses they use, the devices they browse with, what they want.

    `interest` runs from 0 (none) to 1 (will buy); it is known to nobody else.
    """

    number: int
    first_name: str
    last_name: str
    title: str
    company: Company
    email: str
    interest: float
    devices: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The number that the systems' ids of this person are made of."""
        return f"{self.number:06d}"


def choose_weighted(
    chance: random.Random, weighted: tuple[tuple[Any, ...], ...]
) -> tuple[Any, ...]:
    """One of several options, each a tuple that ends in its share."""
    return chance.choices(weighted, [float(str(one[-1])) for one in weighted])[0]


def make_companies(chance: random.Random, count: int) -> list[Company]:
    """Companies of all sizes, each with a domain of its own."""
    companies = []
    for number in range(count):
        spellings, _ = choose_weighted(chance, COUNTRIES)
        word = COMPANY_WORDS[number % len(COMPANY_WORDS)]
        kind = COMPANY_KINDS[number // len(COMPANY_WORDS) % len(COMPANY_KINDS)]
        employees = min(int(chance.lognormvariate(4.0, 1.3)) + 1, 20_000)
        companies.append(
            Company(
                name=f"{word}{kind} {number}",
                domain=f"{word}{kind}{number}.example".lower(),
                industry=chance.choice(INDUSTRIES),
                employees=employees,
                country=spellings[0],
                spellings=spellings,
            )
        )
    return companies


def make_person(
    chance: random.Random, number: int, companies: list[Company], special: str = ""
) -> Person:
    """A person at a company; `special` is a domain that the address has instead."""
    company = chance.choice(companies)
    *titles, _ = choose_weighted(chance, TITLES)
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    domain = special or company.domain
    if not special and chance.random() < 0.12:
        domain = chance.choice(("gmail.com", "freemail.example", "outlook.com"))
    return Person(
        number=number,
        first_name=first,
        last_name=last,
        title=str(chance.choice(titles)),
        company=company,
        email=f"{first}.{last}.{number}@{domain}".lower(),
        interest=chance.betavariate(1.2, 3.0),
        devices=[f"v{number}"],
    )

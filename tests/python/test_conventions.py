"""The house rules, checked on the manifest. A test that fails names the offenders.

Each rule is a function from the manifest to its offenders, so that the tests at the end
can hold every rule against a fault that it has to find.
"""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

PROJECT = Path(__file__).parents[2]
DEFINITION = PROJECT / "seeds" / "lead_definition"

Node = dict[str, Any]
Manifest = dict[str, Any]

# The order of the rooms: data flows down it, and nothing reads from below.
ROOMS = (
    "utilities",
    "staging",
    "identity",
    "touches",
    "passes",
    "scoring",
    "lifecycle",
    "handover",
    "attribution",
    "marts",
    "metrics",
)
# Seeds that any room may read. The demo's exports are for staging alone.
SHARED_SEEDS = ("lead_definition", "mappings")

# Words of the agreement that a model may say, and why.
ALLOWED_WORDS = {
    "int_pass_milestones": "its columns are named after the stages",
    "base_salesforce__opportunities": "a table of Salesforce is named like a stage",
    "quarantined_rows": "a table of Salesforce is named like a stage",
}

# Spelled otherwise, or meaning something else, on the second engine. Each has one macro
# in macros/engine, where the two spellings stand side by side.
FORBIDDEN = {
    "qualify": r"\bqualify\b",
    "a cast with ::": r"::",
    "group by all": r"\bgroup by all\b",
    "order by all": r"\border by all\b",
    "ignore nulls": r"\bignore nulls\b",
    "asof join": r"\basof\b",
    "distinct on": r"\bdistinct on\b",
    "union by name": r"\bby name\b",
    "select * exclude": r"\*\s*(exclude|except|replace)\s*\(",
    "integer division with //": r"//",
    "a filter in a window": r"\bfilter\s*\([^()]*\)\s*over\b",
    "distinct in a window": r"\(\s*distinct[^()]*\)\s*over\b",
    "day of week": r"\b(dayofweek|dayname|weekday)\b|\bextract\s*\(\s*i?s?o?dow\b",
    "epoch": r"\bepoch(_ms|_us|_ns)?\s*\(|\bextract\s*\(\s*epoch\b",
    "regexp_replace": r"\bregexp_replace\s*\(",
    "regexp_matches": r"\bregexp_(matches|full_match)\s*\(",
    "a time zone function": r"\btimezone\s*\(|\bat time zone\b",
    "a formatted time": r"\b(strftime|strptime|date_format)\s*\(",
    "a hash of the engine": r"(?<![a-z_])(hash|sha256|sha2)\s*\(",
    "log without a base": r"(?<![a-z_])log\s*\(",
    "any_value or first": r"\b(any_value|first|last|arbitrary)\s*\(",
    "a joined text": r"\b(string_agg|listagg|group_concat)\s*\(",
    "exploding a list": r"\b(unnest|explode)\s*\(",
    "JSON": r"\bjson_extract|->|\bget_json_object\b",
    "date_diff": r"\b(date_diff|datediff|age)\s*\(",
    "a literal of a list": r"=\s*\[|\bin\s*\[",
    "a sample": r"\b(tablesample|using sample)\b",
    "a quoted name": r'"',
    "a backslash": r"\\",
}

JINJA_HAS_ITS_OWN = ("a quoted name", "a literal of a list", "a backslash")

CLOCK = {
    "the clock": (
        r"\b(now|today|get_current_timestamp|current_timestamp|getdate|sysdate"
        r"|transaction_timestamp)\s*\(|\b(current_timestamp|current_date|current_time"
        r"|localtimestamp|localtime)\b|\brun_started_at\b|\bmodules\.datetime\b"
    ),
    "chance": r"\b(random|rand|uuid|gen_random_uuid|setseed)\s*\(",
}


def own(manifest: Manifest, *kinds: str) -> Iterator[Node]:
    """The project's own nodes of these kinds."""
    for node in manifest["nodes"].values():
        if node["resource_type"] in kinds and node["package_name"] == "one_funnel":
            yield node


def room(node: Node) -> str:
    """The room of a model, by its folder."""
    parts = Path(node["original_file_path"]).parts[1:-1]
    return parts[1] if parts[0] == "intermediate" else parts[0]


def code(node: Node) -> str:
    """The SQL of a node as written, without Jinja and without comments."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", node["raw_code"], flags=re.S)
    return without_comments(text)


def without_comments(sql: str) -> str:
    """The SQL with its comments and blanks reduced to one blank."""
    sql = re.sub(r"\{#.*?#\}|/\*.*?\*/", " ", sql, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"--[^\n]*", " ", sql))


def without_texts(sql: str) -> str:
    """The SQL with every literal emptied, so that words in it are no code."""
    return re.sub(r"'(?:[^']|'')*'", "''", sql)


def agreed_words() -> set[str]:
    """Stages and reason codes of the agreement, less the events of the same name."""

    def column(table: str, name: str) -> set[str]:
        with (DEFINITION / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return {row[name] for row in csv.DictReader(file)}

    words = column("funnel_stages", "stage") | column(
        "rejection_reasons", "reason_code"
    )
    return words - column("lifecycle_events", "event")


def models_without_pair(manifest: Manifest) -> list[str]:
    """Models whose description is not in a file of their own beside the SQL."""
    return [
        node["original_file_path"]
        for node in own(manifest, "model")
        if (node["patch_path"] or "").removeprefix("one_funnel://")
        != node["original_file_path"].removesuffix(".sql") + ".yml"
    ]


def models_without_grain(manifest: Manifest) -> list[str]:
    """Models whose description does not begin with what one row is."""
    return [
        node["name"]
        for node in own(manifest, "model")
        if not re.match(r"One row(?: per |: )\S", node["description"])
    ]


def columns_without_description(manifest: Manifest) -> list[str]:
    """Columns, and whole models and seeds, of which nothing is said."""
    return [
        f"{node['name']}.{column}"
        for node in own(manifest, "model", "seed")
        for column, described in {
            "": {"description": node["description"]},
            **node["columns"],
        }.items()
        if not described["description"].strip()
    ]


def readings_upward(manifest: Manifest) -> list[str]:
    """Models that read from a room below their own, or raw rows outside staging."""
    found = []
    for node in own(manifest, "model"):
        reader = room(node)
        for parent_id in node["depends_on"]["nodes"]:
            parent = manifest["nodes"].get(parent_id)
            if parent is None or parent["resource_type"] == "seed":
                is_shared = (
                    parent is not None
                    and Path(parent["original_file_path"]).parts[1] in SHARED_SEEDS
                )
                allowed = is_shared or reader in ("staging", "utilities")
            else:
                allowed = ROOMS.index(room(parent)) <= ROOMS.index(reader)
            if not allowed:
                found.append(f"{node['name']} reads {parent_id}")
    return found


def marts_without_promise(manifest: Manifest) -> list[str]:
    """Marts without an enforced contract, public access or an owner."""
    return [
        f"{node['name']}: {lacking}"
        for node in own(manifest, "model")
        if room(node) == "marts"
        for lacking, holds in {
            "contract": node["config"]["contract"]["enforced"],
            "access": node["config"]["access"] == "public",
            "group": node["config"]["group"] == "revenue_operations",
        }.items()
        if not holds
    ]


def readers_of_other_than_marts(manifest: Manifest) -> list[str]:
    """What outsiders read that nobody promised them."""
    return [
        f"{exposure['name']} reads {parent_id}"
        for exposure in manifest["exposures"].values()
        for parent_id in exposure["depends_on"]["nodes"]
        if room(manifest["nodes"][parent_id]) != "marts"
    ]


def words_of_the_agreement(manifest: Manifest) -> list[str]:
    """Stages and reasons that stand as literals where they should be read."""
    words = agreed_words()
    return [
        f"{node['name']}: '{word}'"
        for node in own(manifest, "model", "test")
        if node["resource_type"] == "model"
        or node["original_file_path"].endswith("sql")
        if node["name"] not in ALLOWED_WORDS
        for word in sorted(words & set(re.findall(r"'([^']*)'", node["raw_code"])))
    ]


def constructs_of_one_engine(manifest: Manifest) -> list[str]:
    """SQL that the second engine spells or reads otherwise, outside macros/engine."""
    return [*constructs(manifest, FORBIDDEN, outside="macros/engine/")]


def readings_of_the_clock(manifest: Manifest) -> list[str]:
    """SQL or Jinja whose answer depends on when, or how often, it runs."""
    found = [*constructs(manifest, CLOCK, outside="")]
    for node in own(manifest, "model", "test"):
        jinja = " ".join(re.findall(r"\{[{%].*?[}%]\}", node["raw_code"], flags=re.S))
        if re.search(r"\brun_started_at\b|\bmodules\.", jinja):
            found.append(f"{node['name']}: the clock")
    return found


def constructs(
    manifest: Manifest, patterns: dict[str, str], outside: str
) -> Iterator[str]:
    """A line for each model, singular test or macro in which a pattern occurs."""
    texts = {
        node["original_file_path"]: code(node)
        for node in own(manifest, "model", "test")
        if node["original_file_path"].endswith(".sql")
    }
    for macro in manifest["macros"].values():
        path = macro["original_file_path"]
        if macro["package_name"] == "one_funnel" and (
            not outside or not path.startswith(outside)
        ):
            statements = re.sub(r"\{%.*?%\}", " ", macro["macro_sql"], flags=re.S)
            texts[f"{path}: {macro['name']}"] = without_comments(statements)
    for place, text in sorted(texts.items()):
        for what, pattern in patterns.items():
            # Jinja in a macro has quotes, lists and line breaks of its own.
            if ": " in place and what in JINJA_HAS_ITS_OWN:
                continue
            subject = text if what == "a backslash" else without_texts(text)
            if re.search(pattern, subject, flags=re.I):
                yield f"{place}: {what}"


def macros_without_description(manifest: Manifest) -> list[str]:
    """Macros, or their arguments, of which nothing or no type is said."""
    return [
        f"{macro['name']}({argument['name']})"
        for macro in manifest["macros"].values()
        if macro["package_name"] == "one_funnel"
        for argument in [
            {"name": "", "description": macro["description"], "type": "macro"},
            *macro["arguments"],
        ]
        # The arguments of a materialization are dbt's own.
        if not (argument["name"] and macro["name"].startswith("materialization_"))
        if not (argument.get("description") or "").strip() or not argument.get("type")
    ]


def singular_tests_without_description(manifest: Manifest) -> list[str]:
    """Singular tests that do not say which fact they hold."""
    return [
        node["name"]
        for node in own(manifest, "test")
        if node["original_file_path"].endswith(".sql")
        and not node["description"].strip()
    ]


RULES: dict[str, Callable[[Manifest], list[str]]] = {
    "every model is a pair of SQL and YAML": models_without_pair,
    "every model begins with its grain": models_without_grain,
    "every column is described": columns_without_description,
    "models read downward only": readings_upward,
    "every mart makes a promise": marts_without_promise,
    "outsiders read marts only": readers_of_other_than_marts,
    "stages and reasons are read from the agreement": words_of_the_agreement,
    "SQL is what both engines share": constructs_of_one_engine,
    "nothing reads the clock": readings_of_the_clock,
    "every macro is described": macros_without_description,
    "every singular test is described": singular_tests_without_description,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_house_rules_hold(
    manifest: Manifest, rule: Callable[[Manifest], list[str]]
) -> None:
    offenders = rule(manifest)
    assert not offenders, "\n".join(offenders)


def test_every_column_that_is_built_is_in_the_yaml(
    manifest: Manifest, demo_database: Path
) -> None:
    described = {
        (node["schema"], node["name"], column.lower())
        for node in own(manifest, "model")
        for column in node["columns"]
    }
    models = {(node["schema"], node["name"]) for node in own(manifest, "model")}
    with duckdb.connect(str(demo_database), read_only=True) as connection:
        built = connection.sql(
            "select table_schema, table_name, lower(column_name)"
            " from information_schema.columns"
        ).fetchall()

    built_here = {row for row in built if row[:2] in models}
    assert {row[:2] for row in built_here} == models
    assert sorted(built_here - described) == []
    assert sorted(described - built_here) == []


def test_every_block_of_documentation_is_used(manifest: Manifest) -> None:
    yaml_of_models = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "models").rglob("*.yml")
    )
    unused = [
        block["name"]
        for block in manifest["docs"].values()
        if block["package_name"] == "one_funnel"
        and block["name"] != "__overview__"
        and not re.search(rf"doc\(['\"]{block['name']}['\"]\)", yaml_of_models)
    ]
    assert not unused, "\n".join(unused)


def test_a_waiver_is_of_a_model_that_needs_it(manifest: Manifest) -> None:
    literals = {
        node["name"]: set(re.findall(r"'([^']*)'", node["raw_code"]))
        for node in own(manifest, "model", "test")
    }
    needless = [
        name for name in ALLOWED_WORDS if not agreed_words() & literals.get(name, set())
    ]
    assert needless == []


# Each fault is planted in a copy of the manifest; its rule has to find it there.
def plant_in_model(name: str, **changes: Any) -> Callable[[Manifest], None]:
    def plant(manifest: Manifest) -> None:
        manifest["nodes"][f"model.one_funnel.{name}"].update(changes)

    return plant


def plant_sql(name: str, sql: str) -> Callable[[Manifest], None]:
    def plant(manifest: Manifest) -> None:
        manifest["nodes"][f"model.one_funnel.{name}"]["raw_code"] += sql

    return plant


def plant_bare_column(manifest: Manifest) -> None:
    columns = manifest["nodes"]["model.one_funnel.fct_funnel"]["columns"]
    columns["mql_at"]["description"] = " "


def plant_reading_from_below(manifest: Manifest) -> None:
    passes = manifest["nodes"]["model.one_funnel.int_passes"]
    passes["depends_on"]["nodes"].append("model.one_funnel.int_scores")


def plant_raw_rows_in_a_mart(manifest: Manifest) -> None:
    funnel = manifest["nodes"]["model.one_funnel.fct_funnel"]
    raw = next(
        node["unique_id"]
        for node in own(manifest, "seed")
        if Path(node["original_file_path"]).parts[1] == "exports"
    )
    funnel["depends_on"]["nodes"].append(raw)


def plant_source_in_a_mart(manifest: Manifest) -> None:
    funnel = manifest["nodes"]["model.one_funnel.fct_funnel"]
    funnel["depends_on"]["nodes"].append("source.one_funnel.web.raw_web__pages")


def plant_broken_promise(manifest: Manifest) -> None:
    funnel = manifest["nodes"]["model.one_funnel.fct_funnel"]
    funnel["config"]["contract"]["enforced"] = False


def plant_curious_outsider(manifest: Manifest) -> None:
    report = manifest["exposures"]["exposure.one_funnel.weekly_report"]
    report["depends_on"]["nodes"].append("model.one_funnel.int_passes")


def plant_bare_argument(manifest: Manifest) -> None:
    macro = manifest["macros"]["macro.one_funnel.convert_to_eur"]
    macro["arguments"][0]["type"] = None


def plant_bare_test(manifest: Manifest) -> None:
    test = manifest["nodes"]["test.one_funnel.assert_everyone_has_an_owner"]
    test["description"] = ""


FAULTS = [
    (models_without_pair, plant_in_model("int_passes", patch_path=None)),
    (models_without_grain, plant_in_model("int_passes", description="All passes.")),
    (columns_without_description, plant_bare_column),
    (readings_upward, plant_reading_from_below),
    (readings_upward, plant_raw_rows_in_a_mart),
    (readings_upward, plant_source_in_a_mart),
    (marts_without_promise, plant_broken_promise),
    (readers_of_other_than_marts, plant_curious_outsider),
    (words_of_the_agreement, plant_sql("int_passes", " where stage = 'mql'")),
    (words_of_the_agreement, plant_sql("int_passes", " where reason = 'R07'")),
    (constructs_of_one_engine, plant_sql("int_passes", " select a::int")),
    (constructs_of_one_engine, plant_sql("int_passes", " qualify a = 1")),
    (constructs_of_one_engine, plant_sql("int_passes", r" where a like '\d'")),
    (constructs_of_one_engine, plant_sql("int_passes", " select arg_max(epoch(a))")),
    (readings_of_the_clock, plant_sql("int_passes", " where a < now()")),
    (readings_of_the_clock, plant_sql("int_passes", " where a < current_date")),
    (readings_of_the_clock, plant_sql("int_passes", "{{ run_started_at }}")),
    (readings_of_the_clock, plant_sql("int_passes", " order by random()")),
    (macros_without_description, plant_bare_argument),
    (singular_tests_without_description, plant_bare_test),
]


@pytest.mark.parametrize(
    ("rule", "plant"),
    FAULTS,
    ids=[f"{rule.__name__}-{number}" for number, (rule, _) in enumerate(FAULTS)],
)
def test_a_rule_finds_a_planted_fault(
    manifest: Manifest,
    rule: Callable[[Manifest], list[str]],
    plant: Callable[[Manifest], None],
) -> None:
    faulty = copy.deepcopy(manifest)
    plant(faulty)
    assert len(rule(faulty)) > len(rule(manifest))


def test_comments_and_texts_are_no_code() -> None:
    node = {
        "raw_code": "{# now() #}\n-- qualify\nselect 'a::b' as x {{ now() }} /* // */"
    }
    text = without_texts(code(node))
    assert not [
        what
        for what, pattern in {**FORBIDDEN, **CLOCK}.items()
        if re.search(pattern, text)
    ]

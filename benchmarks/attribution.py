"""Credit of five million sessions: the project's own SQL, its parts and its peers.

The SQL is what dbt compiles of the models, run in DuckDB over made-up sessions of 1.7
million people, of whom 770 thousand buy. Peers read the same files and give the same
figures: first, last and linear credit and the removal effects of the chain of channels.

    python -m benchmarks.attribution
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measuring import PROJECT, Figure, Report, measure

SESSION_COUNT = 5_000_000
VISITOR_COUNT = 1_780_000
# Of a thousand visitors with a session; 770 thousand in all.
BUYERS = 461
VERSION = "1.0.0"
RULES = ("first", "last", "linear", "u_adobe", "w", "time_decay")
SIMPLE_RULES = ("first", "last", "linear")
CHAIN = ("markov", "shapley")

MODELS = (
    *("int_channel_bits", "int_credit_touches", "int_credit_places"),
    *("int_credit_channels", "int_credit_shares"),
    *("int_channel_steps", "int_channel_moves", "int_channel_sets"),
    "int_channel_effects",
)
INPUTS = ("touches", "deals", "people")
# ChannelAttribution simulates its chain, so it is not held to this.
GREATEST_DIFFERENCE = 1e-6

PACKAGES = (
    *("duckdb", "dbt-core", "polars", "numpy"),
    *("channelattribution", "marketing-attribution-models"),
)
# CPU seconds that Markov and Shapley may take, by the number of channels.
MOST_CPU = {12: 0.075, 16: 0.3}

Work = Callable[[], Any]
Answer = dict[str, dict[str, float]]


def make_inputs(folder: Path, channel_count: int) -> None:
    """Write touches, deals and their people; the same at every run.

    Everything follows from hashes of numbers. A buyer buys an hour after the last
    session, and sessions of the ninety days before that count.
    """
    with duckdb.connect() as connection:
        connection.execute(f"""
            create macro share(number, salt) as
                hash(number * 64 + salt) / 18446744073709551616.0;

            create table sessions as
            select
                number,
                cast(share(number, 1) * {VISITOR_COUNT} as bigint) as visitor,
                timestamptz '2026-01-01 00:00:00+00'
                + to_seconds(cast(share(number, 2) * 300 * 86400 as bigint))
                    as occurred_at,
                cast(floor(power(share(number, 3), 1.5) * {channel_count}) as integer)
                    as channel_number
            from range({SESSION_COUNT}) as numbers (number);

            create table buyers as
            select
                visitor,
                max(occurred_at) + interval 1 hour as closed_at
            from sessions
            where hash(visitor * 64 + 4) % 1000 < {BUYERS}
            group by visitor;

            copy (
                select
                    md5('session' || number) as touch_id,
                    md5('visitor' || visitor) as person_id,
                    'channel_' || lpad(cast(channel_number as varchar), 2, '0')
                        as channel,
                    true as is_eligible_for_credit,
                    occurred_at,
                    occurred_at as recorded_at
                from sessions
                order by number
            ) to '{folder}/touches.parquet';

            copy (
                select
                    '006' || lpad(cast(visitor as varchar), 12, '0') as opportunity_id,
                    visitor as deal_number,
                    'revenue' as credit_basis,
                    '{VERSION}' as definition_version,
                    cast(1000 as decimal(18, 2)) as amount_eur,
                    'won' as outcome,
                    true as is_won,
                    closed_at - interval 60 day as lead_created_at,
                    closed_at - interval 20 day as opportunity_created_at,
                    closed_at,
                    closed_at as cut_off_at,
                    closed_at - interval 90 day as counts_from,
                    closed_at + interval 7 day as recorded_until
                from buyers
                order by visitor
            ) to '{folder}/deals.parquet';

            copy (
                select
                    '006' || lpad(cast(visitor as varchar), 12, '0') as opportunity_id,
                    md5('visitor' || visitor) as person_id,
                    'primary' as role
                from buyers
                order by visitor
            ) to '{folder}/people.parquet';
        """)


def compile_models(folder: Path) -> None:
    """Write the SQL of the models, as dbt renders it, to files of their names."""
    subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "compile", "--quiet"),
            *("--select", *MODELS),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
        ],
        env={**os.environ, "ONE_FUNNEL_DATABASE": str(folder / "one_funnel.duckdb")},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    for model in MODELS:
        (compiled,) = (folder / "target" / "compiled").rglob(f"{model}.sql")
        compiled.rename(folder / f"{model}.sql")


class Warehouse:
    """The project's relations in memory, under the names that its SQL has for them."""

    def __init__(self, folder: str, rules: tuple[str, ...]) -> None:
        self.folder = Path(folder)
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as one_funnel")
        for schema in ("intermediate", "utilities", "mappings", "lead_definition"):
            self.connection.execute(f"create schema one_funnel.{schema}")
        touches, deals, people = (f"'{folder}/{name}.parquet'" for name in INPUTS)
        seeds = PROJECT / "seeds"
        self.connection.execute(f"""
            create view one_funnel.intermediate.int_touches as from {touches};
            create view one_funnel.intermediate.int_credit_deals as from {deals};
            create view one_funnel.intermediate.int_opportunity_outcomes as
            from {deals};
            create view one_funnel.intermediate.int_opportunity_people as from {people};
            create table one_funnel.mappings.channel_rules as
            from read_csv('{seeds}/mappings/channel_rules.csv', all_varchar=true);
            create table one_funnel.lead_definition.attribution_models as
            select * from read_csv(
                '{seeds}/lead_definition/attribution_models.csv',
                types={{'definition_version': 'varchar'}}
            )
            where definition_version = '{VERSION}' and attribution_model in {rules};
            create table one_funnel.utilities.as_of as
            select timestamptz '2026-11-01 00:00:00+00' as as_of;
            create table one_funnel.utilities.report_settings as
            select 365 as lookback_days, 20 as path_state_minimum;
        """)

    def build(self, *models: str) -> None:
        """Make tables of models, in their order."""
        for model in models:
            sql = (self.folder / f"{model}.sql").read_text(encoding="utf-8")
            self.connection.execute(
                f"create table one_funnel.intermediate.{model} as {sql}"
            )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.connection.execute(query).fetchall()


def scan(folder: str) -> Work:
    """Read the columns that credit needs, and do the least with each."""
    warehouse = Warehouse(folder, RULES)

    def work() -> Any:
        return [
            warehouse.rows("""
                select sum(length(touch_id)), sum(length(person_id)),
                    sum(length(channel)), max(occurred_at), max(recorded_at),
                    bool_and(is_eligible_for_credit)
                from one_funnel.intermediate.int_touches
            """)[0][0],
            warehouse.rows("""
                select sum(length(opportunity_id)), max(lead_created_at),
                    max(opportunity_created_at), max(closed_at), max(cut_off_at),
                    max(counts_from), max(recorded_until)
                from one_funnel.intermediate.int_credit_deals
            """)[0][0],
            warehouse.rows("""
                select sum(length(opportunity_id)), sum(length(person_id))
                from one_funnel.intermediate.int_opportunity_people
            """)[0][0],
        ]

    return work


def rules(folder: str) -> Work:
    """Divide every deal over its touches by six rules of position and age."""
    warehouse = Warehouse(folder, RULES)
    warehouse.connection.execute(
        "create table one_funnel.intermediate.int_channel_effects"
        " (attribution_model varchar, channel varchar, channel_weight double)"
    )

    def work() -> Any:
        warehouse.build("int_channel_bits", "int_credit_touches", "int_credit_places")
        warehouse.build("int_credit_channels", "int_credit_shares")
        return warehouse.rows(
            "select count(*), round(sum(share), 3)"
            " from one_funnel.intermediate.int_credit_shares"
        )

    return work


def steps(folder: str) -> Work:
    """Count the steps of all paths, and make their moves and sets."""
    warehouse = Warehouse(folder, CHAIN)
    warehouse.build("int_channel_bits", "int_credit_touches")

    def work() -> Any:
        warehouse.build("int_channel_steps", "int_channel_moves", "int_channel_sets")
        return warehouse.rows(
            "select count(*), sum(conversion_count), sum(null_count)"
            " from one_funnel.intermediate.int_channel_sets"
        )

    return work


def effects(folder: str) -> Work:
    """Markov and both forms of Shapley, from the moves and sets of all paths."""
    warehouse = Warehouse(folder, CHAIN)
    warehouse.build(
        *("int_channel_bits", "int_credit_touches", "int_channel_steps"),
        *("int_channel_moves", "int_channel_sets"),
    )

    def work() -> Any:
        warehouse.build("int_channel_effects")
        return warehouse.rows(
            "select count(*) from one_funnel.intermediate.int_channel_effects"
        )

    return work


def ours(folder: str) -> Work:
    """First, last and linear credit and the removal effects, by the project's SQL.

    Places have their shares in `int_credit_places`, so credit per channel needs no row
    for the share of each touch.
    """
    warehouse = Warehouse(folder, (*SIMPLE_RULES, "markov"))

    def work() -> Answer:
        warehouse.build("int_channel_bits", "int_credit_touches", "int_credit_places")
        warehouse.build("int_channel_steps", "int_channel_moves", "int_channel_sets")
        warehouse.build("int_channel_effects")
        answer: Answer = {rule: {} for rule in SIMPLE_RULES}
        for rule, channel, credit in warehouse.rows("""
            select places.attribution_model, channel_bits.channel,
                sum(places.lasting_share)
            from one_funnel.intermediate.int_credit_touches as touches
            inner join one_funnel.intermediate.int_credit_places as places using (
                definition_version, is_closed_deal, touch_count, lead_creation_number,
                opportunity_creation_number, last_non_direct_number, touch_number
            )
            inner join one_funnel.intermediate.int_channel_bits as channel_bits
                using (channel_bit)
            group by places.attribution_model, channel_bits.channel
        """):
            answer[rule][channel] = credit
        answer["markov"] = dict(
            warehouse.rows(
                "select channel, channel_weight"
                " from one_funnel.intermediate.int_channel_effects"
            )
        )
        return answer

    return work


def journeys_in_polars(folder: str) -> Any:
    """A row per journey: its channels in order, and whether it converted."""
    import polars

    touches, deals, people = (
        polars.scan_parquet(f"{folder}/{name}.parquet") for name in INPUTS
    )
    buyers = people.join(deals, on="opportunity_id")
    order = ["journey", "occurred_at", "touch_id"]
    converted = (
        touches.join(buyers, on="person_id")
        .filter(
            polars.col("occurred_at").is_between("counts_from", "cut_off_at"),
            polars.col("recorded_at") <= polars.col("recorded_until"),
        )
        .select(polars.col("opportunity_id").alias("journey"), *order[1:], "channel")
    )
    lost = touches.join(people, on="person_id", how="anti").select(
        polars.col("person_id").alias("journey"), *order[1:], "channel"
    )
    return polars.concat(
        [
            part.sort(order)
            .group_by("journey", maintain_order=True)
            .agg("channel")
            .with_columns(polars.lit(has_conversion).alias("has_conversion"))
            for part, has_conversion in ((converted, True), (lost, False))
        ]
    ).collect()


def polars_alone(folder: str) -> Work:
    """The same figures in polars, with numpy for the chain."""
    import numpy as np
    import polars

    def work() -> Answer:
        journeys = journeys_in_polars(folder)
        bought = journeys.filter("has_conversion")
        places = {
            "first": polars.col("channel").list.first(),
            "last": polars.col("channel").list.last(),
        }
        answer: Answer = {
            rule: dict(bought.select(place).to_series().value_counts().iter_rows())
            for rule, place in places.items()
        }
        linear = (
            bought.with_columns(share=1 / polars.col("channel").list.len())
            .explode("channel")
            .group_by("channel")
            .agg(polars.col("share").sum())
        )
        answer["linear"] = dict(linear.iter_rows())
        ends = polars.when("has_conversion").then(polars.lit("(won)"))
        moves = (
            journeys.select(
                polars.concat_list(polars.lit("(start)"), "channel").alias("left"),
                polars.concat_list(
                    "channel", ends.otherwise(polars.lit("(lost)"))
                ).alias("reached"),
            )
            .explode("left", "reached")
            .group_by("left", "reached")
            .len()
        )
        states = ["(start)", *sorted(answer["linear"]), "(won)", "(lost)"]
        counts = np.zeros((len(states), len(states)))
        for left, reached, count in moves.iter_rows():
            counts[states.index(left), states.index(reached)] = count
        chain = counts[:-2] / counts[:-2].sum(axis=1, keepdims=True)

        def rate(chain: Any) -> float:
            size = len(chain)
            return np.linalg.solve(np.eye(size) - chain[:, :size], chain[:, size])[0]

        answer["markov"] = {}
        for place, channel in enumerate(states[1:-2], start=1):
            without = chain.copy()
            without[place] = 0
            answer["markov"][channel] = 1 - rate(without) / rate(chain)
        return answer

    return work


def grouped_paths(folder: str) -> Any:
    """Distinct paths as text, with how often each converted and did not."""
    import polars

    return (
        journeys_in_polars(folder)
        .with_columns(path=polars.col("channel").list.join(" > "))
        .group_by("path")
        .agg(
            conversions=polars.col("has_conversion").sum(),
            losses=(~polars.col("has_conversion")).sum(),
        )
    )


def channel_attribution(folder: str) -> Work:
    """The same figures by ChannelAttribution, from paths that polars makes."""
    import ChannelAttribution

    def work() -> Answer:
        rows = grouped_paths(folder).to_pandas()
        simple = ChannelAttribution.heuristic_models(
            rows, "path", "conversions", flg_pro=False
        ).set_index("channel_name")
        chain = ChannelAttribution.markov_model(
            *(rows, "path", "conversions"),
            **{"var_null": "losses", "out_more": True},
            **{"verbose": False, "flg_pro": False},
        )
        removal = chain["removal_effects"].set_index("channel_name").iloc[:, 0]
        return {
            **{rule: simple[f"{rule}_touch"].to_dict() for rule in SIMPLE_RULES},
            "markov": removal.to_dict(),
        }

    return work


def marketing_attribution_models(folder: str) -> Work:
    """The same figures by marketing-attribution-models, from paths of polars."""
    import polars
    from mam import MAM

    def work() -> Answer:
        rows = grouped_paths(folder)
        kinds = [
            rows.select(
                "path",
                has_conversion=polars.lit(has_conversion),
                weight=polars.col(column).cast(polars.Int64),
            ).filter(polars.col("weight") > 0)
            for column, has_conversion in (("conversions", True), ("losses", False))
        ]
        models = MAM(
            polars.concat(kinds),
            format_type="grouped_journey",
            channels_colname="path",
            journey_with_conv_colname="has_conversion",
            occurrences_colname="weight",
        )
        simple = {
            "first": models.run_first_click(),
            "last": models.run_last_click(),
            "linear": models.run_linear(),
        }
        removal = models.run_markov().metadata["removal_effect"]["removal_effect"]
        return {
            **{
                rule: dict(zip(*result.to_dict().values(), strict=True))
                for rule, result in simple.items()
            },
            "markov": removal.to_dict(),
        }

    return work


PEERS = ("polars_alone", "channel_attribution", "marketing_attribution_models")


def difference(mine: dict[str, float], theirs: dict[str, float]) -> float:
    """The greatest difference of a channel, relative to the greatest of ours."""
    channels = {*mine, *theirs}
    return max(
        abs(mine.get(channel, 0) - theirs.get(channel, 0)) for channel in channels
    ) / max(mine.values())


def compare_with_peers(report: Report, folder: str) -> None:
    """Run ours and the peers; how much more each takes, and how far it is off."""
    mine = measure(job("ours"), folder=folder)
    report.add(Figure("ours: first, last, linear, Markov", mine.cpu_seconds, "CPU s"))
    for peer in PEERS:
        theirs = measure(job(peer), folder=folder)
        name = peer.replace("_", " ")
        report.add(Figure(f"{name}: the same", theirs.cpu_seconds, "CPU s"))
        ratio = theirs.cpu_seconds / mine.cpu_seconds
        report.add(Figure(f"{name} to ours", ratio, "times", at_least=2.5))
        for rule, credits in mine.answer.items():
            exact = (peer, rule) != ("channel_attribution", "markov")
            report.add(
                Figure(
                    f"{name}: greatest difference in {rule}",
                    difference(credits, theirs.answer[rule]),
                    "relative",
                    at_most=GREATEST_DIFFERENCE if exact else None,
                    note="" if exact else "its chain is simulated",
                )
            )


def job(name: str) -> str:
    """The name by which a fresh process finds a job of this module."""
    return f"benchmarks.attribution:{name}"


def add_own_costs(report: Report, folder: str) -> None:
    """The rules and the path pass, beside a scan of their inputs."""
    scanned = measure(job("scan"), folder=folder).cpu_seconds
    report.add(Figure("scan of the inputs", scanned, "CPU s"))
    divided = measure(job("rules"), folder=folder).cpu_seconds
    report.add(Figure("six rules, a row per share", divided, "CPU s"))
    report.add(Figure("six rules to scan", divided / scanned, "times", at_most=7))
    walked = measure(job("steps"), folder=folder).cpu_seconds
    report.add(Figure("steps, moves and sets", walked, "CPU s"))


def main() -> int:
    """Make the inputs, measure everything and write the figures under their day."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--date",
        type=datetime.date.fromisoformat,
        default=datetime.datetime.now(tz=datetime.UTC).date(),
        help="day of the results; today without it",
    )
    day = parser.parse_args().date
    report = Report("attribution", PACKAGES)
    with tempfile.TemporaryDirectory() as name:
        folders = {count: Path(name) / str(count) for count in MOST_CPU}
        compiled = Path(name) / "sql"
        compiled.mkdir()
        compile_models(compiled)
        for channel_count, folder in folders.items():
            folder.mkdir()
            make_inputs(folder, channel_count)
            for file in compiled.glob("*.sql"):
                shutil.copy(file, folder)
        first = str(folders[min(folders)])
        add_own_costs(report, first)
        for channel_count, folder in folders.items():
            report.add(
                Figure(
                    f"Markov and Shapley after the paths, {channel_count} channels",
                    measure(job("effects"), folder=str(folder)).cpu_seconds,
                    "CPU s",
                    at_most=MOST_CPU[channel_count],
                )
            )
        compare_with_peers(report, first)
    print(f"Written to {report.write(day).relative_to(PROJECT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

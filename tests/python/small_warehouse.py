"""A working database of a few rows, with what the audit and the publication read.

It stands for one that dbt built, so that tests of them need no build. Three people went
through the funnel: Ann became a customer, Bob was rejected, Cas is an inquiry.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

AS_OF = "2026-12-01 06:00:00+00"

TABLES = f"""
create schema utilities;
create schema mappings;
create schema lead_definition;
create schema marts;
create schema intermediate;

create table utilities.as_of as
select timestamptz '{AS_OF}' as as_of, date '2026-12-01' as as_of_date_local;

create table mappings.channel_rules as
select unnest(['direct', 'paid_search', 'email']) as channel;

create table lead_definition.definition_versions as
select * from (values
    ('1.0.0', 'retired', '2025-05-12 00:00:00',
        'Mila', '2025-05-01', 'Sam', '2025-05-02'),
    ('1.1.0', 'active', '2026-11-02 00:00:00',
        'Mila', '2026-10-20', 'Sam', '2026-10-21'),
    ('1.2.0', 'shadow', null, null, null, null, null)
) as versions (
    definition_version, status, effective_from, signed_by_marketing,
    signed_by_marketing_at, signed_by_sales, signed_by_sales_at
);

create table lead_definition.definition_settings as
select versions.*, settings.*
from (values ('1.0.0', '65'), ('1.1.0', '60')) as versions (definition_version, line)
cross join (values
    ('report_time_zone', 'Europe/Amsterdam'),
    ('fit_gate', '20'),
    ('behaviour_gate', '20'),
    ('total_line', '')
) as settings (setting, value);
update lead_definition.definition_settings
set value = line
where setting = 'total_line';
alter table lead_definition.definition_settings drop column line;

create table lead_definition.funnel_stages as
select versions.*, stages.*
from (values ('1.0.0'), ('1.1.0')) as versions (definition_version)
cross join (values
    ('known', 1, false, 'Known', 'marketing'),
    ('inquiry', 2, true, 'Inquiry', 'marketing'),
    ('mql', 3, true, 'MQL', 'marketing'),
    ('customer', 7, true, 'Customer', 'sales'),
    ('nurture', 1, false, 'Nurture', 'marketing'),
    ('erased', 0, false, 'Erased', '')
) as stages (stage, stage_rank, is_funnel, label_en, owner_team);

create table lead_definition.stage_transitions as
select unnest(['', 'won', 'lost', 'recycled']) as closes_pass_as;
create table lead_definition.lifecycle_events as
select unnest(['identified', 'response', 'mql_rule', 'rejected', 'won']) as event;
create table lead_definition.rejection_reasons as
select unnest(['R01', 'R04']) as reason_code;
create table lead_definition.attribution_models as
select unnest(['first_touch', 'last_touch']) as attribution_model;

create table marts.fct_funnel as
select * from (values
    ('ann-1', 'ann', 'customer', 'sales', 'marketing', 'won', null, 'paid_search',
        timestamptz '2026-11-02 09:00:00+00', timestamptz '2026-11-20 09:00:00+00',
        '1.1.0', 'score', 40.0, 25.0, 65.0, true, true, true),
    ('bob-1', 'bob', 'nurture', 'marketing', 'marketing', 'recycled', 'R04', 'email',
        timestamptz '2026-11-03 09:00:00+00', timestamptz '2026-11-10 09:00:00+00',
        '1.1.0', 'hand_raise', 5.0, 0.0, 5.0, true, true, false),
    ('cas-1', 'cas', 'inquiry', 'marketing', 'marketing', null, null, null,
        timestamptz '2026-11-04 09:00:00+00', null,
        null, null, null, null, null, true, false, false)
) as passes (
    pass_id, person_id, current_stage, owner_team, sourced_by, outcome, outcome_reason,
    first_touch_channel, opened_at, closed_at, definition_version, mql_trigger,
    fit_points, behaviour_points, total_points,
    reached_inquiry, reached_mql, reached_customer
);

create table marts.fct_stage_events as
select * from (values
    ('e1', 'ann-1', 'ann', 'inquiry', null, 'response',
        timestamptz '2026-11-02 09:00:00+00'),
    ('e2', 'ann-1', 'ann', 'mql', 'inquiry', 'mql_rule',
        timestamptz '2026-11-04 21:00:00+00'),
    ('e3', 'ann-1', 'ann', 'customer', 'mql', 'won',
        timestamptz '2026-11-20 09:00:00+00'),
    ('e4', 'bob-1', 'bob', 'inquiry', null, 'response',
        timestamptz '2026-11-03 09:00:00+00'),
    ('e5', 'bob-1', 'bob', 'mql', 'inquiry', 'mql_rule',
        timestamptz '2026-11-04 09:00:00+00'),
    ('e6', 'cas-1', 'cas', 'inquiry', null, 'response',
        timestamptz '2026-11-04 09:00:00+00')
) as events (
    stage_event_id, pass_id, person_id, stage, previous_stage, event, occurred_at
);

create table marts.fct_stage_periods as
select
    'ann-1' as pass_id,
    'ann' as person_id,
    'inquiry' as stage,
    timestamptz '2026-11-02 09:00:00+00' as valid_from,
    timestamptz '2026-11-04 21:00:00+00' as valid_to,
    2.5 as duration_days;

create table marts.fct_ownership_periods as
select * from (values
    ('ann', 'marketing', timestamptz '2026-11-02 09:00:00+00',
        timestamptz '2026-11-20 09:00:00+00'),
    ('ann', 'sales', timestamptz '2026-11-20 09:00:00+00', null),
    ('bob', 'marketing', timestamptz '2026-11-03 09:00:00+00', null),
    ('cas', 'marketing', timestamptz '2026-11-04 09:00:00+00', null)
) as periods (person_id, owner_team, valid_from, valid_to);

create table marts.fct_handovers as
select * from (values
    ('h1', 'ann', timestamptz '2026-11-05 09:00:00+00',
        timestamptz '2026-11-05 10:00:00+00', 'accepted', null, 0.0, 30.0, 60.0, 30.0),
    ('h2', 'bob', timestamptz '2026-11-04 09:00:00+00',
        timestamptz '2026-11-05 09:00:00+00', 'rejected', 'R04', 0.0, 60.0, 510.0, 61.0)
) as handovers (
    handover_id, person_id, assigned_at, decided_at, decision, reason_code,
    limbo_business_minutes, first_touch_business_minutes, decision_business_minutes,
    first_touch_clock_minutes
);

create table marts.fct_commitments as
select
    'c1' as commitment_id,
    'cas' as person_id,
    'open' as outcome,
    timestamptz '2026-11-04 09:00:00+00' as requested_at,
    timestamptz '2027-03-04 08:00:00+00' as due_at,
    cast(null as timestamptz) as resolved_at;

create table marts.fct_score_points as
select
    'ann-1' as pass_id,
    timestamptz '2026-11-04 21:00:00+00' as evaluated_at,
    'fit_size' as rule_id;
create table marts.fct_scores as
select 'ann-1' as pass_id, timestamptz '2026-11-04 21:00:00+00' as evaluated_at;
create table marts.fct_touches as
select
    't1' as touch_id,
    'ann' as person_id,
    timestamptz '2026-11-02 09:00:00+00' as occurred_at,
    'paid_search' as channel,
    'marketing' as touch_team,
    cast(null as varchar) as assist_team;
create table marts.fct_spend_daily as
select
    's1' as spend_id,
    'google_ads' as platform,
    'c1' as campaign_id,
    date '2026-11-02' as spend_date,
    cast(12.50 as decimal(18, 2)) as cost,
    cast(12.50 as decimal(18, 2)) as cost_eur;
create table marts.fct_spend_versions as
select
    'sv1' as spend_version_id,
    cast(12.50 as decimal(18, 2)) as cost_eur,
    timestamptz '2026-11-09 05:00:00+00' as stated_at,
    cast(null as timestamptz) as superseded_at;
create table marts.rpt_attribution_models as
select
    'first' as attribution_model,
    'paid_search' as channel,
    1 as opportunity_count,
    1.0 as credit_share,
    0.9 as lowest_share,
    1.0 as highest_share,
    0.1 as disagreement;
create table marts.rpt_closed_loop as
select
    'l1' as closed_loop_id,
    'R04' as top_rejection_reason,
    2 as people_count,
    1 as handover_count,
    1 as opportunity_count,
    0 as won_count;
create table marts.rpt_leaks as
select
    'promise_broken' as leak,
    date '2026-11-01' as leak_month,
    'sales' as owner_team,
    'p1' as example_id,
    1 as rows;
create table marts.rpt_spend_restatements as
select
    'google_ads' as platform,
    date '2026-11-09' as week_start,
    0 as restated_day_count,
    0 as late_day_count;
create table marts.fct_bookings as select 'b1' as booking_id;
create table marts.fct_touch_credits as
select
    'tc1' as touch_credit_id,
    'first_touch' as attribution_model,
    'o1' as opportunity_id,
    'ann' as person_id,
    'paid_search' as channel,
    'marketing' as touch_team,
    cast(1 as decimal(18, 6)) as credit_share;
create table marts.fct_pipeline_credits as
select
    'pc1' as pipeline_credit_id,
    'first_touch' as attribution_model,
    'o1' as opportunity_id,
    'ann' as person_id,
    'paid_search' as channel,
    'marketing' as touch_team,
    cast(1 as decimal(18, 6)) as credit_share;
create table marts.fct_booking_credits as
select
    'bc1' as booking_credit_id,
    'first_touch' as attribution_model,
    'b1' as booking_id,
    'ann' as person_id,
    'paid_search' as channel,
    'marketing' as touch_team;
create table marts.fct_opportunities as select 'o1' as opportunity_id;
create table marts.fct_funnel_daily as
select
    'd1' as funnel_day_id,
    date '2026-11-04' as date_day,
    'mql' as stage,
    'sales' as owner_team,
    1 as stock,
    1 as entered,
    0 as "left";
create table marts.rpt_cohort_conversion as
select
    'v1' as cohort_conversion_id,
    'inquiry' as from_stage,
    'mql' as to_stage,
    3 as cohort_size,
    2 as ended_count,
    2 as reached_count,
    cast(0.2 as decimal(18, 6)) as lower_95,
    cast(0.7 as decimal(18, 6)) as conversion_rate,
    cast(0.9 as decimal(18, 6)) as upper_95;
create table marts.rpt_conversion_rates as
select
    'r1' as conversion_rate_id,
    'inquiry' as from_stage,
    'mql' as to_stage,
    3 as cohort_size,
    2 as reached_count,
    2 as reached_within_horizon_count;
create table marts.rpt_lead_values as
select
    'l1' as lead_value_id,
    'grade' as slice,
    'A' as slice_value,
    3 as mql_count,
    1 as won_count,
    cast(0.06 as decimal(18, 6)) as lower_95,
    cast(0.33 as decimal(18, 6)) as win_rate,
    cast(0.8 as decimal(18, 6)) as upper_95;
create table marts.rpt_period_ratios as select 'p1' as period_ratio_id;
create table marts.rpt_stage_durations as select 'u1' as stage_duration_id;
create table marts.rpt_stage_stock as select 'k1' as stage_stock_id;
create table marts.rpt_pipeline as select 'o1' as opportunity_id;
create table marts.fct_buying_groups as
select
    'o1' as opportunity_id,
    1 as person_count,
    0 as supporting_person_count,
    1 as mql_person_count;
create table marts.rpt_sourcing as
select date '2026-11-01' as signed_month, 'marketing' as team;
create table marts.rpt_velocity as select date '2026-11-01' as month_start;
create table marts.rpt_quarter_outlook as
select date '2026-10-01' as quarter_start;
create table marts.rpt_acquisition_cost as
select date '2026-10-01' as quarter_start, 1 as new_customer_count;
create table marts.rpt_recycle_recovery as
select
    date '2026-11-01' as cohort_month,
    2 as recycled_count,
    1 as recovered_count,
    1 as recovered_within_horizon_count;
create table marts.rpt_account_funnel as
select
    date '2026-11-01' as cohort_month,
    1 as account_count,
    1 as inquiry_account_count,
    1 as person_count;
create table marts.quarantined_rows as select 'q1' as quarantined_row_id;
create table marts.suppressed_addresses as select 'a1' as address_hash;
create table marts.unmapped_values as
select 'crm_task_types' as mapping, 'fax' as value;
create table marts.dim_lead_definition as
select unnest(['1.0.0', '1.1.0']) as definition_version;
create table marts.dim_people as
select
    unnest(['ann', 'bob', 'cas']) as person_id,
    unnest(['ann@firm.nl', 'bob@shop.nl', 'cas@lab.nl']) as email;
create table marts.dim_accounts as select 'a1' as account_id;
create table marts.dim_campaigns as select 'c1' as campaign_id;
create table marts.dim_campaign_versions as
select 'c1' as campaign_id, 1 as version_number;
create table marts.dim_users as select 'u1' as user_id;
create table marts.dim_dates as select date '2026-11-30' as date_day;

create table intermediate.int_people as select 'ann' as person_id;
"""


def write_small_warehouse(folder: Path, *changes: str) -> Path:
    """Write the database into a folder, change it by SQL statements, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "one_funnel.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(TABLES)
        for change in changes:
            connection.execute(change)
    return path

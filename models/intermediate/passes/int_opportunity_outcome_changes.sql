with

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

opportunity_changes as (

    select * from {{ ref('stg_salesforce__opportunity_changes') }}

),

opportunity_stages as (

    select * from {{ ref('crm_opportunity_stages') }}

),

-- The dump can know a stage that its history does not show yet.
stage_entries as (

    select
        opportunity_id,
        change_id,
        stage_name,
        occurred_at,
        1 as entry_order

    from opportunity_changes

    union all

    select
        opportunity_id,
        opportunity_id || ':dump' as change_id,
        stage_name,
        modified_at as occurred_at,
        2 as entry_order

    from opportunities

),

outcome_entries as (

    select
        stage_entries.opportunity_id,
        stage_entries.change_id,
        stage_entries.occurred_at,
        opportunity_stages.outcome,
        row_number() over (
            partition by stage_entries.opportunity_id
            order by
                stage_entries.occurred_at nulls last,
                stage_entries.entry_order,
                stage_entries.change_id
        ) as entry_number

    from stage_entries

    inner join opportunity_stages
        on lower(trim(stage_entries.stage_name))
        = lower(trim(opportunity_stages.stage_name))

),

with_previous as (

    select
        opportunity_id,
        change_id,
        occurred_at,
        outcome,
        entry_number,
        lag(outcome) over (
            partition by opportunity_id
            order by entry_number
        ) as previous_outcome

    from outcome_entries

),

final as (

    select
        opportunity_id,
        change_id,
        occurred_at,
        outcome,
        previous_outcome,
        lead(outcome) over (
            partition by opportunity_id
            order by entry_number
        ) as next_outcome,
        lead(occurred_at) over (
            partition by opportunity_id
            order by entry_number
        ) as next_occurred_at

    from with_previous

    where outcome is distinct from previous_outcome

)

select * from final

with

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

opportunity_changes as (

    select * from {{ ref('stg_salesforce__opportunity_changes') }}

),

opportunities_with_history as (

    select distinct opportunity_id from opportunity_changes

),

-- The dump can know a stage that its history does not show yet; where there is no
-- history at all, the stage has been the same since the creation.
stage_entries as (

    select
        opportunity_id,
        lower(trim(stage_name)) as crm_stage,
        occurred_at,
        1 as entry_order,
        change_id as entry_id

    from opportunity_changes

    union all

    select
        opportunities.opportunity_id,
        lower(trim(opportunities.stage_name)) as crm_stage,
        case
            when opportunities_with_history.opportunity_id is null
                then opportunities.created_at
            else coalesce(opportunities.modified_at, opportunities._exported_at)
        end as occurred_at,
        2 as entry_order,
        opportunities.opportunity_id as entry_id

    from opportunities

    left join opportunities_with_history
        on opportunities.opportunity_id = opportunities_with_history.opportunity_id

),

with_previous as (

    select
        *,
        lag(crm_stage) over (
            partition by opportunity_id
            order by occurred_at nulls last, entry_order, entry_id
        ) as previous_crm_stage

    from stage_entries

    where crm_stage is not null

),

-- A change of amount or date repeats the stage and is no entry.
with_next as (

    select
        opportunity_id,
        crm_stage,
        occurred_at as valid_from,
        lead(occurred_at) over (
            partition by opportunity_id
            order by occurred_at nulls last, entry_order, entry_id
        ) as valid_to

    from with_previous

    where crm_stage is distinct from previous_crm_stage

),

final as (

    select
        opportunity_id,
        crm_stage,
        valid_from,
        valid_to,
        cast(
            {{ seconds_between('valid_from', 'valid_to') }} / 86400.0 as decimal(18, 6)
        ) as duration_days

    from with_next

    where valid_to is null or valid_to > valid_from

)

select * from final

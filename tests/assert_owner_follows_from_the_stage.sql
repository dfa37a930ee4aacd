-- The accountable team is the one that the agreement names for the stage and for
-- whether a handover is open. A row is an instant at which another team was.
with

stage_periods as (

    select * from {{ ref('fct_stage_periods') }}

),

ownership_periods as (

    select * from {{ ref('fct_ownership_periods') }}

),

handovers as (

    select * from {{ ref('fct_handovers') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

version_settings as (

    select * from {{ ref('version_settings') }}

),

open_handovers as (

    select
        handover_id,
        person_id,
        assigned_at,
        ended_at

    from handovers

    where handover_number is not null

),

-- The team can only be wrong from an instant on at which something changed.
instants as (

    select
        person_id,
        valid_from as instant

    from stage_periods

    union

    select
        person_id,
        valid_from as instant

    from ownership_periods

    union

    select
        person_id,
        assigned_at as instant

    from open_handovers

    union

    select
        person_id,
        ended_at as instant

    from open_handovers

    where ended_at is not null

),

assigned_instants as (

    select distinct
        instants.person_id,
        instants.instant

    from instants

    inner join open_handovers
        on instants.person_id = open_handovers.person_id
        and instants.instant >= open_handovers.assigned_at

    where
        open_handovers.ended_at is null
        or instants.instant < open_handovers.ended_at

),

teams as (

    select
        instants.person_id,
        instants.instant,
        stage_periods.stage,
        assigned_instants.person_id is not null as is_assigned,
        case
            when assigned_instants.person_id is not null
                then funnel_stages.owner_team_when_assigned
            else funnel_stages.owner_team
        end as agreed_team,
        ownership_periods.owner_team

    from instants

    inner join stage_periods
        on instants.person_id = stage_periods.person_id
        and {{ is_in_period('instants.instant', 'stage_periods') }}

    inner join version_settings
        on instants.instant >= version_settings.applies_from
        and instants.instant < version_settings.applies_to

    inner join funnel_stages
        on version_settings.definition_version = funnel_stages.definition_version
        and stage_periods.stage = funnel_stages.stage

    left join assigned_instants
        on instants.person_id = assigned_instants.person_id
        and instants.instant = assigned_instants.instant

    left join ownership_periods
        on instants.person_id = ownership_periods.person_id
        and {{ is_in_period('instants.instant', 'ownership_periods') }}

)

select * from teams

where agreed_team is distinct from owner_team

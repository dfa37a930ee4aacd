{{ config(fail_calc=fail_with_findings()) }}

-- Who is accountable is a function of the stage and of whether a handover is open: for
-- each of the two there is one team, in every stage that leads on. A row here is a
-- stage with no owner or with two. The table is finite, so this holds for all people.
with

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

stages_that_lead_on as (

    select distinct
        definition_version,
        from_stage as stage

    from {{ ref('stage_transitions') }}

    where from_stage is not null

),

claims as (

    select
        definition_version,
        stage,
        'owner_team' as column_name,
        owner_team as team

    from funnel_stages

    union all

    select
        definition_version,
        stage,
        'owner_team_when_assigned' as column_name,
        owner_team_when_assigned as team

    from funnel_stages

),

owners as (

    select
        definition_version,
        stage,
        column_name,
        count(distinct team) as team_count

    from claims

    group by definition_version, stage, column_name

),

findings as (

    select
        owners.definition_version,
        'funnel_stages' as table_name,
        owners.stage as rule,
        case
            when owners.team_count = 0 then owners.column_name || ' names no team'
            else owners.column_name || ' names more than one team'
        end as what_is_wrong

    from owners

    left join stages_that_lead_on
        on owners.definition_version = stages_that_lead_on.definition_version
        and owners.stage = stages_that_lead_on.stage

    where
        owners.team_count > 1
        or (owners.team_count = 0 and stages_that_lead_on.stage is not null)

)

select * from findings

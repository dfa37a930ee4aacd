{{ config(fail_calc=fail_with_findings()) }}

-- Whoever is turned down goes somewhere, and whoever comes back to marketing enters one
-- programme. A row here is a reason without a destination or a programme, a programme
-- for nothing, or a disqualifier whose reason is none.
with

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

stage_transitions as (

    select * from {{ ref('stage_transitions') }}

),

lifecycle_events as (

    select * from {{ ref('lifecycle_events') }}

),

behaviour_rules as (

    select * from {{ ref('behaviour_rules') }}

),

nurture_programmes as (

    select * from {{ ref('nurture_programmes') }}

),

disqualifiers as (

    select * from {{ ref('disqualifiers') }}

),

reasons_without_destination as (

    select
        rejection_reasons.definition_version,
        'rejection_reasons' as table_name,
        rejection_reasons.reason_code as rule,
        'leads to ' || coalesce(rejection_reasons.next_stage, 'nowhere')
        || ', which is neither a stage nor merged, existing_owner or re_route'
            as what_is_wrong

    from rejection_reasons

    left join funnel_stages
        on rejection_reasons.definition_version = funnel_stages.definition_version
        and rejection_reasons.next_stage = funnel_stages.stage

    where
        funnel_stages.stage is null
        and coalesce(rejection_reasons.next_stage, '')
        not in ('merged', 'existing_owner', 're_route')

),

-- An open stage that a pass closes into is where people wait for their next pass.
waiting_stages as (

    select distinct
        stage_transitions.definition_version,
        stage_transitions.to_stage as stage

    from stage_transitions

    inner join funnel_stages
        on stage_transitions.definition_version = funnel_stages.definition_version
        and stage_transitions.to_stage = funnel_stages.stage

    where
        stage_transitions.closes_pass_as is not null
        and funnel_stages.kind = 'open'

),

reasons_to_wait as (

    select
        rejection_reasons.definition_version,
        rejection_reasons.reason_code

    from rejection_reasons

    inner join waiting_stages
        on rejection_reasons.definition_version = waiting_stages.definition_version
        and rejection_reasons.next_stage = waiting_stages.stage

),

programme_entries as (

    select
        definition_version,
        programme,
        {{ explode("split(for_reasons, ';')") }} as entry

    from nurture_programmes

),

programme_exits as (

    select
        definition_version,
        programme,
        {{ explode("split(exit_events, ';')") }} as exit_event

    from nurture_programmes

),

reasons_without_programme as (

    select
        reasons_to_wait.definition_version,
        'rejection_reasons' as table_name,
        reasons_to_wait.reason_code as rule,
        'leads back to marketing, and no programme of nurture_programmes takes it'
            as what_is_wrong

    from reasons_to_wait

    left join programme_entries
        on reasons_to_wait.definition_version = programme_entries.definition_version
        and reasons_to_wait.reason_code = programme_entries.entry

    where programme_entries.entry is null

),

reasons_with_two_programmes as (

    select
        definition_version,
        'nurture_programmes' as table_name,
        entry as rule,
        'leads to ' || min(programme) || ' and to ' || max(programme) as what_is_wrong

    from programme_entries

    group by definition_version, entry

    having count(*) > 1

),

events_that_return as (

    select distinct
        stage_transitions.definition_version,
        stage_transitions.event

    from stage_transitions

    inner join waiting_stages
        on stage_transitions.definition_version = waiting_stages.definition_version
        and stage_transitions.to_stage = waiting_stages.stage

    where stage_transitions.closes_pass_as is not null

),

programmes_for_nothing as (

    select
        programme_entries.definition_version,
        'nurture_programmes' as table_name,
        programme_entries.programme as rule,
        'waits for ' || programme_entries.entry
        || ', which is no reason or event that leads back to marketing' as what_is_wrong

    from programme_entries

    left join reasons_to_wait
        on programme_entries.definition_version = reasons_to_wait.definition_version
        and programme_entries.entry = reasons_to_wait.reason_code

    left join events_that_return
        on programme_entries.definition_version = events_that_return.definition_version
        and programme_entries.entry = events_that_return.event

    where
        reasons_to_wait.reason_code is null
        and events_that_return.event is null

),

exits_that_never_come as (

    select distinct
        programme_exits.definition_version,
        'nurture_programmes' as table_name,
        programme_exits.programme as rule,
        'ends with ' || programme_exits.exit_event
        || ', which is no event of the lifecycle or of a behaviour rule'
            as what_is_wrong

    from programme_exits

    left join lifecycle_events
        on programme_exits.definition_version = lifecycle_events.definition_version
        and programme_exits.exit_event = lifecycle_events.event

    left join behaviour_rules
        on programme_exits.definition_version = behaviour_rules.definition_version
        and programme_exits.exit_event = behaviour_rules.event_type

    where
        lifecycle_events.event is null
        and behaviour_rules.event_type is null

),

disqualifiers_without_reason as (

    select
        disqualifiers.definition_version,
        'disqualifiers' as table_name,
        disqualifiers.rule_id as rule,
        'counts as ' || coalesce(disqualifiers.reason_code, 'nothing')
        || ', which rejection_reasons does not have' as what_is_wrong

    from disqualifiers

    left join rejection_reasons
        on disqualifiers.definition_version = rejection_reasons.definition_version
        and disqualifiers.reason_code = rejection_reasons.reason_code

    where rejection_reasons.reason_code is null

),

findings as (

    select * from reasons_without_destination

    union all

    select * from reasons_without_programme

    union all

    select * from reasons_with_two_programmes

    union all

    select * from programmes_for_nothing

    union all

    select * from exits_that_never_come

    union all

    select * from disqualifiers_without_reason

)

select * from findings

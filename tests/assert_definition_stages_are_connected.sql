{{ config(fail_calc=fail_with_findings()) }}

-- Moves lead from stage to stage, from nobody to a state of rest. A row here is a move
-- to or by something that does not exist, one that is ambiguous or goes back inside a
-- pass, or a stage that nothing leads to or out of.
with

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

lifecycle_events as (

    select * from {{ ref('lifecycle_events') }}

),

moves as (

    select
        definition_version,
        coalesce(from_stage, '') as from_stage,
        event,
        to_stage,
        opens_pass,
        closes_pass_as,
        coalesce(from_stage, 'nobody') || ', ' || event as move_name

    from {{ ref('stage_transitions') }}

),

unknown_stages as (

    select
        moves.definition_version,
        'stage_transitions' as table_name,
        moves.move_name as rule,
        'leads from or to a stage that funnel_stages does not have' as what_is_wrong

    from moves

    left join funnel_stages as stages_left
        on moves.definition_version = stages_left.definition_version
        and moves.from_stage = stages_left.stage

    left join funnel_stages as stages_entered
        on moves.definition_version = stages_entered.definition_version
        and moves.to_stage = stages_entered.stage

    where
        (moves.from_stage <> '' and stages_left.stage is null)
        or stages_entered.stage is null

),

unknown_events as (

    select
        moves.definition_version,
        'stage_transitions' as table_name,
        moves.move_name as rule,
        'is made by an event that lifecycle_events does not have' as what_is_wrong

    from moves

    left join lifecycle_events
        on moves.definition_version = lifecycle_events.definition_version
        and moves.event = lifecycle_events.event

    where lifecycle_events.event is null

),

ambiguous_moves as (

    select
        definition_version,
        'stage_transitions' as table_name,
        move_name as rule,
        'leads to ' || min(to_stage) || ' and to ' || max(to_stage) as what_is_wrong

    from moves

    group by definition_version, move_name

    having count(distinct to_stage) > 1

),

moves_back as (

    select
        moves.definition_version,
        'stage_transitions' as table_name,
        moves.move_name as rule,
        'goes back to ' || moves.to_stage || ' without closing or opening a pass'
            as what_is_wrong

    from moves

    inner join funnel_stages as stages_left
        on moves.definition_version = stages_left.definition_version
        and moves.from_stage = stages_left.stage

    inner join funnel_stages as stages_entered
        on moves.definition_version = stages_entered.definition_version
        and moves.to_stage = stages_entered.stage

    where
        stages_entered.stage_rank < stages_left.stage_rank
        and not moves.opens_pass
        and moves.closes_pass_as is null

),

events_without_move as (

    select
        lifecycle_events.definition_version,
        'lifecycle_events' as table_name,
        lifecycle_events.event as rule,
        'moves nobody: no row of stage_transitions has it' as what_is_wrong

    from lifecycle_events

    left join moves
        on lifecycle_events.definition_version = moves.definition_version
        and lifecycle_events.event = moves.event

    where moves.event is null

),

paths_1 as (

    select distinct
        definition_version,
        from_stage,
        to_stage

    from moves

),

-- Paths of twice the length are two paths of the length before. Five times is enough
-- for 32 moves in a row, more than any funnel has stages.
{% for moves in [2, 4, 8, 16, 32] %}
    paths_{{ moves }} as (

        select
            definition_version,
            from_stage,
            to_stage

        from paths_{{ moves // 2 }}

        union

        select
            starts.definition_version,
            starts.from_stage,
            ends.to_stage

        from paths_{{ moves // 2 }} as starts

        inner join paths_{{ moves // 2 }} as ends
            on starts.definition_version = ends.definition_version
            and starts.to_stage = ends.from_stage

    ),
{% endfor %}
unreachable_stages as (

    select
        funnel_stages.definition_version,
        'funnel_stages' as table_name,
        funnel_stages.stage as rule,
        'cannot be reached: no moves lead here from the start' as what_is_wrong

    from funnel_stages

    left join paths_32
        on funnel_stages.definition_version = paths_32.definition_version
        and funnel_stages.stage = paths_32.to_stage
        and paths_32.from_stage = ''

    where paths_32.to_stage is null

),

paths_to_rest as (

    select distinct
        paths_32.definition_version,
        paths_32.from_stage

    from paths_32

    inner join funnel_stages
        on paths_32.definition_version = funnel_stages.definition_version
        and paths_32.to_stage = funnel_stages.stage

    where funnel_stages.kind = 'rest'

),

dead_ends as (

    select
        funnel_stages.definition_version,
        'funnel_stages' as table_name,
        funnel_stages.stage as rule,
        'is a dead end: no moves lead from here to a state of rest' as what_is_wrong

    from funnel_stages

    left join paths_to_rest
        on funnel_stages.definition_version = paths_to_rest.definition_version
        and funnel_stages.stage = paths_to_rest.from_stage

    where
        funnel_stages.kind = 'open'
        and paths_to_rest.from_stage is null

),

findings as (

    select * from unknown_stages

    union all

    select * from unknown_events

    union all

    select * from ambiguous_moves

    union all

    select * from moves_back

    union all

    select * from events_without_move

    union all

    select * from unreachable_stages

    union all

    select * from dead_ends

)

select * from findings

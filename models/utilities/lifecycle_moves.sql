with

stage_transitions as (

    select * from {{ ref('stage_transitions') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

-- A pass that closes into an open stage hands that stage to the pass after it.
final as (

    select
        stage_transitions.definition_version,
        coalesce(stage_transitions.from_stage, '') as from_stage,
        stage_transitions.event,
        stage_transitions.to_stage,
        stage_transitions.is_skip,
        stage_transitions.opens_pass,
        coalesce(stage_transitions.closes_pass_as, '') as closes_pass_as,
        coalesce(stage_transitions.closes_pass_as, '') <> ''
        and funnel_stages.kind = 'open' as opens_next_pass

    from stage_transitions

    inner join funnel_stages
        on stage_transitions.definition_version = funnel_stages.definition_version
        and stage_transitions.to_stage = funnel_stages.stage

)

select * from final

with

passes as (

    select * from {{ ref('int_passes') }}

),

counted_events as (

    select * from {{ ref('int_behaviour_events_counted') }}

),

recorded_events as (

    select * from {{ ref('int_recorded_events') }}

),

hand_raises as (

    select * from {{ ref('int_hand_raises') }}

),

person_attributes as (

    select * from {{ ref('int_person_attributes') }}

),

cooldowns as (

    select * from {{ ref('int_cooldowns') }}

),

consent_periods as (

    select * from {{ ref('int_consent_periods') }}

),

versions_in_force as (

    select * from {{ ref('versions_in_force') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

-- Instants that belong to a person; the pass is the one in which they lie. What counts
-- from the start of time is no change.
instants_of_people as (

    select
        person_id,
        occurred_at as evaluated_at,
        'behaviour_event' as kind

    from counted_events

    union all

    select
        person_id,
        occurred_at as evaluated_at,
        'response' as kind

    from recorded_events

    where event = 'response'

    union all

    select
        person_id,
        valid_from as evaluated_at,
        'fit_change' as kind

    from person_attributes

    where valid_from > {{ start_of_time() }}

    union all

    select
        person_id,
        occurred_at as evaluated_at,
        trigger_kind as kind

    from hand_raises

    union all

    select
        cooldowns.person_id,
        cooldowns.valid_to as evaluated_at,
        'cooldown_end' as kind

    from cooldowns

    inner join versions_in_force
        on cooldowns.definition_version = versions_in_force.definition_version
        and cooldowns.valid_to >= versions_in_force.valid_from

    where
        versions_in_force.valid_to is null
        or cooldowns.valid_to < versions_in_force.valid_to

),

instants_of_passes as (

    select
        passes.pass_id,
        instants_of_people.evaluated_at,
        instants_of_people.kind

    from instants_of_people

    inner join passes
        on instants_of_people.person_id = passes.person_id
        and instants_of_people.evaluated_at >= passes.opened_at

    where
        passes.closed_at is null
        or instants_of_people.evaluated_at < passes.closed_at

    union all

    select
        pass_id,
        opened_at as evaluated_at,
        'opening' as kind

    from passes

    where
        closed_at is null
        or opened_at < closed_at

    union all

    select
        passes.pass_id,
        versions_in_force.valid_from as evaluated_at,
        'version_start' as kind

    from passes

    inner join versions_in_force
        on passes.opened_at <= versions_in_force.valid_from

    where
        passes.closed_at is null
        or versions_in_force.valid_from < passes.closed_at

),

instants as (

    select
        instants_of_passes.pass_id,
        instants_of_passes.evaluated_at,
        bool_or(instants_of_passes.kind = 'opening') as is_opening,
        bool_or(instants_of_passes.kind = 'behaviour_event') as is_behaviour_event,
        bool_or(instants_of_passes.kind = 'response') as is_response,
        bool_or(instants_of_passes.kind = 'hand_raise') as is_hand_raise,
        bool_or(instants_of_passes.kind = 'nomination') as is_nomination,
        bool_or(instants_of_passes.kind = 'fit_change') as is_fit_change,
        bool_or(instants_of_passes.kind = 'version_start') as is_version_start,
        bool_or(instants_of_passes.kind = 'cooldown_end') as is_cooldown_end

    from instants_of_passes

    inner join as_of on instants_of_passes.evaluated_at <= as_of.as_of

    group by instants_of_passes.pass_id, instants_of_passes.evaluated_at

),

-- Before the first version no rule is in force, and nothing is evaluated.
instants_in_force as (

    select
        instants.*,
        passes.person_id,
        versions_in_force.definition_version

    from instants

    inner join passes on instants.pass_id = passes.pass_id

    inner join versions_in_force
        on instants.evaluated_at >= versions_in_force.valid_from

    where
        versions_in_force.valid_to is null
        or instants.evaluated_at < versions_in_force.valid_to

),

objections as (

    select
        person_id,
        valid_from,
        valid_to

    from consent_periods

    where
        purpose = 'profiling'
        and consent_state = 'objected'

),

objected_instants as (

    select distinct
        instants_in_force.pass_id,
        instants_in_force.evaluated_at

    from instants_in_force

    inner join objections
        on instants_in_force.person_id = objections.person_id
        and instants_in_force.evaluated_at >= objections.valid_from

    where
        objections.valid_to is null
        or instants_in_force.evaluated_at < objections.valid_to

),

final as (

    select
        -- ids
        {{ hash_key(['instants_in_force.pass_id', 'instants_in_force.evaluated_at']) }}
            as evaluation_id,
        instants_in_force.pass_id,
        instants_in_force.person_id,
        instants_in_force.definition_version,

        -- flags
        instants_in_force.is_opening,
        instants_in_force.is_behaviour_event,
        instants_in_force.is_response,
        instants_in_force.is_hand_raise,
        instants_in_force.is_nomination,
        instants_in_force.is_fit_change,
        instants_in_force.is_version_start,
        instants_in_force.is_cooldown_end,
        objected_instants.pass_id is not null as has_profiling_objection,

        -- timestamps
        instants_in_force.evaluated_at

    from instants_in_force

    left join objected_instants
        on instants_in_force.pass_id = objected_instants.pass_id
        and instants_in_force.evaluated_at = objected_instants.evaluated_at

)

select * from final

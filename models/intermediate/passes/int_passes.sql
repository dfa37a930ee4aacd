with

replay as (

    select * from {{ ref('int_recorded_replay') }}

),

moves as (

    select * from {{ ref('lifecycle_moves') }}

),

played as (

    select * from replay

    where is_played

),

-- The stage in which the rule is watched, and the stages that a nomination can
-- leave: those that come before the handover line.
watched_stages as (

    select distinct
        definition_version,
        from_stage as stage

    from moves

    where event = 'mql_rule'

),

early_stages as (

    select distinct
        definition_version,
        from_stage as stage

    from moves

    where event = 'nominated' and not opens_pass

),

with_place as (

    select
        played.*,
        watched_stages.stage is not null as is_watched,
        early_stages.stage is not null as is_early

    from played

    left join watched_stages
        on played.definition_version = watched_stages.definition_version
        and played.stage = watched_stages.stage

    left join early_stages
        on played.definition_version = early_stages.definition_version
        and played.stage = early_stages.stage

),

-- A pass closes once: an erasure does not undo how a won or disqualified pass ended.
closings_in_order as (

    select
        *,
        row_number() over (
            partition by person_id, closed_pass_number
            order by event_number nulls last
        ) as closing_number

    from played

    where closed_pass_number is not null

),

closings as (

    select
        person_id,
        closed_pass_number as pass_number,
        occurred_at as closed_at,
        closes_pass_as as outcome,
        coalesce(
            reason_code,
            case when handover_effect = 'expires' then played_event end
        ) as outcome_reason,
        event_id as closing_event_id

    from closings_in_order

    where closing_number = 1

),

-- A pass opens with its first event.
openings as (

    select
        person_id,
        pass_number,
        min(occurred_at) as opened_at,
        min_by(played_event, event_number) as opening_event,
        min(case when is_watched then occurred_at end) as inquiry_at,
        min(case when not is_early then occurred_at end) as recorded_until

    from with_place

    group by person_id, pass_number

),

earlier_wins as (

    select
        person_id,
        min(case when outcome = 'won' then pass_number end) as won_pass_number

    from closings

    group by person_id

),

-- A pass that closes as lost or recycled ends where the next begins: what ends the
-- watch over it is that closing, which the replay books on the next pass.
final as (

    select
        -- ids
        {{ hash_key(['openings.person_id', 'openings.pass_number']) }} as pass_id,
        openings.person_id,
        closings.closing_event_id,

        -- attributes
        openings.pass_number,
        case
            when openings.pass_number > earlier_wins.won_pass_number then 'expansion'
            else 'new_business'
        end as pass_type,
        openings.opening_event,
        closings.outcome,
        closings.outcome_reason,

        -- timestamps
        openings.opened_at,
        openings.inquiry_at,
        openings.recorded_until,
        closings.closed_at

    from openings

    left join closings
        on openings.person_id = closings.person_id
        and openings.pass_number = closings.pass_number

    left join earlier_wins on openings.person_id = earlier_wins.person_id

)

select * from final

with

as_of as (

    select * from {{ ref('as_of') }}

),

dates as (

    select * from {{ ref('dates') }}

),

stage_periods as (

    select * from {{ ref('int_stage_periods') }}

),

ownership_periods as (

    select * from {{ ref('int_ownership_periods') }}

),

-- A stage that nobody answers for, as that of an erased person, keeps no team.
stages_with_owner as (

    select
        stage_periods.stage_event_id,
        stage_periods.stage,
        stage_periods.valid_to,
        ownership_periods.owner_team,
        case
            when ownership_periods.valid_from > stage_periods.valid_from
                then ownership_periods.valid_from
            else stage_periods.valid_from
        end as owned_from

    from stage_periods

    left join ownership_periods
        on stage_periods.person_id = ownership_periods.person_id
        and stage_periods.valid_from
        < coalesce(ownership_periods.valid_to, {{ end_of_time() }})
        and coalesce(stage_periods.valid_to, {{ end_of_time() }})
        > ownership_periods.valid_from

),

with_previous_team as (

    select
        *,
        lag(owner_team) over (
            partition by stage_event_id
            order by owned_from nulls last
        ) as previous_team

    from stages_with_owner

),

-- Another user of the same team is no move: the team is what answers.
changes_of_team as (

    select
        *,
        lead(owned_from) over (
            partition by stage_event_id
            order by owned_from nulls last
        ) as next_owned_from

    from with_previous_team

    where
        previous_team is null
        or previous_team is distinct from owner_team

),

stays as (

    select
        stage,
        owner_team,
        {{ local_date('owned_from') }} as entered_on,
        {{ local_date('coalesce(next_owned_from, valid_to)') }} as left_on

    from changes_of_team

),

moves as (

    select
        stage,
        owner_team,
        entered_on as date_day,
        1 as entered_count,
        0 as left_count

    from stays

    union all

    select
        stage,
        owner_team,
        left_on as date_day,
        0 as entered_count,
        1 as left_count

    from stays

    where left_on is not null

),

cells as (

    select
        stage,
        owner_team,
        min(date_day) as first_day

    from moves

    group by stage, owner_team

),

-- A day without a move still has its stock.
quiet_days as (

    select
        cells.stage,
        cells.owner_team,
        dates.date_day,
        0 as entered_count,
        0 as left_count

    from cells

    inner join dates on cells.first_day <= dates.date_day

),

moves_and_days as (

    select * from moves

    union all

    select * from quiet_days

),

flow as (

    select
        moves_and_days.date_day,
        moves_and_days.stage,
        moves_and_days.owner_team,
        sum(moves_and_days.entered_count) as entered_count,
        sum(moves_and_days.left_count) as left_count

    from moves_and_days

    cross join as_of

    where moves_and_days.date_day <= as_of.as_of_date_local

    group by
        moves_and_days.date_day,
        moves_and_days.stage,
        moves_and_days.owner_team

),

final as (

    select
        -- ids
        {{ hash_key(['date_day', 'stage', 'owner_team']) }} as funnel_day_id,

        -- attributes
        date_day,
        stage,
        owner_team,

        -- amounts
        cast(
            sum(entered_count - left_count) over up_to_the_day as bigint
        ) as stock,
        cast(entered_count as bigint) as entered,
        cast(left_count as bigint) as {{ adapter.quote('left') }}

    from flow

    window up_to_the_day as (
        partition by stage, owner_team
        order by date_day nulls last
        rows between unbounded preceding and current row
    )

)

select * from final

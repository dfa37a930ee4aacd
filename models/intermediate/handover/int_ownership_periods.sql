with

replay as (

    select * from {{ ref('int_lifecycle_replay') }}

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

users as (

    select * from {{ ref('int_users') }}

),

team_queues as (

    select * from {{ ref('int_team_queues') }}

),

-- Each change of owner starts a group that lasts until the next.
with_owner_groups as (

    select
        *,
        case
            when event <> 'callback_due' or is_played then owner_user_id
        end as new_owner_user_id,
        count(case when event <> 'callback_due' or is_played then owner_user_id end)
            over (
                partition by person_id
                order by event_number
                rows between unbounded preceding and current row
            ) as owner_group,
        lead(occurred_at) over (
            partition by person_id
            order by event_number
        ) as next_at

    from replay

),

owners_of_groups as (

    select
        person_id,
        owner_group,
        new_owner_user_id as last_owner_user_id

    from with_owner_groups

    where new_owner_user_id is not null

),

with_last_owner as (

    select
        with_owner_groups.*,
        owners_of_groups.last_owner_user_id

    from with_owner_groups

    left join owners_of_groups
        on with_owner_groups.person_id = owners_of_groups.person_id
        and with_owner_groups.owner_group = owners_of_groups.owner_group

    where
        with_owner_groups.next_at is null
        or with_owner_groups.next_at > with_owner_groups.occurred_at

),

-- The accountable team is a function of the stage and of whether a handover is open.
with_team as (

    select
        with_last_owner.person_id,
        with_last_owner.pass_id,
        with_last_owner.event_number,
        with_last_owner.definition_version,
        with_last_owner.occurred_at,
        with_last_owner.next_at,
        coalesce(with_last_owner.played_event, with_last_owner.event) as change_reason,
        case
            when with_last_owner.handover_id is not null
                then funnel_stages.owner_team_when_assigned
            else funnel_stages.owner_team
        end as owner_team,
        coalesce(
            with_last_owner.last_owner_user_id, opportunities.owner_user_id
        ) as named_user_id

    from with_last_owner

    inner join funnel_stages
        on with_last_owner.definition_version = funnel_stages.definition_version
        and with_last_owner.stage = funnel_stages.stage

    left join opportunities
        on with_last_owner.opportunity_id = opportunities.opportunity_id

),

-- The team that receives handovers answers by name, the team that gives them as one.
receiving_teams as (

    select distinct
        definition_version,
        owner_team_when_assigned as team

    from funnel_stages

    where owner_team_when_assigned <> owner_team

),

with_named_user as (

    select
        with_team.person_id,
        with_team.pass_id,
        with_team.event_number,
        with_team.occurred_at,
        with_team.next_at,
        with_team.change_reason,
        with_team.owner_team,
        team_queues.queue_user_id,
        case
            when
                with_team.owner_team = users.team
                and with_team.owner_team = receiving_teams.team
                then users.user_id
        end as active_user_id,
        users.deactivated_at

    from with_team

    left join receiving_teams
        on with_team.definition_version = receiving_teams.definition_version
        and with_team.owner_team = receiving_teams.team

    left join users on with_team.named_user_id = users.user_id

    left join team_queues on with_team.owner_team = team_queues.team

),

-- Leads of a user who left go to the team's queue from that instant.
before_deactivation as (

    select
        person_id,
        pass_id,
        event_number,
        0 as part,
        owner_team,
        case
            when deactivated_at is null or deactivated_at > occurred_at
                then coalesce(active_user_id, queue_user_id)
            else queue_user_id
        end as owner_user_id,
        occurred_at as valid_from,
        change_reason

    from with_named_user

),

after_deactivation as (

    select
        person_id,
        pass_id,
        event_number,
        1 as part,
        owner_team,
        queue_user_id as owner_user_id,
        deactivated_at as valid_from,
        'user_deactivated' as change_reason

    from with_named_user

    where
        active_user_id is not null
        and deactivated_at > occurred_at
        and (next_at is null or deactivated_at < next_at)

),

parts as (

    select * from before_deactivation

    union all

    select * from after_deactivation

),

with_previous as (

    select
        *,
        lag(pass_id) over in_order as previous_pass_id,
        lag(owner_team) over in_order as previous_team,
        lag(owner_user_id) over in_order as previous_user_id

    from parts

    window in_order as (
        partition by person_id
        order by event_number, part
    )

),

changes as (

    select * from with_previous

    where
        pass_id is distinct from previous_pass_id
        or owner_team is distinct from previous_team
        or owner_user_id is distinct from previous_user_id

),

with_end as (

    select
        *,
        lead(valid_from) over (
            partition by person_id
            order by event_number, part
        ) as valid_to

    from changes

),

-- An erased person has no owner: a stage without a team ends the last period.
final as (

    select
        person_id,
        pass_id,
        owner_team,
        owner_user_id,
        valid_from,
        valid_to,
        change_reason

    from with_end

    where owner_team is not null

)

select * from final

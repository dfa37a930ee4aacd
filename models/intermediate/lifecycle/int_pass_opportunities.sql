with

replay as (

    select * from {{ ref('int_lifecycle_replay') }}

),

passes as (

    select * from {{ ref('int_passes') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_outcomes') }}

),

opportunity_people as (

    select * from {{ ref('int_opportunity_people') }}

),

counted_people as (

    select
        opportunity_people.opportunity_id,
        opportunity_people.person_id,
        opportunity_people.role,
        opportunities.created_at

    from opportunity_people

    inner join opportunities
        on opportunity_people.opportunity_id = opportunities.opportunity_id

    where opportunities.outcome <> 'ignored'

),

-- The passes that the opportunity itself carried forward. A deal that was lost and
-- came back later has two of them.
moved_passes as (

    select distinct
        opportunity_id,
        person_id,
        pass_id

    from replay

    where is_played and opportunity_id is not null

),

passes_in_order as (

    select
        counted_people.opportunity_id,
        counted_people.person_id,
        counted_people.role,
        passes.pass_id,
        passes.pass_number,
        moved_passes.pass_id is not null as is_moved,
        row_number() over (
            partition by counted_people.opportunity_id, counted_people.person_id
            order by
                case
                    when passes.opened_at <= counted_people.created_at
                        then passes.pass_number
                end desc nulls last,
                passes.pass_number asc nulls last
        ) as nearness

    from counted_people

    inner join passes on counted_people.person_id = passes.person_id

    left join moved_passes
        on counted_people.opportunity_id = moved_passes.opportunity_id
        and passes.pass_id = moved_passes.pass_id

),

-- Everyone else, and a deal beside the one that moves the pass: the pass that the
-- person was in when the opportunity was created.
linked_passes as (

    select
        opportunity_id,
        person_id,
        pass_id,
        pass_number,
        role,
        is_moved,
        row_number() over (
            partition by opportunity_id, role
            order by
                case when is_moved then 0 else 1 end asc,
                pass_number desc nulls last,
                person_id asc nulls last,
                pass_id asc nulls last
        ) as claim_number

    from passes_in_order

    where is_moved or nearness = 1

),

final as (

    select
        -- ids
        pass_id,
        opportunity_id,
        person_id,

        -- attributes
        role,

        -- flags
        is_moved,
        -- One pass and no more, so that the money of a deal is counted once.
        role = 'primary' and claim_number = 1 as is_primary

    from linked_passes

)

select * from final

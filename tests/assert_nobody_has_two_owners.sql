-- No two teams, nor two people, answer for a person at one instant. A row is a
-- person and the time for which two did.
with

ownership_periods as (

    select * from {{ ref('fct_ownership_periods') }}

),

double_periods as (

    select
        earlier.person_id,
        earlier.owner_team,
        earlier.owner_user_id,
        later.owner_team as second_owner_team,
        later.owner_user_id as second_owner_user_id,
        later.valid_from as two_owners_from,
        least(earlier.valid_to, later.valid_to) as two_owners_to

    from ownership_periods as earlier

    inner join ownership_periods as later
        on earlier.person_id = later.person_id
        and earlier.ownership_period_id <> later.ownership_period_id
        and earlier.valid_from <= later.valid_from

    where
        earlier.valid_to is null
        or later.valid_from < earlier.valid_to

)

select * from double_periods

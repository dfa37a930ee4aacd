-- One working day after its due date a promise is kept, broken, superseded or
-- cancelled. A row is a promise that is still open then.
with

commitments as (

    select * from {{ ref('fct_commitments') }}

),

dates as (

    select * from {{ ref('dim_dates') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

overdue as (

    select
        commitments.commitment_id,
        commitments.person_id,
        commitments.holder_user_id,
        commitments.due_at,
        min(dates.date_day) as answer_due_date

    from commitments

    inner join dates
        on commitments.due_date < dates.date_day
        and dates.is_working_day

    inner join as_of on dates.date_day < as_of.as_of_date_local

    where commitments.outcome = 'open'

    group by
        commitments.commitment_id,
        commitments.person_id,
        commitments.holder_user_id,
        commitments.due_at

)

select * from overdue

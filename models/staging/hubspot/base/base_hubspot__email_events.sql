with

exported as (

    select * from {{ raw_export('hubspot', 'email_events') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

{{ read_email_events() }}

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04

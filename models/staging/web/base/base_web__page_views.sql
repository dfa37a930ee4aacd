with

exported as (

    select * from {{ raw_export('web', 'pages') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

{{ read_page_views() }}

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04

-- A table and no view: names of browsers are few, and rows that carry them many.
{{ config(materialized='table') }}

with

exported as (

    select * from {{ raw_export('web', 'pages') }}

),

final as (

    select distinct {{ text('context_user_agent') }} as user_agent

    from exported

    where {{ text('context_user_agent') }} is not null

)

select * from final

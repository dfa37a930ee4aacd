with

export_texts as (

    {{ instants_of_export() }}

),

export_instants as (

    select {{ parse_instant('exported_text') }} as exported_at

    from export_texts

),

-- Without a single row nothing is known at any instant, so any will do.
known_until as (

    select
        coalesce(
            max(exported_at), cast('1970-01-01 00:00:00+00' as timestamp with time zone)
        ) as as_of

    from export_instants

),

final as (

    select
        as_of,
        {{ local_date('as_of') }} as as_of_date_local

    from known_until

)

select * from final

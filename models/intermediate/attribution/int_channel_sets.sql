with

paths as (

    select * from {{ ref('int_channel_paths') }}

),

sets_of_paths as (

    select
        array_sort(array_distinct(
            split(channel_path, '{{ path_separator() }}')
        )) as channels,
        conversion_count,
        null_count

    from paths

),

final as (

    select
        -- attributes
        channels,

        -- amounts
        cast({{ list_size('channels') }} as integer) as channel_count,
        cast(sum(conversion_count) as bigint) as conversion_count,
        cast(sum(null_count) as bigint) as null_count

    from sets_of_paths

    group by channels

)

select * from final

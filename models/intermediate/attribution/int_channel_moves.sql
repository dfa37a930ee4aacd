with

paths as (

    select * from {{ ref('int_channel_paths') }}

),

moves_of_paths as (

    select
        {{ explode_moves(
            "split(channel_path, '" ~ path_separator() ~ "')",
            'from_channel',
            'to_channel'
        ) }},
        conversion_count,
        null_count

    from paths

),

final as (

    select
        -- attributes
        from_channel,
        to_channel,

        -- amounts
        cast(sum(conversion_count) as bigint) as conversion_count,
        cast(sum(null_count) as bigint) as null_count

    from moves_of_paths

    group by from_channel, to_channel

)

select * from final

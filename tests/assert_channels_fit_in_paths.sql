-- A path is a text of channels. A row here is a channel that would be read as two.
with

touches as (

    select * from {{ ref('int_touches') }}

),

final as (

    select distinct channel

    from touches

    where position('{{ path_separator() }}' in channel) > 0

)

select * from final

{#- Everyone is in one group of each slice. Customers who come again are no new business,
    so they stand in a group of their own in the slice by type, and in no other. -#}
{% macro sliced_entries(entries) -%}
    select
        'all' as slice,
        'all' as slice_value,
        *

    from {{ entries }}

    where pass_type = 'new_business'

    union all

    select
        'channel' as slice,
        coalesce(first_touch_channel, {{ unattributed() }}) as slice_value,
        *

    from {{ entries }}

    where pass_type = 'new_business'

    union all

    select
        'grade' as slice,
        coalesce(fit_grade, '(no grade)') as slice_value,
        *

    from {{ entries }}

    where pass_type = 'new_business'

    union all

    select
        'attempt' as slice,
        case when pass_number = 1 then 'first' else 'later' end as slice_value,
        *

    from {{ entries }}

    where pass_type = 'new_business'

    union all

    select
        'pass_type' as slice,
        pass_type as slice_value,
        *

    from {{ entries }}
{%- endmacro %}

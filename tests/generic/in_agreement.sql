{% test in_agreement(model, column_name, agreed, field) %}

select distinct tested.{{ column_name }} as unknown_value

from {{ model }} as tested

left join {{ agreed }} as agreed
    on tested.{{ column_name }} = agreed.{{ field }}

where
    tested.{{ column_name }} is not null
    and agreed.{{ field }} is null

{% endtest %}

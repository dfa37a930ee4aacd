{% test not_before(model, column_name, earlier) %}

select
    {{ earlier }} as earlier_value,
    {{ column_name }} as later_value

from {{ model }}

where {{ column_name }} < {{ earlier }}

{% endtest %}

{% macro seconds_between(start_at, end_at) -%}
    {{ return(adapter.dispatch('seconds_between')(start_at, end_at)) }}
{%- endmacro %}

{% macro default__seconds_between(start_at, end_at) -%}
    cast(epoch({{ end_at }}) - epoch({{ start_at }}) as bigint)
{%- endmacro %}


{% macro instant_after_seconds(instant, seconds) -%}
    {{ return(adapter.dispatch('instant_after_seconds')(instant, seconds)) }}
{%- endmacro %}

{% macro default__instant_after_seconds(instant, seconds) -%}
    ({{ instant }} + to_seconds(cast({{ seconds }} as bigint)))
{%- endmacro %}


{% macro instant_of_epoch_milliseconds(milliseconds) -%}
    {{ return(adapter.dispatch('instant_of_epoch_milliseconds')(milliseconds)) }}
{%- endmacro %}

{#- Whole seconds, as every instant here; the function counts in microseconds. -#}
{% macro default__instant_of_epoch_milliseconds(milliseconds) -%}
    make_timestamptz(({{ milliseconds }} // 1000) * 1000000)
{%- endmacro %}


{% macro local_time(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_time')(instant, time_zone)) }}
{%- endmacro %}

{% macro default__local_time(instant, time_zone) -%}
    timezone('{{ time_zone }}', {{ instant }})
{%- endmacro %}


{% macro instant_of_local_time(local_time, time_zone) -%}
    {{ return(adapter.dispatch('instant_of_local_time')(local_time, time_zone)) }}
{%- endmacro %}

{#- DuckDB reads the hour that comes twice as its second coming, and moves the hour
    that is left out forward: the readings that this project has chosen. -#}
{% macro default__instant_of_local_time(local_time, time_zone) -%}
    timezone('{{ time_zone }}', {{ local_time }})
{%- endmacro %}

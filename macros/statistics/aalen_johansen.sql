{#- Window functions alone, and as few and as narrow as will do. Only the ages at which
    somebody ended are steps, and of each period only what its steps add up to goes on.
    The variance is the sum over the ages up to now of

        (F - F_i)^2 d / (n (n - d)) + S^2 e (n - e) / n^3 - 2 (F - F_i) S e / n^2

    with F the share that reached the event by now and, of each age i, F_i that share by
    then, n people at risk, d of them ending, e of these by the event, and S the share
    that was open before. This is Collett's form (Modelling Survival Data in Medical
    Research), which lifelines has as well. F is squared out, so that three running sums
    will do. Counts are doubles: they are exact, and add up faster than wide integers. -#}
{% macro aalen_johansen(
    relation, groups, age, events, competing, censored, period=none
) -%}
    {%- set period = period or age -%}
    {%- set group_columns = groups | join(', ') -%}
    {%- set age_columns = [period, age] | unique | join(', ') -%}
    {%- set up_to_the_age -%}
        partition by {{ group_columns }}
            order by {{ age }} nulls last
            rows between unbounded preceding and current row
    {%- endset -%}
    with

    counts_by_age as (

        select
            {{ group_columns }},
            {{ age_columns }},
            sum(cast({{ events }} as double)) as event_count,
            sum(cast({{ competing }} as double)) as competing_count,
            sum(cast({{ censored }} as double)) as censored_count

        from {{ relation }}

        group by {{ group_columns }}, {{ age_columns }}

    ),

    -- Whoever is censored at an age was still at risk at it: events come first.
    people_at_risk as (

        select
            {{ group_columns }},
            {{ age_columns }},
            event_count,
            competing_count,
            censored_count,
            event_count + competing_count as ended_count,
            sum(event_count + competing_count + censored_count) over (
                partition by {{ group_columns }}
                order by {{ age }} desc nulls last
                rows between unbounded preceding and current row
            ) as at_risk

        from counts_by_age

    ),

    steps_down as (

        select
            {{ group_columns }},
            {{ age_columns }},
            event_count,
            competing_count,
            at_risk,
            {{ log_of_share_left('ended_count', 'at_risk') }} as log_step,
            case
                when ended_count < at_risk
                    then ended_count / (at_risk * (at_risk - ended_count))
                else 0
            end as greenwood_term

        from people_at_risk

        where ended_count > 0

    ),

    logarithms as (

        select
            {{ group_columns }},
            {{ age_columns }},
            event_count,
            competing_count,
            at_risk,
            log_step,
            greenwood_term,
            sum(log_step) over (
                {{ up_to_the_age }}
            ) as log_survival

        from steps_down

    ),

    open_shares as (

        select
            {{ group_columns }},
            {{ age_columns }},
            event_count,
            competing_count,
            at_risk,
            log_step,
            greenwood_term,
            exp(log_survival - log_step) / at_risk as share_of_one

        from logarithms

    ),

    -- At the age where the last of them end, F is F_i and the first term is nothing.
    incidence as (

        select
            {{ group_columns }},
            {{ period }},
            log_step,
            greenwood_term,
            share_of_one * event_count as event_step,
            share_of_one * competing_count as competing_step,
            share_of_one * share_of_one * event_count * (at_risk - event_count)
            / at_risk as binomial_term,
            share_of_one * event_count / at_risk as shared_term,
            sum(share_of_one * event_count) over (
                {{ up_to_the_age }}
            ) as event_incidence

        from open_shares

    ),

    steps_by_period as (

        select
            {{ group_columns }},
            {{ period }},
            sum(log_step) as log_step,
            sum(event_step) as event_step,
            sum(competing_step) as competing_step,
            sum(greenwood_term) as squared_term,
            sum(event_incidence * greenwood_term + shared_term) as linear_term,
            sum(
                event_incidence * event_incidence * greenwood_term
                + binomial_term
                + 2 * event_incidence * shared_term
            ) as constant_term

        from incidence

        group by {{ group_columns }}, {{ period }}

    ),

    -- The fewest at risk are those at the last age of the period.
    counts_by_period as (

        select
            {{ group_columns }},
            {{ period }},
            sum(event_count) as event_count,
            sum(competing_count) as competing_count,
            sum(censored_count) as censored_count,
            max(at_risk) as at_risk,
            min(at_risk) as last_at_risk,
            min(at_risk - ended_count) as last_not_ended

        from people_at_risk

        group by {{ group_columns }}, {{ period }}

    ),

    so_far as (

        select
            {% for column in groups + [period] -%}
            counts_by_period.{{ column }},
            {% endfor -%}
            counts_by_period.at_risk,
            counts_by_period.last_at_risk,
            counts_by_period.last_not_ended,
            counts_by_period.event_count,
            counts_by_period.competing_count,
            counts_by_period.censored_count,
            max(counts_by_period.at_risk) over all_periods as group_size,
            sum(counts_by_period.event_count) over up_to_the_period as events_so_far,
            sum(
                counts_by_period.event_count + counts_by_period.competing_count
            ) over up_to_the_period as ended_so_far,
            exp(sum(coalesce(steps_by_period.log_step, 0)) over up_to_the_period)
                as survival,
            sum(coalesce(steps_by_period.event_step, 0)) over up_to_the_period
                as event_incidence,
            sum(coalesce(steps_by_period.competing_step, 0)) over up_to_the_period
                as competing_incidence,
            sum(coalesce(steps_by_period.squared_term, 0)) over up_to_the_period
                as squared_term,
            sum(coalesce(steps_by_period.linear_term, 0)) over up_to_the_period
                as linear_term,
            sum(coalesce(steps_by_period.constant_term, 0)) over up_to_the_period
                as constant_term

        from counts_by_period

        left join steps_by_period
            on
            {%- for column in groups + [period] %}
            {{ 'and ' if not loop.first -}}
            counts_by_period.{{ column }} = steps_by_period.{{ column }}
            {%- endfor %}

        window
            all_periods as (
                partition by
                    {%- for column in groups %}
                    counts_by_period.{{ column }}{{ ',' if not loop.last }}
                    {%- endfor %}
            ),
            up_to_the_period as (
                partition by
                    {%- for column in groups %}
                    counts_by_period.{{ column }}{{ ',' if not loop.last }}
                    {%- endfor %}
                order by counts_by_period.{{ period }} nulls last
                rows between unbounded preceding and current row
            )

    ),

    with_variance as (

        select
            {{ group_columns }},
            {{ period }},
            at_risk,
            event_count,
            competing_count,
            censored_count,
            group_size,
            events_so_far,
            ended_so_far,
            last_not_ended,
            survival,
            event_incidence,
            competing_incidence,
            event_incidence * event_incidence * squared_term
            - 2 * event_incidence * linear_term
            + constant_term as event_variance,
            -- Beyond the last in sight nothing is known, unless nobody was open any more.
            last_at_risk > 0 or survival = 0 as is_known

        from so_far

    )

    -- A share of 0 or 1 has no variance; it was seen in those who stayed in sight. The
    -- last digits of a sum of doubles depend on how it was added up, twelve do not.
    select
        {{ group_columns }},
        {{ period }},
        cast(at_risk as bigint) as at_risk,
        cast(event_count as bigint) as event_count,
        cast(competing_count as bigint) as competing_count,
        cast(censored_count as bigint) as censored_count,
        cast(group_size as bigint) as group_size,
        cast(events_so_far as bigint) as events_so_far,
        cast(ended_so_far as bigint) as ended_so_far,
        case when is_known then round(survival, 12) end as survival,
        case when is_known then round(event_incidence, 12) end as event_incidence,
        case when is_known then round(competing_incidence, 12) end
            as competing_incidence,
        case when is_known then greatest(event_variance, 0) end as event_variance,
        case
            when not is_known then null
            when
                event_incidence > 1e-9
                and event_incidence < 1 - 1e-9
                and event_variance > 0
                then event_incidence * (1 - event_incidence) / event_variance
            else ended_so_far + last_not_ended
        end as effective_size

    from with_variance
{%- endmacro %}

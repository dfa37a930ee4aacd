{#- Window functions alone, over one row per group and age, and of those as few as will
    do. The variance is the sum over the ages up to now of

        (F - F_i)^2 d / (n (n - d)) + S^2 e (n - e) / n^3 - 2 (F - F_i) S e / n^2

    with F the share that reached the event by now and, of each age i, F_i that share by
    then, n people at risk, d of them ending, e of these by the event, and S the share
    that was open before. This is Collett's form (Modelling Survival Data in Medical
    Research), which lifelines has as well. F is squared out, so that three running sums
    will do. Counts are doubles: they are exact, and add up faster than wide integers. -#}
{% macro aalen_johansen(relation, groups, age, events, competing, censored) -%}
    {%- set group_columns = groups | join(', ') -%}
    {%- set up_to_the_age -%}
        partition by {{ group_columns }}
            order by {{ age }} nulls last
            rows between unbounded preceding and current row
    {%- endset -%}
    with

    counts_by_age as (

        select
            {{ group_columns }},
            {{ age }},
            cast(sum({{ events }}) as double) as event_count,
            cast(sum({{ competing }}) as double) as competing_count,
            cast(sum({{ censored }}) as double) as censored_count

        from {{ relation }}

        group by {{ group_columns }}, {{ age }}

    ),

    counts_so_far as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            event_count + competing_count as ended_count,
            sum(event_count) over up_to_the_age as events_so_far,
            sum(event_count + competing_count) over up_to_the_age as ended_so_far,
            sum(censored_count) over up_to_the_age as censored_so_far,
            sum(event_count + competing_count + censored_count) over (
                partition by {{ group_columns }}
            ) as group_size

        from counts_by_age

        window up_to_the_age as (
            {{ up_to_the_age }}
        )

    ),

    -- Whoever is censored at an age was still at risk at it: events come first.
    people_at_risk as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            group_size - ended_so_far - censored_so_far + ended_count + censored_count
                as at_risk

        from counts_so_far

    ),

    -- When all at risk end at once nothing stays open, which no logarithm can say. A step
    -- this deep can: a double has no number as small as its exponential but zero.
    steps_down as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            at_risk,
            case
                when ended_count = 0 then 0
                when ended_count < at_risk then ln(1 - ended_count / at_risk)
                else -1000
            end as log_step

        from people_at_risk

    ),

    logarithms as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            at_risk,
            log_step,
            sum(log_step) over up_to_the_age as log_survival

        from steps_down

        window up_to_the_age as (
            {{ up_to_the_age }}
        )

    ),

    -- Where nobody is at risk the share before is not asked for.
    open_shares as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            at_risk,
            exp(log_survival) as survival,
            case
                when at_risk > 0 then exp(log_survival - log_step) / at_risk else 0
            end as share_of_one

        from logarithms

    ),

    incidence as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            at_risk,
            survival,
            share_of_one,
            sum(share_of_one * event_count) over up_to_the_age as event_incidence,
            sum(share_of_one * competing_count) over up_to_the_age
                as competing_incidence

        from open_shares

        window up_to_the_age as (
            {{ up_to_the_age }}
        )

    ),

    -- At the age where the last of them end, F is F_i and the first term is nothing.
    variance_terms as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            at_risk,
            survival,
            event_incidence,
            competing_incidence,
            case
                when ended_count < at_risk
                    then ended_count / (at_risk * (at_risk - ended_count))
                else 0
            end as greenwood_term,
            case
                when at_risk > 0
                    then
                        share_of_one * share_of_one * event_count
                        * (at_risk - event_count) / at_risk
                else 0
            end as binomial_term,
            case
                when at_risk > 0 then share_of_one * event_count / at_risk else 0
            end as shared_term

        from incidence

    ),

    with_variance as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            events_so_far,
            ended_so_far,
            group_size,
            at_risk,
            survival,
            event_incidence,
            competing_incidence,
            event_incidence * event_incidence * sum(greenwood_term) over up_to_the_age
            - 2 * event_incidence
            * sum(event_incidence * greenwood_term + shared_term) over up_to_the_age
            + sum(
                event_incidence * event_incidence * greenwood_term
                + binomial_term
                + 2 * event_incidence * shared_term
            ) over up_to_the_age as event_variance,
            -- Beyond the last in sight nothing is known, unless nobody was open any more.
            at_risk > 0 or survival = 0 as is_known

        from variance_terms

        window up_to_the_age as (
            {{ up_to_the_age }}
        )

    )

    -- A share of 0 or 1 has no variance; it was seen in those who stayed in sight. The
    -- last digits of a sum of doubles depend on how it was added up, twelve do not.
    select
        {{ group_columns }},
        {{ age }},
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
            else at_risk + ended_so_far - ended_count
        end as effective_size

    from with_variance
{%- endmacro %}

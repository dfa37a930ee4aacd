{#- Window functions alone, over one row per group and age. The variance is the sum over
    the ages before it of terms with the share reached by now, F, squared out, so that
    every part is a running sum:

        sum((F - F_i)^2 d/(n(n-d))) + sum(S^2 e(n-e)/n^3) - 2 sum((F - F_i) S e/n^2)

    with, of each age i, n people at risk, d of them ending, e of these as asked for, and
    S the share that was open before. This is the form of Collett (Modelling Survival
    Data in Medical Research), which lifelines has as well. -#}
{% macro aalen_johansen(relation, groups, age, events, competing, censored) -%}
    {%- set group_columns = groups | join(', ') -%}
    with

    counts_by_age as (

        select
            {{ group_columns }},
            {{ age }},
            cast(sum({{ events }}) as bigint) as event_count,
            cast(sum({{ competing }}) as bigint) as competing_count,
            cast(sum({{ censored }}) as bigint) as censored_count

        from {{ relation }}

        group by {{ group_columns }}, {{ age }}

    ),

    -- Whoever is censored at an age was still at risk at it: events come first.
    people_at_risk as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            event_count + competing_count as ended_count,
            cast(
                sum(event_count + competing_count + censored_count) over (
                    partition by {{ group_columns }}
                    order by {{ age }} desc nulls last
                    rows between unbounded preceding and current row
                ) as double
            ) as at_risk

        from counts_by_age

    ),

    -- When all at risk end at once, nothing stays open; a logarithm cannot say so.
    still_open as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            at_risk,
            case
                when
                    max(
                        case when ended_count > 0 and ended_count = at_risk then 1 end
                    ) over up_to_the_age = 1
                    then cast(0 as double)
                else
                    exp(
                        coalesce(
                            sum(
                                case
                                    when ended_count < at_risk
                                        then ln(1 - ended_count / at_risk)
                                end
                            ) over up_to_the_age,
                            0
                        )
                    )
            end as survival

        from people_at_risk

        window up_to_the_age as (
            partition by {{ group_columns }}
            order by {{ age }} nulls last
            rows between unbounded preceding and current row
        )

    ),

    open_before as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            at_risk,
            survival,
            coalesce(
                lag(survival) over (
                    partition by {{ group_columns }}
                    order by {{ age }} nulls last
                ),
                1
            ) as survival_before

        from still_open

    ),

    incidence as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
            ended_count,
            at_risk,
            survival,
            survival_before,
            sum(
                case
                    when at_risk > 0 then survival_before * event_count / at_risk else 0
                end
            ) over up_to_the_age as event_incidence,
            sum(
                case
                    when at_risk > 0
                        then survival_before * competing_count / at_risk
                    else 0
                end
            ) over up_to_the_age as competing_incidence

        from open_before

        window up_to_the_age as (
            partition by {{ group_columns }}
            order by {{ age }} nulls last
            rows between unbounded preceding and current row
        )

    ),

    -- At the age where the last of them ends, F is F_i and the first term is nothing.
    variance_terms as (

        select
            {{ group_columns }},
            {{ age }},
            event_count,
            competing_count,
            censored_count,
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
                        survival_before * survival_before * event_count
                        * (at_risk - event_count) / (at_risk * at_risk * at_risk)
                else 0
            end as binomial_term,
            case
                when at_risk > 0
                    then survival_before * event_count / (at_risk * at_risk)
                else 0
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
            at_risk,
            survival,
            event_incidence,
            competing_incidence,
            event_incidence * event_incidence * sum(greenwood_term) over up_to_the_age
            - 2 * event_incidence
            * sum(event_incidence * greenwood_term) over up_to_the_age
            + sum(event_incidence * event_incidence * greenwood_term)
                over up_to_the_age
            + sum(binomial_term) over up_to_the_age
            - 2 * event_incidence * sum(shared_term) over up_to_the_age
            + 2 * sum(event_incidence * shared_term) over up_to_the_age
                as event_variance,
            sum(event_count) over up_to_the_age as events_so_far,
            sum(event_count + competing_count) over up_to_the_age as ended_so_far,
            max(at_risk) over (partition by {{ group_columns }}) as group_size

        from variance_terms

        window up_to_the_age as (
            partition by {{ group_columns }}
            order by {{ age }} nulls last
            rows between unbounded preceding and current row
        )

    ),

    -- Beyond the last one seen, nothing is known, unless nobody was open any more.
    known_ages as (

        select
            *,
            at_risk > 0 or survival = 0 as is_known,
            greatest(event_variance, 0) as known_variance

        from with_variance

    )

    -- A share of 0 or 1 has no variance; it was seen in those who stayed in sight.
    select
        {{ group_columns }},
        {{ age }},
        cast(at_risk as bigint) as at_risk,
        event_count,
        competing_count,
        censored_count,
        cast(group_size as bigint) as group_size,
        cast(events_so_far as bigint) as events_so_far,
        cast(ended_so_far as bigint) as ended_so_far,
        case when is_known then survival end as survival,
        case when is_known then event_incidence end as event_incidence,
        case when is_known then competing_incidence end as competing_incidence,
        case when is_known then known_variance end as event_variance,
        case
            when not is_known then null
            when
                event_incidence > 1e-9
                and event_incidence < 1 - 1e-9
                and known_variance > 0
                then event_incidence * (1 - event_incidence) / known_variance
            else at_risk + ended_so_far - event_count - competing_count
        end as effective_size

    from known_ages
{%- endmacro %}

-- Nothing has happened after the instant up to which all is known. A row is what a mart
-- says to have happened later.
with

as_of as (

    select * from {{ ref('as_of') }}

),

instants as (
    {% for mart, key, instant in [
        ('dim_people', 'person_id', 'known_at'),
        ('fct_stage_events', 'stage_event_id', 'occurred_at'),
        ('fct_ownership_periods', 'ownership_period_id', 'valid_from'),
        ('fct_handovers', 'handover_id', 'assigned_at'),
        ('fct_handovers', 'handover_id', 'decided_at'),
        ('fct_commitments', 'commitment_id', 'requested_at'),
        ('fct_scores', 'pass_id', 'evaluated_at'),
        ('fct_touches', 'touch_id', 'occurred_at'),
        ('fct_opportunities', 'opportunity_id', 'created_at'),
        ('fct_opportunities', 'opportunity_id', 'won_at'),
        ('fct_opportunities', 'opportunity_id', 'lost_at'),
        ('fct_touch_credits', 'touch_credit_id', 'closed_at'),
    ] %}
        select
            '{{ mart }}' as mart,
            {{ key }} as row_key,
            '{{ instant }}' as instant_name,
            {{ instant }} as instant

        from {{ ref(mart) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

later_instants as (

    select
        instants.mart,
        instants.row_key,
        instants.instant_name,
        instants.instant

    from instants

    inner join as_of on instants.instant > as_of.as_of

)

select * from later_instants

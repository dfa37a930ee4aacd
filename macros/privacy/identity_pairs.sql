{#- Keys that stand on one row, so that both are of one person. The relations have to be
    in scope under these names: `contact_versions`, `contact_emails`, `contact_merges`,
    `lead_versions`, `crm_contact_versions`, `form_submissions`, `identifications`,
    `social_interactions` and `role_mailboxes`. A key that stands alone on its row is a
    pair with itself. -#}
{% macro identity_pairs() -%}
    with

    pairs as (

        select
            'hubspot:' || contact_id as key_a,
            coalesce('email:' || email, 'hubspot:' || contact_id) as key_b,
            created_at as seen_at

        from contact_versions

        union all

        select
            'hubspot:' || contact_id as key_a,
            'email:' || email as key_b,
            created_at as seen_at

        from contact_emails

        union all

        select
            'hubspot:' || contact_id as key_a,
            'sf_lead:' || salesforce_lead_id as key_b,
            created_at as seen_at

        from contact_versions

        where salesforce_lead_id is not null

        union all

        select
            'hubspot:' || contact_id as key_a,
            'sf_contact:' || salesforce_contact_id as key_b,
            created_at as seen_at

        from contact_versions

        where salesforce_contact_id is not null

        union all

        select
            'hubspot:' || canonical_contact_id as key_a,
            'hubspot:' || merged_contact_id as key_b,
            occurred_at as seen_at

        from contact_merges

        union all

        select
            'sf_lead:' || lead_id as key_a,
            coalesce('email:' || email, 'sf_lead:' || lead_id) as key_b,
            created_at as seen_at

        from lead_versions

        union all

        select
            'sf_lead:' || lead_id as key_a,
            'sf_lead:' || master_lead_id as key_b,
            created_at as seen_at

        from lead_versions

        where master_lead_id is not null

        union all

        select
            'sf_lead:' || lead_id as key_a,
            'sf_contact:' || converted_contact_id as key_b,
            created_at as seen_at

        from lead_versions

        where converted_contact_id is not null

        union all

        select
            'sf_contact:' || contact_id as key_a,
            coalesce('email:' || email, 'sf_contact:' || contact_id) as key_b,
            created_at as seen_at

        from crm_contact_versions

        union all

        select
            'sf_contact:' || contact_id as key_a,
            'sf_contact:' || master_contact_id as key_b,
            created_at as seen_at

        from crm_contact_versions

        where master_contact_id is not null

        union all

        select
            coalesce('hubspot:' || contact_id, 'email:' || email) as key_a,
            coalesce('email:' || email, 'hubspot:' || contact_id) as key_b,
            occurred_at as seen_at

        from form_submissions

        where contact_id is not null or email is not null

        union all

        select
            coalesce('web_user:' || user_id, 'email:' || email) as key_a,
            coalesce('email:' || email, 'web_user:' || user_id) as key_b,
            occurred_at as seen_at

        from identifications

        where user_id is not null or email is not null

        union all

        select
            'email:' || email as key_a,
            'email:' || email as key_b,
            occurred_at as seen_at

        from social_interactions

        where email is not null

    ),

    with_role as (

        select
            pairs.key_a,
            pairs.key_b,
            pairs.seen_at,
            role_mailboxes.local_part is not null as is_role_mailbox

        from pairs

        left join role_mailboxes
            on split_part(pairs.key_b, '@', 1)
            = 'email:' || lower(trim(role_mailboxes.local_part))

    )

    -- Several people read a role mailbox, so it joins no record. Alone it is somebody.
    select
        key_a,
        case
            when is_role_mailbox then key_a
            else key_b
        end as key_b,
        seen_at

    from with_role
{%- endmacro %}

with

exported as (

    select * from {{ raw_export('hubspot', 'contacts') }}

),

as_of as (

    select * from {{ ref('as_of') }}

),

parsed as (

    select
        -- ids
        {{ text('hs_object_id') }} as contact_id,
        {{ salesforce_id('salesforceleadid') }} as salesforce_lead_id,
        {{ salesforce_id('salesforcecontactid') }} as salesforce_contact_id,

        -- attributes
        {{ normalise_email('email') }} as email,
        {{ parse_email_list('hs_additional_emails') }} as additional_emails,
        {{ text('firstname') }} as first_name,
        {{ text('lastname') }} as last_name,
        {{ text('phone') }} as phone,
        {{ text('jobtitle') }} as job_title,
        {{ text('company') }} as company_name,
        {{ text('country') }} as country,
        {{ text('industry') }} as industry,
        {{ text('lifecyclestage') }} as lifecycle_stage,
        {{ text('hs_lead_status') }} as lead_status,
        {{ text('hs_analytics_source') }} as analytics_source,

        -- amounts
        {{ parse_head_count('numemployees') }} as employees,
        {{ parse_decimal('hubspotscore') }} as hubspot_score,

        -- flags
        coalesce({{ parse_boolean('hs_email_optout') }}, false) as is_email_opted_out,

        -- timestamps
        {{ parse_instant('createdate') }} as created_at,
        {{ parse_instant('lastmodifieddate') }} as modified_at,
        {{ parse_instant('hs_lifecyclestage_lead_date') }} as crm_lead_date,
        {{ parse_instant('hs_lifecyclestage_marketingqualifiedlead_date') }}
            as crm_mql_date,
        {{ parse_instant('hs_lifecyclestage_salesqualifiedlead_date') }}
            as crm_sql_date,
        {{ parse_instant('hs_lifecyclestage_opportunity_date') }}
            as crm_opportunity_date,
        {{ parse_instant('hs_lifecyclestage_customer_date') }} as crm_customer_date,

        -- export
        {{ export_columns('hubspot', 'contacts') }},
        {{ first_unreadable([
            ('required', 'hs_object_id', 'contact_id'),
            ('email', 'email', 'email'),
            ('email_list', 'hs_additional_emails', 'additional_emails'),
            ('head_count', 'numemployees', 'employees'),
            ('decimal', 'hubspotscore', 'hubspot_score'),
            ('boolean', 'hs_email_optout', 'is_email_opted_out'),
            ('required', 'createdate', 'created_at'),
            ('instant', 'createdate', 'created_at'),
            ('instant', 'lastmodifieddate', 'modified_at'),
            ('instant', 'hs_lifecyclestage_lead_date', 'crm_lead_date'),
            ('instant', 'hs_lifecyclestage_marketingqualifiedlead_date', 'crm_mql_date'),
            ('instant', 'hs_lifecyclestage_salesqualifiedlead_date', 'crm_sql_date'),
            ('instant', 'hs_lifecyclestage_opportunity_date', 'crm_opportunity_date'),
            ('instant', 'hs_lifecyclestage_customer_date', 'crm_customer_date'),
        ]) }} as _unreadable,
        {{ first_clock_doubt([
            ('createdate', 'created_at'),
            ('lastmodifieddate', 'modified_at'),
            ('hs_lifecyclestage_lead_date', 'crm_lead_date'),
            ('hs_lifecyclestage_marketingqualifiedlead_date', 'crm_mql_date'),
            ('hs_lifecyclestage_salesqualifiedlead_date', 'crm_sql_date'),
            ('hs_lifecyclestage_opportunity_date', 'crm_opportunity_date'),
            ('hs_lifecyclestage_customer_date', 'crm_customer_date'),
        ]) }} as _clock_doubt

    from exported

),

visible as (

    {{ visible_rows('parsed', happened=[
        ('created_at', 'createdate'),
        ('modified_at', 'lastmodifieddate'),
    ]) }}

),

hidden as (

    {{ hide_erased(
        'visible',
        keys=[
            ('hubspot', 'contact_id'),
            ('email', 'email'),
            ('sf_lead', 'salesforce_lead_id'),
            ('sf_contact', 'salesforce_contact_id'),
        ],
        happened='created_at',
        texts=['first_name', 'last_name', 'phone', 'company_name'],
        lists=['additional_emails'],
    ) }}

)

-- The linter does not know how many columns a star with replacements has.
select * from hidden  -- noqa: AM04

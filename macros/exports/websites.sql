{#- Referrers of apps have a scheme of their own: `android-app://com.google.android.gm`. -#}
{% macro domain_of_website(url) -%}
    nullif(
        regexp_extract(
            lower(trim({{ url }})),
            '^([a-z][a-z0-9+.-]*://)?(www[.])?([^/:?#]+)',
            3
        ),
        ''
    )
{%- endmacro %}

{% macro files_of_export(system, table) -%}
    {{ return(adapter.dispatch('files_of_export')(system, table)) }}
{%- endmacro %}


{#- A relation over all files of a table: every column as text, and only those that the
    system is known for, so an added or moved column changes nothing. -#}
{% macro default__files_of_export(system, table) -%}
    {%- set name = raw_export_name(system, table) -%}
    {%- set files = export_file_names(name) -%}
    {%- if not files -%}
        {{ return(rows_of_no_file(system, table)) }}
    {%- endif -%}
    {%- set expected = expected_columns(system, table) -%}
    {#- Files with the same columns are read together. -#}
    {%- set csv_files = {} -%}
    {%- set parquet_files = {} -%}
    {%- for file in files -%}
        {%- if (file | lower).endswith('.parquet') -%}
            {%- set columns = parquet_columns(file) -%}
            {%- do require_columns(name, file, columns.keys() | list, expected) -%}
            {%- do parquet_files.setdefault(tojson(columns), []).append(file) -%}
        {%- else -%}
            {%- set found = csv_columns(name, file) -%}
            {%- do require_columns(name, file, found, expected) -%}
            {%- do csv_files.setdefault(found | join('\n'), []).append(file) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for header, same_files in csv_files.items() -%}
        {%- set found = header.split('\n') -%}
        {%- do parts.append(
            exported_rows(system, table, found, csv_reader(same_files, found))
        ) -%}
    {%- endfor -%}
    {%- for columns, same_files in parquet_files.items() -%}
        {%- do parts.append(exported_rows(
            system, table, fromjson(columns).keys() | list, parquet_reader(same_files)
        )) -%}
    {%- endfor -%}
    {{ return('(\n' ~ parts | join('\n\nunion all\n\n') ~ '\n)') }}
{%- endmacro %}


{#- `raw_salesforce__lead*` also finds the files of `raw_salesforce__lead_history`: a
    file belongs to the table with the longest name that its own begins with. -#}
{% macro export_file_names(name) -%}
    {%- set longer_names = [] -%}
    {%- for system, table in raw_exports() -%}
        {%- set other = raw_export_name(system, table) -%}
        {%- if other != name and other.startswith(name) -%}
            {%- do longer_names.append(other) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set folder = var('exports_dir').rstrip('/') -%}
    {%- set found = run_query(
        'select file from glob(' ~ sql_text(folder ~ '/**/' ~ name ~ '*')
        ~ ') order by file'
    ) -%}
    {%- set files = [] -%}
    {%- for file in found.columns[0].values() -%}
        {%- set base_name = file.split('/') | last -%}
        {%- set others = [] -%}
        {%- for other in longer_names if base_name.startswith(other) -%}
            {%- do others.append(other) -%}
        {%- endfor -%}
        {%- if not others and (base_name | lower).endswith(('.csv', '.parquet')) -%}
            {%- do files.append(file) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(largest_first(files) if files else files) }}
{%- endmacro %}


{#- DuckDB takes all files of a list to be as long as its first. Were that a small one,
    it would hold millions of rows in memory to look up the few of another table. -#}
{% macro largest_first(files) -%}
    {{ return(run_query(
        'select filename from read_blob([' ~ sql_texts(files)
        ~ ']) order by size desc, filename'
    ).columns[0].values() | list) }}
{%- endmacro %}


{% macro rows_of_no_file(system, table) -%}
    {%- set name = raw_export_name(system, table) -%}
    {%- if not raw_export_source(system, table).meta.get('optional') -%}
        {%- do exceptions.raise_compiler_error(
            'Table ' ~ name ~ ': no file ' ~ name ~ '*.csv or ' ~ name
            ~ '*.parquet in ' ~ var('exports_dir')
            ~ ' or its folders. Export it; a file with a header alone is enough.'
        ) -%}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in expected_columns(system, table) + ['_source_file', '_row_number'] -%}
        {%- do columns.append('cast(null as varchar) as "' ~ column ~ '"') -%}
    {%- endfor -%}
    {{ return('(select ' ~ columns | join(', ') ~ ' where 1 = 0)') }}
{%- endmacro %}


{#- The names in the first line of a CSV file. Only that line is read, as text without
    columns: a file that the reader proper would refuse must still get a clear answer. -#}
{% macro csv_columns(name, file) -%}
    {%- set lines = run_query(
        'select line from read_csv(' ~ sql_text(file) ~ ", auto_detect = false, "
        ~ "header = false, delim = '\x1f', quote = '', escape = '', "
        ~ "columns = {'line': 'varchar'}, ignore_errors = true, "
        ~ 'strict_mode = false) limit 1'
    ).columns[0].values() -%}
    {%- set line = (lines | first | default('', true)).rstrip('\r') -%}
    {%- if '\x00' in line -%}
        {%- do refuse_file(name, file, 'is UTF-16, as "Unicode text" of Excel is') -%}
    {%- elif not line | trim -%}
        {%- do refuse_file(name, file, 'is empty, or its first line is no UTF-8 text') -%}
    {%- elif line.count('"') % 2 -%}
        {%- do refuse_file(name, file, 'has a header of more than one line') -%}
    {%- endif -%}
    {%- for delimiter, word in [(';', 'semicolons'), ('\t', 'tabs')] -%}
        {%- if line.count(delimiter) > line.count(',') -%}
            {%- do refuse_file(name, file, 'is separated by ' ~ word, line.split(delimiter)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for quoted, plain in modules.re.findall('(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)', line ~ ',') -%}
        {%- do columns.append((quoted or plain) | trim | replace('""', '"')) -%}
    {%- endfor -%}
    {#- The comma that was added gives one name too many. -#}
    {{ return(columns[:-1]) }}
{%- endmacro %}


{% macro refuse_file(name, file, fault, found=[]) -%}
    {%- set columns = ' Columns found: ' ~ found | join(', ') ~ '.' if found else '' -%}
    {%- do exceptions.raise_compiler_error(
        'Table ' ~ name ~ ': ' ~ file ~ ' ' ~ fault
        ~ '. Save it as CSV with commas, in UTF-8, with the column names in the first '
        ~ 'line.' ~ columns
    ) -%}
{%- endmacro %}


{#- The columns of a Parquet file with their types. -#}
{% macro parquet_columns(file) -%}
    {%- set described = run_query(
        'describe select * from read_parquet(' ~ sql_text(file) ~ ')'
    ) -%}
    {{ return(dict(zip(
        described.columns[0].values(), described.columns[1].values()
    ))) }}
{%- endmacro %}


{% macro parquet_reader(files) -%}
    {{ return('read_parquet([' ~ sql_texts(files) ~ "], filename = '_read_from')") }}
{%- endmacro %}


{#- Nothing is left to the reader's guess: not the types, which would turn 00123 into
    123, nor the delimiter, nor whether there is a header. -#}
{% macro csv_reader(files, columns) -%}
    {%- set types = [] -%}
    {%- for column in columns -%}
        {%- do types.append(
            sql_text(column or 'unnamed_' ~ loop.index) ~ ": 'varchar'"
        ) -%}
    {%- endfor -%}
    {{ return(
        'read_csv([' ~ sql_texts(files) ~ '], auto_detect = false, header = true, '
        ~ "delim = ',', quote = '\"', escape = '\"', filename = '_read_from', "
        ~ 'columns = {' ~ types | join(', ') ~ '})'
    ) }}
{%- endmacro %}


{#- Rows of one kind of file under the expected names. -#}
{% macro exported_rows(system, table, found, reader) -%}
    {%- set known = found | map('lower') | list -%}
    {%- set columns = [] -%}
    {%- for column in expected_columns(system, table) -%}
        {%- do columns.append('cast("' ~ column ~ '" as varchar) as "' ~ column ~ '"') -%}
    {%- endfor -%}
    {%- if '_source_file' in known -%}
        {%- do columns.append('cast(_source_file as varchar) as _source_file') -%}
    {%- else -%}
        {%- do columns.append('parse_filename(_read_from) as _source_file') -%}
    {%- endif -%}
    {%- if '_row_number' in known -%}
        {%- do columns.append('cast(_row_number as varchar) as _row_number') -%}
    {%- else -%}
        {%- do columns.append(
            'cast(row_number() over (partition by _read_from) as varchar) as _row_number'
        ) -%}
    {%- endif -%}
    {{ return('select ' ~ columns | join(', ') ~ ' from ' ~ reader) }}
{%- endmacro %}


{% macro sql_text(value) -%}
    {{ return("'" ~ value | replace("'", "''") ~ "'") }}
{%- endmacro %}


{% macro sql_texts(values) -%}
    {%- set texts = [] -%}
    {%- for value in values -%}
        {%- do texts.append(sql_text(value)) -%}
    {%- endfor -%}
    {{ return(texts | join(', ')) }}
{%- endmacro %}

-- How the fields of a record are read and tested: DuckDB macros, of which contract.py makes the statements of a table.
-- A field is given as it stands in the record, as JSON text: 5, "5", "from 12.99", true; null where there is none.

-- A line without the white space around it: what DuckDB's reader of JSON passes over, form feeds and vertical tabs too.
create or replace temp macro stripped(line) as trim(line, E' \t\r\n\f' || chr(11));

-- Python's None, written as text. Only a text may really be called that.
create or replace temp macro is_none(field) as coalesce(field::varchar, '') = '"None"';

-- What it is read as; null where it cannot be read. Numbers and flags may come as text: "5" is read as 5.
create or replace temp macro bare(field) as trim(field, '"');
create or replace temp macro read_count(field) as
    case when try_cast(bare(field) as double) = floor(try_cast(bare(field) as double)) then try_cast(bare(field) as bigint) end;
create or replace temp macro read_number(field) as
    case when isfinite(try_cast(bare(field) as double)) then try_cast(bare(field) as double) end;
create or replace temp macro read_flag(field) as try_cast(bare(field) as boolean);
create or replace temp macro read_price(field) as try_cast(bare(field) as decimal(18, 2));
create or replace temp macro read_price_text(field) as
    case when read_price(field) is null and not is_none(field) and field::varchar <> 'NaN' then field ->> '$' end;

-- A list or an object. Where it comes as text that holds one, as in the data set's own Parquet files, it is read as what it holds.
create or replace temp macro holds_json(field) as
    regexp_matches(field ->> '$', '^\s*[\[{]') and json_valid(field ->> '$');
create or replace temp macro read_nested(field) as case
    when not starts_with(field, '"') then field::json
    when is_none(field) then null
    when holds_json(field) then json_extract(field ->> '$', '$')
    else field::json
end;

-- A list of objects. Where it comes as an object of lists, {"a": [1, 2], "b": [3, 4]}, it is [{"a": 1, "b": 3}, {"a": 2, "b": 4}].
create or replace temp macro members_at(lists, number) as '{' || array_to_string(list_transform(map_entries(lists),
    lambda member: to_json(member.key)::varchar || ':' || coalesce(member.value[number]::varchar, 'null')), ',') || '}';
create or replace temp macro objects_of(lists) as '[' || array_to_string(list_transform(
    range(1, list_max(list_transform(map_values(lists), lambda each: len(each))) + 1),
    lambda number: members_at(lists, number)), ',') || ']';
create or replace temp macro read_objects(field) as case
    when starts_with(field, '{') then coalesce(objects_of(try_cast(field::json as map(varchar, json[])))::json, field::json)
    else read_nested(field)
end;

-- Read into the table's type at once, unless it comes as text (then it is read as above).
create or replace temp macro comes_as_text(field) as starts_with(field, '"');
create or replace temp macro read_plain_count(field) as
    case when comes_as_text(field) then read_count(field) else try_cast(field::varchar as bigint) end;
create or replace temp macro read_plain_number(field) as
    case when comes_as_text(field) then read_number(field) else try_cast(field::varchar as double) end;
create or replace temp macro read_plain_flag(field) as
    case when comes_as_text(field) then read_flag(field) else try_cast(field::varchar as boolean) end;

-- The reasons for which a record is turned down.
create or replace temp macro is_missing(field) as coalesce(field::varchar, '') in ('', '""');
create or replace temp macro is_no_text(field) as left(field, 1) in ('{', '[');

-- For certain good, told quickly: what most records hold is tested first, and the rest only where that fails (`or` would test both).
-- Stricter than the reasons: what is not for certain good is judged by them.
create or replace temp macro is_good_count(field) as case
    when length(field) < 3 and field between '0' and '99' then true
    when regexp_full_match(field, '"?[0-9]{1,18}"?') then true
    else read_count(field) is not null
end;
create or replace temp macro is_good_number(field) as case
    when length(field) = 3 and ends_with(field, '.0') and field between '1' and '6' then true
    else read_number(field) is not null
end;
create or replace temp macro is_good_rating(field) as case
    when length(field) = 3 and ends_with(field, '.0') and field between '1' and '6' then true
    else coalesce(try_cast(bare(field) as double) between 1 and 5, false)
end;
create or replace temp macro is_good_flag(field) as case
    when field in ('true', 'false') then true
    else read_flag(field) is not null
end;

-- A whole number, written as one: 12, not 12.0 or "12". Such a number is the same in every reader, and so are hashes of it.
create or replace temp macro is_whole_number(field) as
    not starts_with(field, '"') and not contains(field, '.') and (try_cast(field as bigint) is not null or field is null);

-- Text in quotes of which nothing is escaped, that begins with a letter, a digit or the like. Not an empty text, and no bracket
-- that a reader could take for an object: in ASCII " # $ … @ A … Z stand from '"-' to '"[', and ^ _ ` a … z from '"^' to '"{'.
create or replace temp macro is_plain_text(field) as
    (field >= '"-' and field < '"[' or field >= '"^' and field < '"{') and not contains(field, '\');
create or replace temp macro text_of(field) as case
    when is_plain_text(field) then substring(field, 2, length(field) - 2)
    else json_transform(field::json, '"VARCHAR"')
end;

-- A field beyond the contract, or one that came in another type, as a member of the JSON object `other_fields`.
create or replace temp macro member(name, field) as case when field is not null then '"' || name || '":' || field end;
create or replace temp macro object_of(members) as case when members <> '' then ('{' || members || '}')::json end;

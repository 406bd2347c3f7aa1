# Features and countries counted each in a CTE of its own, then joined.
def by_department(file):
    return f"""
        with items as (
            select *, case when len(categories) = 0 then 'unknown' else list_extract(categories, 1) end as department
            from ({products(file)})
        ),
        counted as (select department, count(*) as product_count from items group by department),
        listed as (
            select department, count(*) as feature_count
            from (select department, unnest(features) as feature from items)
            group by department
        ),
        countries as (
            select department, count(*) as country_count
            from (select distinct department, json_extract_string(details, '$."Country of Origin"') as country from items)
            where country is not null
            group by department
        )
        select country_count, department, product_count, coalesce(feature_count, 0) as feature_count
        from counted left join listed using (department) left join
            (select department, country_count from countries
             union all select department, 0 from counted where department not in (select department from countries))
            using (department)
    """

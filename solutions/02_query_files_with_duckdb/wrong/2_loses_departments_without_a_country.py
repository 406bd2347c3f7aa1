# Leaves out products that name no country, and with them departments.
# Hint: Departments are gone: unknown
def by_department(file):
    return f"""
        select coalesce(categories[1], 'unknown') as department, count(*) as product_count,
            sum(len(features)) as feature_count, count(distinct (details ->> 'Country of Origin')) as country_count
        from ({products(file)})
        where details ->> 'Country of Origin' is not null and len(categories) > 0
        group by department
    """

# Counts lists from 0.
# Hint: begin at `[1]`
def by_department(file):
    return f"""
        select coalesce(categories[0], 'unknown') as department, count(*) as product_count,
            sum(len(features)) as feature_count,
            count(distinct (details ->> 'Country of Origin')) as country_count
        from ({products(file)})
        group by department
    """

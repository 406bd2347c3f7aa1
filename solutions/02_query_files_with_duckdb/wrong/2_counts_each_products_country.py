# Counts each product's country.
# Hint: A country counts once
def by_department(file):
    return f"""
        select coalesce(categories[1], 'unknown') as department, count(*) as product_count,
            sum(len(features)) as feature_count, count(details ->> 'Country of Origin') as country_count
        from ({products(file)})
        group by department
    """

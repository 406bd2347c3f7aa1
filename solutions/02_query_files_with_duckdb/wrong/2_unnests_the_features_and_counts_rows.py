# Unnests the features, and counts rows as products.
# Hint: once for each of its features
def by_department(file):
    return f"""
        select coalesce(categories[1], 'unknown') as department, count(*) as product_count,
            count(feature) as feature_count, count(distinct (details ->> 'Country of Origin')) as country_count
        from (select *, unnest(features) as feature from ({products(file)}))
        group by department
    """

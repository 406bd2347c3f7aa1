# Unnests the features, and loses products that have none.
# Hint: products without features are gone
def by_department(file):
    return f"""
        select coalesce(categories[1], 'unknown') as department, count(distinct parent_asin) as product_count,
            count(*) as feature_count, count(distinct (details ->> 'Country of Origin')) as country_count
        from (select *, unnest(features) as feature from ({products(file)}))
        group by department
    """

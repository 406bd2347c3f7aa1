# Forgets a comma.
# Error: Parser Error: syntax error at or near "sum"
def by_department(file):
    return f"""
        select coalesce(categories[1], 'unknown') as department, count(*) as product_count
            sum(len(features)) as feature_count,
            count(distinct (details ->> 'Country of Origin')) as country_count
        from ({products(file)})
        group by department
    """

# Leaves the empty lists without a name.
# Hint: `coalesce` gives it a name
def by_department(file):
    return f"""
        select categories[1] as department, count(*) as product_count,
            sum(len(features)) as feature_count,
            count(distinct (details ->> 'Country of Origin')) as country_count
        from ({products(file)})
        group by department
    """

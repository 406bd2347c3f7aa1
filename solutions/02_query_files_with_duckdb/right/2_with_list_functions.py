# List functions instead of an index, and a sum of lengths.
def by_department(file):
    return f"""
        from ({products(file)})
        select ifnull(list_extract(categories, 1), 'unknown') as department,
            count(parent_asin) as product_count,
            sum(array_length(features)) as feature_count,
            coalesce(len(list_distinct(list(details ->> '$."Country of Origin"') filter (details ->> '$."Country of Origin"' is not null))), 0)
                as country_count
        group by 1
    """

-- Each period of a product ends where its next one begins, and only the last one has no end.
with

periods as (

    select
        *,
        lead(valid_from_at) over (partition by parent_asin order by valid_from_at) as next_from_at

    from {{ ref('dim_product_prices') }}

)

select * from periods
where valid_to_at is distinct from next_from_at
    or valid_to_at <= valid_from_at
    or is_current != (valid_to_at is null)

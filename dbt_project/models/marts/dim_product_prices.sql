with

prices as (

    select * from {{ ref('stg_prices') }}

),

with_previous as (

    select
        *,
        row_number() over (partition by parent_asin order by effective_at) as event_number,
        lag(price) over (partition by parent_asin order by effective_at) as last_price,
        lag(price_text) over (partition by parent_asin order by effective_at) as last_price_text

    from prices

),

-- an event that repeats the price it finds changes nothing
changes as (

    select * from with_previous
    where event_number = 1
        or price is distinct from last_price
        or price_text is distinct from last_price_text

),

final as (

    select
        parent_asin,
        effective_at as valid_from_at,
        lead(effective_at) over (partition by parent_asin order by effective_at) as valid_to_at,
        price,
        price_text,
        cast(last_price as decimal(18, 2)) as previous_price,
        lead(effective_at) over (partition by parent_asin order by effective_at) is null as is_current

    from changes

)

select * from final

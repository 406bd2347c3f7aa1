with

source as (

    select * from {{ source('amazon_raw', 'prices') }}

),

renamed as (

    select
        parent_asin,
        {{ epoch_ms_to_timestamp('timestamp') }} as effective_at,
        cast(price as decimal(18, 2)) as price,
        price_text,
        {{ json_text('other_fields') }} as other_fields

    from source

)

select * from renamed

with

source as (

    select * from {{ source('amazon_raw', 'prices') }}

),

renamed as (

    select
        parent_asin,
        {{ epoch_ms_to_timestamp('timestamp') }} as effective_at,
        price,
        price_text,
        other_fields

    from source

)

select * from renamed

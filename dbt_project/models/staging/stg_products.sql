with

source as (

    select * from {{ source('amazon_raw', 'products') }}

),

renamed as (

    select
        parent_asin,
        main_category,
        title,
        subtitle,
        author,
        store,
        cast(average_rating as decimal(18, 2)) as site_rating,
        rating_number as site_rating_count,
        cast(price as decimal(18, 2)) as price,
        price_text,
        {{ json_text('categories') }} as categories,
        {{ json_text('features') }} as features,
        {{ json_text('description') }} as description,
        {{ json_text('details') }} as details,
        {{ json_text('images') }} as images,
        {{ json_text('videos') }} as videos,
        {{ json_text('other_fields') }} as other_fields

    from source

)

select * from renamed

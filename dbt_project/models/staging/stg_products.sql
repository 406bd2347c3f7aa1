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
        price,
        price_text,
        categories,
        features,
        description,
        details,
        images,
        videos,
        other_fields

    from source

)

select * from renamed

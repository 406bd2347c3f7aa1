with

source as (

    select * from {{ source('amazon_raw', 'reviews') }}

),

renamed as (

    select
        review_id,
        user_id,
        asin,
        parent_asin,
        {{ epoch_ms_to_timestamp('timestamp') }} as reviewed_at,
        cast({{ epoch_ms_to_timestamp('timestamp') }} as date) as reviewed_on,
        cast(rating as decimal(3, 2)) as rating,
        title,
        text,
        helpful_vote as helpful_vote_count,
        verified_purchase as is_verified_purchase,
        {{ json_text('images') }} as images,
        {{ json_text('other_fields') }} as other_fields,
        _dlt_load_id as load_id

    from source

)

select * from renamed

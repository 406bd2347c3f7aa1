{{
    config(
        materialized='incremental',
        unique_key='review_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        pre_hook="{{ open_processed_loads() }}",
        post_hook=[
            "{{ note_processed_loads() }}",
            "{{ drop_rows_gone_from(ref('stg_reviews'), 'review_id') }}"
        ]
    )
}}

with

reviews as (

    select * from {{ ref('stg_reviews') }}

    {% if is_incremental() %}

    -- asked of the source, so that no table behind it carries load columns
    where review_id in (
        select review_id from {{ source('amazon_raw', 'reviews') }}
        where {{ unprocessed_loads('_dlt_load_id') }}
    )

    {% endif %}

),

final as (

    select
        review_id,
        user_id,
        asin,
        parent_asin,
        reviewed_at,
        reviewed_on,
        rating,
        title,
        text,
        coalesce(length(text), 0) as text_length,
        helpful_vote_count,
        is_verified_purchase,
        {{ json_list_length('images') }} > 0 as has_images,
        cast(other_fields as varchar) as other_fields

    from reviews

)

select * from final

{#
  delete+insert: where ten thousand new and edited reviews meet ten million, merge takes five times as long. Both need a batch
  in which a key comes once. append would keep the old versions; microbatch goes by the day of a review, and edits come later.
#}
{{
    config(
        materialized='incremental',
        unique_key='review_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        pre_hook=[
            "{{ open_processed_loads() }}",
            "{{ forget_where_moved(['int_product_daily_ratings'], ref('stg_reviews'), 'review_id', 'parent_asin') }}"
        ],
        post_hook=[
            "{{ note_processed_loads() }}",
            "{{ drop_rows_gone_from(ref('stg_reviews'), 'review_id', ['int_product_daily_ratings']) }}"
        ]
    )
}}

with

reviews as (

    select * from {{ ref('stg_reviews') }}

    {% if is_incremental() %}

    where {{ unprocessed_loads('load_id', ref('stg_reviews')) }}

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
        cast(coalesce(length(text), 0) as bigint) as text_length,
        helpful_vote_count,
        is_verified_purchase,
        {{ json_list_length('images') }} > 0 as has_images,
        other_fields

    from reviews

)

select * from final

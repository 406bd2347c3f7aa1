with

reviews as (

    select * from {{ ref('fct_reviews') }}

),

daily_ratings as (

    select * from {{ ref('int_product_daily_ratings') }}

),

days as (

    select
        reviewed_on,
        sum(review_count) as review_count

    from daily_ratings
    group by reviewed_on

),

-- few texts stand for many reviews: JSON is read once for each
texts as (

    select
        other_fields,
        min(reviewed_on) as first_seen_on,
        count(*) as record_count

    from reviews
    where other_fields is not null
    group by other_fields

),

named as (

    select
        field_name,
        first_seen_on,
        record_count

    from {{ json_fields('texts', 'other_fields') }} as names

),

fields as (

    select
        field_name,
        min(first_seen_on) as first_seen_on,
        cast(sum(record_count) as bigint) as record_count

    from named
    group by field_name

),

compared as (

    select
        fields.field_name,
        fields.first_seen_on,
        fields.record_count,
        sum(case when days.reviewed_on < fields.first_seen_on then days.review_count else 0 end) as before_count,
        sum(case when days.reviewed_on >= fields.first_seen_on then days.review_count else 0 end) as since_count

    from fields
    cross join days
    group by fields.field_name, fields.first_seen_on, fields.record_count

),

final as (

    select
        'reviews' as table_name,
        field_name,
        case
            when field_name in (
                'rating', 'title', 'text', 'images', 'asin', 'parent_asin', 'user_id',
                'timestamp', 'helpful_vote', 'verified_purchase'
            ) then 'type_changed'
            else 'appeared'
        end as kind,
        first_seen_on,
        record_count,
        {{ ratio('record_count', 'since_count') }} as share_since

    from compared
    where before_count >= {{ var('schema_change_records') }}
        and record_count >= {{ var('schema_change_records') }}
        and record_count >= {{ var('schema_change_share') }} * since_count

)

select * from final

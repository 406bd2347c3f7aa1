-- The incremental model holds what the source holds, no review less and none more.
select coalesce(staged.review_id, kept.review_id) as review_id
from {{ ref('stg_reviews') }} as staged
full outer join {{ ref('fct_reviews') }} as kept on staged.review_id = kept.review_id
where staged.review_id is null or kept.review_id is null

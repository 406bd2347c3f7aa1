"""A lesson can show what dbt says of each node: dbt's own lines, the same ones each time."""

import re

import pytest
from support import lines, review

from course.dbt import dbt
from course.warehouse import opened
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError

BUILD = ("build", "--select", "stg_reviews", "--exclude", "fct_reviews_has_the_keys_of_stg_reviews")


def test_dbt_says_what_it_does_of_each_node_and_no_seconds(own_state, capsys):
    (own_state / "in").mkdir()
    (own_state / "in" / "r.jsonl").write_bytes(lines(review(1), review(2)))
    pipeline.run(source="files", path=own_state / "in", target="t")
    capsys.readouterr()
    dbt(*BUILD, target="t")
    assert capsys.readouterr().out == ""

    results = dbt(*BUILD, target="t", show=True)
    said = capsys.readouterr().out
    for line in (
        r"\d+ of \d+ START sql view model staging\.stg_reviews \.+ \[RUN\]",
        r"\d+ of \d+ OK created sql view model staging\.stg_reviews \.+ \[OK in …s\]",
        r"\d+ of \d+ PASS unique_stg_reviews_review_id \.+ \[PASS in …s\]",
        rf"Done\. PASS={len(results) + 1} WARN=0 ERROR=0 SKIP=0 .*",  # and the hook
    ):
        assert re.search(f"^{line}$", said, re.MULTILINE), line
    assert "Running with" not in said
    assert "\x1b" not in said
    dbt(*BUILD, target="t", show=True)
    assert capsys.readouterr().out == said

    with opened(find_target("t").warehouse) as connection:
        connection.execute("insert into amazon_raw.reviews from amazon_raw.reviews limit 1")
    with pytest.raises(PipelineError, match="unique_stg_reviews_review_id"):
        dbt(*BUILD, target="t", show=True)
    said = capsys.readouterr().out
    assert re.search(r"FAIL 1 unique_stg_reviews_review_id \.+ \[FAIL 1 in …s\]", said)
    assert "Got 1 result, configured to fail if != 0" in said

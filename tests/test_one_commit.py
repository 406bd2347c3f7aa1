"""What a load in one transaction relies on in dlt, and what it gives: all of a load, or nothing."""

import inspect
import shutil

import dlt
import duckdb
import pytest
from dlt.common.destination.client import RunnableLoadJob
from dlt.destinations.impl.duckdb.duck import DuckDbClient
from dlt.load.load import Load
from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_pipelines.load.commit import OneCommitClient, Step, one_commit

ROWS = [{"id": number, "word": f"word {number}"} for number in range(100)]


@pytest.fixture
def pipeline(tmp_path):
    """A small pipeline into a DuckDB file, with a step to be set."""

    def make(before=lambda connection: None, check=lambda connection, load_id: None):
        destination = one_commit(str(tmp_path / "w.duckdb"))
        destination.step = Step(before, check)
        folder = str(tmp_path / "dlt")
        options = {"pipelines_dir": folder, "destination": destination, "dataset_name": "raw"}
        return dlt.pipeline("small", **options)

    make.ask = lambda sql: ask(tmp_path, sql)
    make.folder = tmp_path / "dlt" / "small"
    return make


def ask(folder, sql):
    with duckdb.connect(str(folder / "w.duckdb")) as connection:
        return connection.execute(sql).fetchall()


def words(rows, **options):
    """A source of one resource that remembers how far it has read, as the pipeline's state."""

    @dlt.source(name="small", max_table_nesting=0)
    def source():
        def read():
            state = dlt.current.source_state()
            state["read"] = state.get("read", 0) + len(rows)
            yield rows

        merge = {"write_disposition": "merge", "primary_key": "id"}
        yield dlt.resource(read, name="words", **(merge | options))

    return source()


def fail(*arguments):
    raise ValueError("it does not add up")


TABLES = ("words", "_dlt_loads", "_dlt_pipeline_state")
COUNTS = "select " + ", ".join(f"(select count(*) from raw.{name})" for name in TABLES)


def test_dlt_has_what_is_overridden():
    for name in (
        "create_load_job",
        "should_load_data_to_staging_dataset",
        "create_table_chain_completed_followup_jobs",
        "drop_tables",
        "complete_load",
        "prepare_load_table",
        "update_stored_schema",
    ):
        assert callable(getattr(DuckDbClient, name)), name
    assert callable(RunnableLoadJob.set_run_vars)
    assert "job_client.complete_load(load_id)" in inspect.getsource(Load.complete_package)


def test_jobs_are_done_for_dlt_before_any_of_them_has_run(pipeline, monkeypatch):
    seen, real = [], OneCommitClient.complete_load

    def completing(client, load_id):
        jobs = dlt.current.pipeline().get_load_package_info(load_id).jobs
        rows = client.sql_client.execute_sql("select count(*) from raw.words")[0][0]
        seen.append((sorted(j.job_file_info.table_name for j in jobs["completed_jobs"]), rows))
        assert not jobs["new_jobs"] and not jobs["started_jobs"] and not jobs["failed_jobs"]
        real(client, load_id)

    monkeypatch.setattr(OneCommitClient, "complete_load", completing)
    pipeline().run(words(ROWS))
    assert seen == [(["_dlt_pipeline_state", "words"], 0)]
    assert pipeline.ask(COUNTS) == [(100, 1, 1)]


def test_before_runs_ahead_of_the_rows_and_check_behind_them(pipeline):
    seen = []

    def count(connection, load_id=None):
        seen.append(connection.execute(COUNTS).fetchone())

    info = pipeline(count, count).run(words(ROWS))
    assert seen == [(0, 0, 0), (100, 0, 1)]
    assert pipeline.ask("select load_id, status from raw._dlt_loads") == [(info.loads_ids[0], 0)]


@pytest.mark.parametrize("where", ["before", "check"])
def test_a_step_that_raises_leaves_nothing_of_the_load_its_state_neither(pipeline, where):
    pipeline().run(words(ROWS[:10]))
    with pytest.raises(PipelineStepFailed):
        pipeline(**{where: fail}).run(words(ROWS))
    assert pipeline.ask(COUNTS) == [(10, 1, 1)]
    loads = pipeline.ask("select load_id from raw._dlt_loads")
    assert pipeline.ask("select distinct _dlt_load_id from raw.words") == loads


def test_what_a_job_has_written_goes_where_a_later_job_fails(pipeline, monkeypatch):
    pipeline().run(words(ROWS[:10]))
    real = OneCommitClient._run

    def running(client, table, path, load_id):
        real(client, table, path, load_id)
        if table == "words":
            fail()

    monkeypatch.setattr(OneCommitClient, "_run", running)
    with pytest.raises(PipelineStepFailed):
        pipeline().run(words(ROWS[10:]))
    assert pipeline.ask(COUNTS) == [(10, 1, 1)]


def test_a_full_refresh_that_fails_leaves_the_old_rows_and_one_that_does_not_the_new(pipeline):
    pipeline().run(words(ROWS[:10]))
    with pytest.raises(PipelineStepFailed):
        pipeline(check=fail).run(words(ROWS), refresh="drop_sources")
    assert pipeline.ask(COUNTS) == [(10, 1, 1)]
    shutil.rmtree(pipeline.folder)  # as settle.py does; state and schema come from the warehouse
    pipeline().run(words(ROWS[50:]), refresh="drop_sources")
    assert pipeline.ask("select count(*), min(id) from raw.words") == [(50, 50)]


def test_in_a_full_refresh_the_old_rows_are_gone_before_the_step_looks(pipeline):
    seen = []

    def look(connection):
        seen.append(connection.execute("select count(*) from raw.words").fetchone()[0])

    pipeline().run(words(ROWS[:10]))
    pipeline(before=look).run(words(ROWS), refresh="drop_sources")
    assert seen == [0]


def test_a_package_that_is_resumed_behind_its_commit_doubles_nothing(pipeline, monkeypatch):
    kept = pipeline.folder.with_name("kept")
    real = OneCommitClient.complete_load

    def stopping(client, load_id):
        real(client, load_id)
        shutil.copytree(pipeline.folder, kept)  # as a kill at this moment would leave it

    with monkeypatch.context() as patch:
        patch.setattr(OneCommitClient, "complete_load", stopping)
        pipeline().run(words(ROWS))
    shutil.rmtree(pipeline.folder)
    kept.rename(pipeline.folder)
    waiting = pipeline()
    assert waiting.has_pending_data
    waiting.load()  # the course throws such a package away (settle.py); dlt by itself would go on
    assert pipeline.ask("select count(*), count(distinct id) from raw.words") == [(100, 100)]
    assert pipeline.ask(COUNTS) == [(100, 1, 1)]


def test_nothing_is_staged(pipeline):
    for _ in range(2):
        pipeline(lambda connection: connection.execute("delete from raw.words")).run(words(ROWS))
    assert pipeline.ask("select count(*) from raw.words") == [(100,)]
    staged = "select sum(estimated_size) from duckdb_tables() where schema_name like '%staging%'"
    assert pipeline.ask(staged)[0][0] in (None, 0)

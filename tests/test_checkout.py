"""Where the course stands: a moved or copied folder, odd signs in a path, Windows line ends, no
clone at all.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from support import ask, copy_repository

from course import doctor
from course.checkout import check_checkout
from course.dbt import copy_project
from course.environment import ROOT
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.surroundings import SIGNS

MAKE = pytest.mark.skipif(not shutil.which("make"), reason="needs make")
UNIX = pytest.mark.skipif(
    os.name == "nt", reason="the commands of an environment are scripts there alone"
)


def tell(*words, cwd=ROOT, **variables):
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The repository as `cp -r` copies it, its environment too: the commands in it name the
    original's Python.
    """
    here = copy_repository(tmp_path_factory.mktemp("copied") / "copy")
    (here / ".venv").unlink(missing_ok=True)
    scripts = Path(sysconfig.get_path("scripts"))
    shutil.copytree(scripts, here / ".venv" / scripts.name, symlinks=True)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", here / ".venv")
    packages = Path(sysconfig.get_path("purelib"))
    inside = here / ".venv" / packages.relative_to(sys.prefix)
    inside.parent.mkdir(parents=True, exist_ok=True)
    inside.symlink_to(packages)
    (here / ".venv" / "installed").touch()
    return here


@UNIX
@pytest.mark.parametrize("command", ["start 03", "reset 03", "run", "lab --no-browser", "grade ."])
def test_c2_a_copys_command_refuses_to_work_on_the_original(own_state, copy, command):
    code, told = tell(copy / ".venv/bin/course", *command.split(), cwd=copy)
    assert (code, "FAQ.md#moved-checkout" in told, str(ROOT) in told) == (1, True, True), told
    assert not (own_state / "my_work").exists() and not (own_state / "runs").exists()


@UNIX
def test_c2_a_copys_python_refuses_too_and_its_kernels(copy):
    code, told = tell(copy / ".venv/bin/python", "-m", "course.cli", "history", cwd=copy.parent)
    assert code == 1 and "FAQ.md#moved-checkout" in told, told
    shell = "from IPython import InteractiveShell; InteractiveShell.instance()"
    kernel = (
        f"{shell}; import os; os.chdir({str(copy / 'notebooks')!r}); import course; "
        "course.start('03')"
    )
    code, told = tell(
        sys.executable, "-c", f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {kernel}", cwd="/"
    )
    assert code == 1 and f"the notebook lies in {copy}" in told, told


@UNIX
def test_c2_the_doctor_names_a_copied_environment_with_and_without_packages(copy):
    for words in (
        (copy / ".venv/bin/course", "doctor"),
        (copy / ".venv/bin/python", copy / "course/doctor.py"),
    ):
        code, told = tell(*words, "--json", cwd=copy)
        faults = {each["fault"]: each["fix"] for each in json.loads(told)}
        assert (code, faults.get("moved-checkout")) == (1, ["make install"]), told


@MAKE
@UNIX
def test_c2_make_sets_up_anew_in_a_copy_and_not_where_it_stands(copy):
    said = "The environment in .venv was made in another folder"
    assert said in tell("make", "-n", "run", cwd=copy)[1]
    # an environment that was put there by a link belongs to another folder, and is left alone
    linked = copy.parent / "linked"
    linked.mkdir()
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy2(ROOT / name, linked)
    (linked / ".venv").symlink_to(sys.prefix)
    assert said not in tell("make", "-n", "run", cwd=linked)[1]
    if Path(sys.prefix) == ROOT / ".venv":
        assert said not in tell("make", "-n", "run")[1]


def test_c2_an_environment_elsewhere_whose_clone_has_gone_is_noticed(own_state, monkeypatch):
    """conda's, say: it does not move with the clone."""
    monkeypatch.setattr(sys, "prefix", str(own_state))
    monkeypatch.setattr(doctor, "_installed_from", lambda: own_state / "gone")
    assert f"was made for {own_state / 'gone'}" in doctor.moved()
    monkeypatch.setattr(doctor, "_installed_from", lambda: own_state)
    assert doctor.moved() == ""


def test_c2_an_environment_at_home_is_not_called_moved():
    assert doctor.moved() == ""
    check_checkout()


# A folder that cannot be written


def test_from_a_read_only_checkout_comes_a_project_that_can_be_written(own_state, monkeypatch):
    original = own_state / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", original)
    paths = [original, *original.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    monkeypatch.setattr("course.dbt.DBT_PROJECT", original)
    copy_project(own_state / "project")
    copies = [own_state / "project", *(own_state / "project").rglob("*")]
    assert len(copies) > 30
    assert [path for path in copies if not path.stat().st_mode & stat.S_IWUSR] == []
    for path in paths:
        path.chmod(0o755)


# Signs in a path (C6)


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_c6_a_sign_that_a_tool_takes_for_more_is_refused_at_the_start_and_named(
    own_state, monkeypatch, sign
):
    from dlt_pipelines.targets import find_target

    monkeypatch.setenv("COURSE_DATA", str(own_state / f"a{sign}b"))
    with pytest.raises(PipelineError, match=r"FAQ\.md#sign-in-a-path") as raised:
        find_target("dev")
    assert repr(sign) in str(raised.value)
    with pytest.raises(PipelineError, match=r"FAQ\.md#sign-in-a-path"):
        check_checkout()


def test_c6_work_and_runs_may_lie_below_any_name(own_state, monkeypatch):
    for name in ("MY_WORK", "RUNS"):
        monkeypatch.setenv(f"COURSE_{name}", str(own_state / "a%2Fb?c#d" / name.lower()))
    code, told = tell(sys.executable, "-m", "course.cli", "start", "03")
    assert code == 0, told
    assert (own_state / "a%2Fb?c#d/my_work/exercises").is_dir()


NAMES = ["l'été d'Anna, env=prod", "{{ a }} & b; [2023] *", 'a@b+c~d(e)!$x^`"i:j|k<l>', "📦 数据"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="several of these signs cannot be in a name there")
@pytest.mark.parametrize("name", NAMES)
def test_c6_below_a_folder_of_any_other_name_loads_and_models_work(own_state, monkeypatch, name):
    data = own_state / name / "data"
    for words in (
        ["dlt_pipelines/amazon_products_pipeline.py"],
        ["dlt_pipelines/amazon_products_pipeline.py", "--full-refresh"],
        ["-m", "course.cli", "dbt", "run", "--select", "+fct_reviews"],
    ):
        code, told = tell(sys.executable, *words, COURSE_DATA=str(data))
        assert code == 0, told
    assert (data / "dev" / "warehouse.duckdb").exists()
    monkeypatch.setenv("COURSE_DATA", str(data))
    assert ask("dev", "select count(*) from marts.fct_reviews")[0][0] > 5000


# Windows line ends (C8)


def test_c8_a_clone_with_windows_line_ends_has_the_same_bytes(own_state):
    clone = own_state / "clone"
    git = [
        "git",
        "-c",
        "core.autocrlf=true",
        "-c",
        "core.eol=crlf",
        "-c",
        "protocol.file.allow=always",
    ]
    code, told = tell(*git, "clone", "--quiet", "--depth", "1", f"file://{ROOT.as_posix()}", clone)
    assert code == 0, told
    (clone / ".gitattributes").write_bytes((ROOT / ".gitattributes").read_bytes())
    names = ["requirements.txt", "Makefile", "notebooks", "dbt_project", ".gitattributes"]
    tell(*git, "rm", "-r", "--quiet", "--cached", ".", cwd=clone)
    tell(*git, "reset", "--quiet", "--hard", cwd=clone)
    files = [
        path
        for name in names
        for path in ([clone / name] if (clone / name).is_file() else (clone / name).rglob("*.*"))
    ]
    assert len(files) > 50
    texts = {path: path.read_bytes() for path in files if path.is_file()}
    # a picture may hold the two bytes by chance
    assert [p for p, text in texts.items() if b"\r\n" in text and b"\0" not in text] == []


def test_c8_every_text_of_the_repository_has_the_attribute():
    told = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    lines = [line for line in told.splitlines() if not line.startswith("i/-text")]
    assert len(lines) > 200
    assert [
        line
        for line in lines
        if "eol=lf" not in line or "crlf" in line.split("\t")[0].replace("eol=lf", "")
    ] == []


# The way in (C9, D9)


@MAKE
@UNIX
def test_c9_the_recipes_see_where_packages_come_from_and_nothing_of_where_they_should_go(own_state):
    extra = own_state / "extra.mk"
    extra.write_text(
        "shown: ; @env\n.venv/installed/shown: export PYTHONPATH :=\n", encoding="utf-8"
    )
    stray = {
        "PIP_USER": "1",
        "PIP_TARGET": "/x",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_DRY_RUN": "1",
        "UV_PYTHON": "3.9",
        "UV_NO_BINARY": "1",
    }
    stray |= {"PYTHONHOME": "/x", "PYTHONSTARTUP": "/x", "PYTHONOPTIMIZE": "2"}
    meant = {
        "PIP_INDEX_URL": "https://i",
        "UV_DEFAULT_INDEX": "https://i",
        "PIP_CERT": "/c",
        "UV_HTTP_TIMEOUT": "9",
        "HTTPS_PROXY": "p",
    }
    code, told = tell(
        "make", "-f", "Makefile", "-f", extra, "shown", PYTHON=sys.executable, **stray, **meant
    )
    assert code == 0, told
    names = {line.partition("=")[0] for line in told.splitlines()}
    assert (names & stray.keys(), meant.keys() - names) == (set(), set())


@MAKE
@UNIX
def test_c9_pip_installs_into_the_environment_whatever_its_files_say(own_state):
    """pip as the Makefile calls it, in an environment of its own, with a wheel made here: no
    network.
    """
    home, wheel = own_state / "home", own_state / "tiny-1-py3-none-any.whl"
    (home / ".config/pip").mkdir(parents=True)
    settings = f"[global]\nuser = true\n[install]\ntarget = {own_state}/x\n"
    (home / ".config/pip/pip.conf").write_text(settings, encoding="utf-8")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(
            "tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n"
        )
        archive.writestr(
            "tiny-1.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("tiny-1.dist-info/RECORD", "")
    venv.create(own_state / ".venv", with_pip=True, symlinks=True)
    (own_state / "extra.mk").write_text(f"tiny: ; @$(PIP) --no-index {wheel}\n", encoding="utf-8")
    shutil.copy(ROOT / "Makefile", own_state)
    more = {
        "HOME": str(home),
        "PIP_USER": "1",
        "PIP_TARGET": "/nowhere",
        "XDG_CONFIG_HOME": str(home / ".config"),
    }
    code, told = tell("make", "-f", "Makefile", "-f", "extra.mk", "tiny", cwd=own_state, **more)
    assert code == 0, told
    assert list((own_state / ".venv").rglob("tiny.py")), told


@pytest.mark.parametrize("command", ["run", "test", "lab", "doctor"])
def test_d9_without_a_clone_one_sentence_says_how_to_install(own_state, command):
    packages = own_state / "site-packages"
    for name in ("course", "dlt_pipelines"):
        shutil.copytree(ROOT / name, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    call = "import sys; from course.cli import main; sys.argv[0] = 'course'; main()"
    code, told = tell(sys.executable, "-c", call, command, cwd=own_state, PYTHONPATH=str(packages))
    assert (code, "Traceback" in told) == (1, False), told
    assert "FAQ.md#not-a-clone" in told and "from a clone, with --editable" in told

import pytest


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """Each test has its own data/, runs/ and my_work/, and a marketplace that is small but carries every truth."""
    for name in ("data", "runs", "my_work"):
        monkeypatch.setenv(f"COURSE_{name.upper()}", str(tmp_path / name))
    for name, value in {"items": 300, "reviews": 6000, "seed": 3}.items():
        monkeypatch.setenv(f"MARKETPLACE__{name.upper()}", str(value))
    return tmp_path

"""The store of documents, in a folder and in a bucket of a real S3 server."""

import secrets
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.storage.objects import ObjectStore, StoreUnusable, UnsafePath
from kordant_pipelines_tests.storage.s3 import s3_server


@pytest.fixture(params=["file", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[ObjectStore]:
    if request.param == "file":
        yield ObjectStore(f"file://{tmp_path}/with space/reports")
        return
    with s3_server(monkeypatch, f"bucket-{secrets.token_hex(4)}") as url:
        yield ObjectStore(url)


def test_what_is_put_is_there_for_whoever_asks_next(store: ObjectStore) -> None:
    assert store.get("sub_1", "a.pdf") is None
    store.put("sub_1", "a.pdf", b"first")
    store.put("sub_1", "a.pdf", b"second \x00\xff")
    assert ObjectStore(store.url).get("sub_1", "a.pdf") == b"second \x00\xff"


def test_a_folder_is_removed_whole_and_no_other(store: ObjectStore) -> None:
    for folder, name in (("sub_1", "a.pdf"), ("sub_1", "b.pdf"), ("sub_10", "a.pdf")):
        store.put(folder, name, b"x")
    assert store.remove_all("sub_1") == 2
    assert store.remove_all("sub_1") == 0
    assert store.get("sub_1", "a.pdf") is None
    assert store.get("sub_10", "a.pdf") == b"x"


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../x",
        "sub_1/x",
        "/etc/passwd",
        "",
        ".hidden",
        "a\\b",
        "a\x00b",
        "a%2e%2e",
        "s3://bucket/x",
        "x?y",
        "ä",
        "a\n",
        "*",
        "a" * 101,
    ],
)
def test_what_is_no_plain_name_reaches_no_path(store: ObjectStore, name: str) -> None:
    uses = (
        lambda: store.put(name, "x", b"x"),
        lambda: store.put("x", name, b"x"),
        lambda: store.get(name, "x"),
        lambda: store.get("x", name),
        lambda: store.remove_all(name),
    )
    for use in uses:
        with pytest.raises(UnsafePath) as refused:
            use()
        assert name == ".." or name == "" or name not in str(refused.value)
    assert store.remove_all("x") == 0


def test_folders_are_closed_to_others(tmp_path: Path) -> None:
    ObjectStore(f"file://{tmp_path}/new/reports").put("sub_1", "a", b"x")
    for folder in ("new", "new/reports", "new/reports/sub_1"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700


def test_a_store_that_cannot_be_used_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    with s3_server(monkeypatch, "a-bucket") as url:
        for store in (
            ObjectStore(f"file://{tmp_path}/file/reports"),
            ObjectStore(url.replace("a-bucket", "no-such-bucket")),
        ):
            with pytest.raises(StoreUnusable, match="KORDANT_REPORTS_URL") as refused:
                store.put("sub_1", "a", b"x")
            assert isinstance(refused.value, Misconfigured)
            assert store.url in str(refused.value)
            assert "made-up" not in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

"""The demo: copied for editing, pointed at the trayapp that watches it, served as it is."""

from pathlib import Path

import pytest

from trayapp.errors import TrayAppError
from trayapp.sites import create_site, prepare_demo


def test_points_at_the_port_of_each_run_and_keeps_what_was_edited(tmp_path: Path) -> None:
    folder = prepare_demo(tmp_path / "demo", "http://localhost:1234")
    page = folder / "index.html"
    assert 'src="http://localhost:1234/client.js"' in page.read_text("utf-8")
    mine = '<script src="http://localhost:3000/mine.js"></script>'
    page.write_text(page.read_text("utf-8").replace("<body>", f"<body>{mine}"), "utf-8")
    before = page.read_text("utf-8")
    prepare_demo(folder, "http://localhost:4321")
    assert page.read_text("utf-8") == before.replace("localhost:1234", "localhost:4321")
    assert mine in before


def test_a_folder_that_cannot_be_made_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrayAppError, match="Watch a folder of your own"):
        prepare_demo(tmp_path / "file" / "demo", "http://localhost:1")


def test_a_site_serves_files_fresh_and_hides_the_rest(tmp_path: Path) -> None:
    prepare_demo(tmp_path, "http://localhost:1234")
    (tmp_path / ".env").write_text("SECRET")
    client = create_site(tmp_path).test_client()
    with client.get("/") as page:
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-cache"
        etag = page.headers["ETag"]
    with client.get("/", headers={"If-None-Match": etag}) as again:
        assert again.status_code == 304
    for hidden in ("/.env", "/%2e%2e/secret", "/nowhere"):
        with client.get(hidden) as refused:
            assert refused.status_code == 404

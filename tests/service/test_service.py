"""The whole service in this process: switched on and off, paused, asked, started by halves."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.streams import Reader, open_stream, request
from tests.support import open_files, open_threads, wait_for
from trayapp.config import Config, RootEntry
from trayapp.errors import TrayAppError, Unconfirmed
from trayapp.paths import Paths
from trayapp.server import PortInUse
from trayapp.service import Service
from trayapp.state import State

Make = Callable[..., Service]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<p>Hello")
    return folder


@pytest.fixture
def make(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A service on a free port that watches `site`, not started."""
    monkeypatch.setenv("BROWSER", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    made: list[Service] = []

    def build(**settings: object) -> Service:
        home = tmp_path / "home"
        paths = Paths(config=home, state=home, data=home)
        paths.prepare()
        given = {"port": 0, "roots": (RootEntry(site),), "notifications": False} | settings
        made.append(Service(Config(**given), paths, "token"))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for service in made:
        service.stop()


def watching(service: Service) -> bool:
    roots = service.state().roots
    return bool(roots) and all(root.status == "watching" for root in roots)


def start(service: Service) -> int:
    service.start()
    wait_for(lambda: watching(service))
    port = int(service.url.rpartition(":")[2])
    wait_for(lambda: introduced(port))
    return port


def introduced(port: int) -> bool:
    """Whether a page that comes now is told the fingerprints: they follow the status."""
    reader = open_stream(port)
    hello = json.loads(reader.next().data)
    reader.close()
    return all(root["fingerprint"] for root in hello["roots"])


def changed_paths(reader: Reader) -> list[str]:
    event = reader.next()
    assert event.type == "change", event
    return sorted(path["path"] for path in json.loads(event.data)["paths"])


def test_a_save_reaches_a_stream(make: Make, site: Path) -> None:
    reader = open_stream(start(make()))
    assert reader.next().type == "hello"
    (site / "index.html").write_text("<p>Changed")
    assert changed_paths(reader) == ["index.html"]
    reader.close()


def test_while_paused_pages_hear_nothing_and_on_resume_all_at_once(make: Make, site: Path) -> None:
    service = make()
    reader = open_stream(start(service))
    told = json.loads(reader.next().data)["roots"]
    service.pause()
    assert service.state().status == "paused"
    (site / "index.html").write_text("<p>One")
    wait_for(lambda: service.state().roots[0].fingerprint != told[0]["fingerprint"])
    (site / "new.css").write_text("p {}")
    wait_for(lambda: service.state().roots[0].files == 2)
    late = open_stream(int(service.url.rpartition(":")[2]))
    hello = json.loads(late.next().data)
    assert hello["paused"] is True
    assert hello["roots"] == told, "a page that comes back while paused must not reload"
    late.close()
    service.resume()
    assert changed_paths(reader) == ["index.html", "new.css"]
    assert service.state().status == "on"
    reader.close()


def test_roots_come_and_go_while_it_runs(make: Make, tmp_path: Path) -> None:
    service = make()
    start(service)
    blog = tmp_path / "blog"
    blog.mkdir()
    assert service.roots.add_root(str(blog)).label == "blog"
    assert [root.label for root in service.state().roots] == ["site", "blog"]
    with pytest.raises(TrayAppError, match="watched already"):
        service.roots.add_root(str(blog))
    service.remove_root("blog")
    assert [root.label for root in service.state().roots] == ["site"]
    with pytest.raises(TrayAppError, match="blog"):
        service.remove_root("blog")


def test_a_stream_of_an_outer_root_hears_the_inner_one(make: Make, site: Path) -> None:
    (site / "css").mkdir()
    service = make(roots=(RootEntry(site), RootEntry(site / "css")))
    port = start(service)
    outer, inner = open_stream(port, "/stream?root=site"), open_stream(port, "/stream?root=css")
    roots = {root["root"]: root for root in json.loads(outer.next().data)["roots"]}
    assert roots["css"]["within"] == ["site"]
    assert "within" not in roots["site"]
    inner.next()
    (site / "css" / "a.css").write_text("p {}")
    for reader in (outer, inner):
        data = json.loads(reader.next().data)
        assert (data["root"], data["within"]) == ("css", ["site"])
    (site / "index.html").write_text("<p>Changed")
    assert changed_paths(outer) == ["index.html"]
    assert inner.rest(0.3) == []
    outer.close()
    inner.close()


def test_its_own_files_are_no_changes(make: Make, tmp_path: Path, site: Path) -> None:
    """With everything in one folder inside a watched one, each event would make the next."""
    service = make(roots=(RootEntry(tmp_path),))
    reader = open_stream(start(service))
    reader.next()
    assert service.state().roots[0].files == 1
    publish(service, "kept in a file")
    (tmp_path / "home" / "trayapp.log").write_text("started")
    assert [event.data for event in reader.rest(0.5)] == ["kept in a file"]
    (site / "index.html").write_text("<p>Changed")
    assert changed_paths(reader) == ["site/index.html"]
    reader.close()


def test_a_folder_that_is_not_there_yet_is_waited_for(make: Make, tmp_path: Path) -> None:
    late = tmp_path / "late"
    service = make(roots=(RootEntry(late),))
    service.start()
    wait_for(lambda: service.state().problem == "late: the folder is gone, waiting for it")
    late.mkdir()
    wait_for(lambda: watching(service))
    assert service.state().status == "on"


def test_what_is_too_wide_needs_a_second_word(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    service = make()
    start(service)
    with pytest.raises(Unconfirmed, match="too wide"):
        service.roots.add_root(str(tmp_path))
    assert service.roots.add_root(str(tmp_path), wide=True).path == str(tmp_path)


def test_what_is_ignored_is_not_told_any_more(make: Make, site: Path) -> None:
    (site / "a.log").write_text("1")
    service = make()
    port = start(service)
    file, pattern = service.roots.ignore("site", "a.log")
    assert (file, pattern) == (str(site / ".trayappignore"), "/a.log")
    wait_for(lambda: service.state().roots[0].files == 1 and watching(service))
    reader = open_stream(port)
    reader.next()
    (site / "a.log").write_text("2")
    (site / "b.log").write_text("2")
    assert changed_paths(reader) == ["b.log"]
    with pytest.raises(TrayAppError, match="No watched folder is called blog"):
        service.roots.ignore("blog", "a.log")
    with pytest.raises(TrayAppError, match="not paused"):
        service.roots.allow_loop("site", "a.log")
    reader.close()


def test_front_ends_are_told_of_new_pictures_until_they_leave(make: Make) -> None:
    service, seen = make(), list[State]()
    start(service)
    leave = service.on_state(seen.append)
    service.pause()
    wait_for(lambda: seen and seen[-1].status == "paused")
    assert threading.current_thread().name == "MainThread"
    leave()
    service.resume()
    other = list[State]()
    service.on_state(other.append)
    service.set_notifications(True)
    wait_for(lambda: other and other[-1].notifications)
    assert seen[-1].status == "paused"


def test_a_root_that_is_gone_is_a_problem_until_it_is_back(make: Make, site: Path) -> None:
    service = make()
    start(service)
    away = site.rename(site.with_name("away"))
    wait_for(lambda: service.state().status == "error")
    assert service.state().problem == "site: the folder is gone, waiting for it"
    away.rename(site)
    wait_for(lambda: service.state().status == "on")


def test_without_a_browser_the_error_names_the_address(make: Make) -> None:
    service = make()
    start(service)
    port = service.url.rpartition(":")[2]
    with pytest.raises(TrayAppError, match=rf"minute: http://\w{{26}}\.localhost:{port}/#c="):
        service.open_dashboard()


def test_each_start_has_another_origin_for_the_dashboard(make: Make) -> None:
    service = make()
    origins = set()
    for _ in range(2):
        start(service)
        origins.add(origin_of_the_dashboard(service))
        service.stop()
    assert len(origins) == 2


def test_where_browsers_may_not_find_the_name_the_dashboard_has_a_port_of_its_own(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trayapp.web.browsers_find", lambda _name: False)
    service = make()
    port = start(service)
    origin = urlsplit(origin_of_the_dashboard(service))
    assert origin.hostname == "127.0.0.1"
    assert origin.port not in {None, port}
    assert origin.port is not None
    assert [traded_by_a_page(each) for each in (port, origin.port)] == [403, 401]
    service.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", origin.port), timeout=5)


def traded_by_a_page(port: int) -> int:
    """The status that a page of 127.0.0.1 and this port gets for a wrong code."""
    lines = ["POST /api/session HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"Origin: http://127.0.0.1:{port}", "Content-Type: application/json"]
    reader = request(port, [*lines, "Content-Length: 12"], body=b'{"code":"x"}')
    while reader.read():
        pass
    reader.close()
    return reader.status


def origin_of_the_dashboard(service: Service) -> str:
    with pytest.raises(TrayAppError) as error:
        service.open_dashboard()
    return error.value.hint.rpartition(" ")[2].partition("/#c=")[0]


def test_half_a_start_leaves_nothing_behind(make: Make, site: Path) -> None:
    threads, files = open_threads(), open_files()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse):
        make(port=taken.getsockname()[1]).start()
    twice = (RootEntry(site), RootEntry(site))
    with pytest.raises(TrayAppError, match="watched already"):
        make(roots=twice).start()
    assert (open_threads(), open_files()) == (threads, files)


def test_nothing_of_yours_to_watch_gets_the_demo(make: Make) -> None:
    service = make(roots=())
    start(service)
    state = service.state()
    assert [root.label for root in state.roots] == ["demo"]
    port = int(state.demo.rstrip("/").rpartition(":")[2])
    page = open_stream(port, "/", "Connection: close")
    page.wait_for_end()
    assert page.status == 200
    assert (
        f'src="http://localhost:{service.url.rpartition(":")[2]}/client.js"'.encode() in page.body
    )
    foreign = open_stream(port, "/", "Origin: https://evil.example")
    foreign.wait_for_end()
    assert foreign.status == 403
    page.close()
    foreign.close()


@pytest.mark.timeout(120)
def test_fifty_starts_and_stops_leave_threads_and_files_level(make: Make, site: Path) -> None:
    reader = open_stream(start(warm := make()))
    reader.next()
    warm.stop()
    reader.close()
    threads, files = open_threads(), open_files()
    for _ in range(50):
        service = make()
        reader = open_stream(start(service))
        assert reader.next().type == "hello"
        service.stop()
        assert reader.next().type == "bye"
        reader.close()
    assert open_threads() == threads
    assert len(open_files()) == len(files)


def test_stop_is_asked_from_any_thread_and_stopping_twice_is_fine(make: Make) -> None:
    service = make()
    start(service)
    asker = threading.Thread(target=service.request_stop)
    asker.start()
    service.wait()
    asker.join()
    service.stop()
    service.stop()
    assert service.state().status == "stopped"


def test_a_service_can_be_switched_on_again(make: Make) -> None:
    service = make()
    for _ in range(2):
        reader = open_stream(start(service))
        assert reader.next().type == "hello"
        service.stop()
        reader.close()


def test_a_page_hears_after_a_restart_what_was_published_while_it_was_away(make: Make) -> None:
    first = make()
    reader = open_stream(start(first))
    cursor = reader.next().id
    reader.close()
    missed = publish(first, "while away")
    first.stop()
    second = make()
    again = open_stream(start(second), f"/stream?last_event_id={cursor}")
    assert again.next().id == cursor
    event = again.next()
    assert (event.id, event.data) == (missed, "while away")
    assert again.rest(0.2) == []
    again.close()


def publish(service: Service, text: str) -> str:
    port = int(service.url.rpartition(":")[2])
    lines = ["POST /log HTTP/1.1", f"Host: localhost:{port}", f"Content-Length: {len(text)}"]
    answer = request(port, lines, body=text.encode())
    answer.wait_for_end()
    answer.close()
    return str(json.loads(answer.body)["id"])

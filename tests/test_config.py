"""The layers of the configuration, broken files, and what is remembered at run time."""

import json
import stat
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from trayapp import config
from trayapp.config import Config, OnChange, RootEntry, Rule
from trayapp.config.folders import is_wide
from trayapp.errors import TrayAppError
from trayapp.paths import Paths, locate


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = locate({"TRAYAPP_HOME": str(tmp_path / "home")})
    found.prepare()
    return found


def load(
    paths: Paths, text: str = "", environ: Mapping[str, str] | None = None, **options: object
) -> Config:
    if text:
        paths.config_file.write_text(text, "utf-8")
    loaded = config.load(paths, environ or {}, options)
    assert loaded.warnings == ()
    return loaded.config


def test_every_key_says_what_it_does() -> None:
    assert [one.name for one in fields(Config) if not one.metadata.get("doc")] == []


def test_without_a_file_there_are_the_defaults(paths: Paths) -> None:
    assert load(paths) == Config()


def test_later_layers_win(paths: Paths) -> None:
    text = "port = 1000\nheartbeat = 5\ntray = false"
    assert load(paths, text).port == 1000
    environ = {"TRAYAPP_PORT": "2000", "TRAYAPP_TRAY": "on"}
    settings = load(paths, environ=environ, port=3000, tray=None)
    assert (settings.port, settings.heartbeat, settings.tray) == (3000, 5.0, True)
    assert load(paths, environ=environ).port == 2000


def test_a_file_may_hold_every_key(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in (paths.config / "site", tmp_path / "blog", tmp_path / "y"):
        folder.mkdir()
    settings = load(
        paths,
        f"""
        port = 0
        roots = ["site", {{path = "{tmp_path}/blog", label = "blog", shared = true}}, "~/x/../y"]
        ignore = ["*.tmp", "build/"]
        gitignore = false
        links = true
        notifications = false
        heartbeat = 2.5
        origins = ["https://dev.example", "http://[::1]:3000"]
        hosts = ["Dev.Local"]
        lan = true
        from_disk = true
        open = false
        bus = "rediss://team:secret@redis.example:6380/1"
        [[on_change]]
        run = "./bin/sass --update css"
        paths = ["*.scss", "!vendor/"]
        [[on_change]]
        run = ["make", "all"]
        paths = ["/src/**"]
        root = "blog"
        folder = "site"
        name = "build"
        topic = "log"
        restart = true
        [[rules]]
        topic = "b*"
        type = "notify"
        text = "*failed*"
        do = ["desktop", "toast", "reload", "sound"]
        """,
    )
    assert settings.on_change == (
        OnChange("./bin/sass --update css", ("*.scss", "!vendor/"), name="sass"),
        OnChange(
            ("make", "all"), ("/src/**",), "blog", paths.config / "site", "build", "log", True
        ),
    )
    assert settings.rules == (
        Rule(("desktop", "toast", "reload", "sound"), "b*", "notify", "*failed*"),
    )
    assert settings.bus == "rediss://team:secret@redis.example:6380/1"
    assert "secret" not in repr(settings)
    assert settings.roots == (
        RootEntry(tmp_path / "blog", "blog", shared=True),
        RootEntry(paths.config / "site"),
        RootEntry(tmp_path / "y"),
    )
    assert settings.ignore == ("*.tmp", "build/")
    assert (settings.gitignore, settings.links) == (False, True)
    assert settings.hosts == ("dev.local",)
    assert (settings.lan, settings.from_disk, settings.open) == (True, True, False)


def test_environment_holds_every_key(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    environ = {
        "TRAYAPP_ROOTS": f"a:{paths.config}",
        "TRAYAPP_IGNORE": "*.tmp, build/",
        "TRAYAPP_GITIGNORE": "no",
        "TRAYAPP_LINKS": "yes",
        "TRAYAPP_HEARTBEAT": "3",
        "TRAYAPP_NOTIFICATIONS": "No",
        "TRAYAPP_ORIGINS": "https://dev.example",
        "TRAYAPP_HOSTS": "dev.example,",
        "TRAYAPP_LAN": "on",
        "TRAYAPP_FROM_DISK": "1",
        "TRAYAPP_OPEN": "0",
        "TRAYAPP_PORT": "",
        "TRAYAPP_BUS": "redis://localhost",
    }
    settings = load(paths, environ=environ)
    assert settings.roots == (RootEntry(tmp_path / "a"), RootEntry(paths.config))
    assert settings.ignore == ("*.tmp", "build/")
    assert (settings.heartbeat, settings.notifications, settings.open) == (3.0, False, False)
    assert (settings.gitignore, settings.links) == (False, True)
    assert settings.hosts == ("dev.example",)
    assert (settings.lan, settings.from_disk) == (True, True)
    assert settings.port == Config().port
    assert settings.bus == "redis://localhost"


@pytest.mark.parametrize(
    "raw",
    [b"port = ", b"\xff\xfe\x00\x9d" * 40, b"\0", b"a = " + b"[" * 30_000, b"lan = true\n" * 2],
)
def test_a_file_that_is_no_toml_is_set_aside_and_said_once(paths: Paths, raw: bytes) -> None:
    paths.config_file.write_bytes(raw)
    loaded = config.load(paths, {}, {})
    assert loaded.config == Config()
    (warning,) = loaded.warnings
    assert "is broken" in warning
    assert "kept as config.toml.bad, and defaults are used" in warning
    assert len(warning) < 500
    assert (paths.config / "config.toml.bad").read_bytes() == raw
    assert config.load(paths, {}, {}).warnings == ()


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"prot = 1", "'prot' is no setting; there are port, roots"),
        (b"port = 99999", "port must be a whole number from 0 to 65535, not 99999"),
        (b"port = true", "port must be a whole number"),
        (b'port = "1"', "port must be a whole number from 0 to 65535, not '1'"),
        (b"tray = 1", "tray must be true or false, not 1"),
        (b"gitignore = 'all'", "gitignore must be true or false, not 'all'"),
        (b"links = 0", "links must be true or false, not 0"),
        (b'lan = "on"', "lan must be true or false, not 'on'"),
        (b"from_disk = 1", "from_disk must be true or false, not 1"),
        (b"heartbeat = nan", "heartbeat must be a number of seconds from 1 to 15"),
        (b"heartbeat = 60", "heartbeat must be a number"),
        (b'ignore = "x"', "ignore must be a list of patterns"),
        (b'roots = "x"', "roots must be a list of folders"),
        (b"roots = [3]", "roots must hold paths"),
        (b'roots = [""]', "roots must hold paths"),
        (b'roots = ["a\\u0000"]', "roots must hold paths"),
        (b'roots = ["~nobody-there/x"]', "names an unknown user"),
        (b'roots = [{label = "x"}]', "roots must hold paths or tables"),
        (b'roots = [{path = "a", label = "x"}, {path = "b", label = "x"}]', "there twice"),
        (b'origins = ["*"]', "origins must be a list of origins"),
        (b'origins = ["https://a.example/"]', 'is none: write "https://a.example". This entry is'),
        (b'origins = ["Dev.example:3000"]', 'is none: write "https://dev.example:3000"'),
        (b'origins = ["null"]', "is none: for pages opened from disk write from_disk = true"),
        (b'origins = ["file:///x"]', "is none: for pages opened from disk write from_disk = true"),
        (b'origins = ["capacitor:localhost"]', "is none. This entry is left out"),
        (b'origins = ["https://a b"]', "is none. This entry"),
        (b"origins = [3]", "3 is none. This entry"),
        (b'origins = "https://a.example"', "origins must be a list of origins like https://dev"),
        (b'hosts = ["http://a.example:80/"]', 'is none: write "a.example"'),
        (b'origins = ["https://a.example\\n"]', "origins must be a list"),
        (b'hosts = ["a.example:80"]', 'is none: write "a.example"'),
        (b'hosts = ["*.example"]', "hosts must be a list of host names"),
        (
            b"port = [1]",
            "port must be a whole number from 0 to 65535, not [1]. The default is used",
        ),
        (b'roots = [{path = "a", shared = 1}]', "roots must have shared = true or false, not 1"),
        (b'bus = "http://secret@a/"', "bus must be an address like redis://localhost:6379/0"),
        (b'bus = "redis://:secret@:6379"', "or empty; *** is none"),
        (b'bus = "redis://:secret@a:port"', "or empty; *** is none"),
        (b'on_change = "make"', "on_change must be tables of config.toml, such as"),
        (b"[on_change]\nrun = 'x'", "on_change must be tables"),
        (b"[[on_change]]\nrun = 'x'", "on_change must have the key paths in each table"),
        (b"[[on_change]]\nport = 1", "on_change has no key 'port'; there are run, paths"),
        (b"[[on_change]]\nrun = []\npaths = ['*']", "on_change run must be a command line"),
        (b"[[on_change]]\nrun = 'x'\npaths = []", "paths must have at least one pattern"),
        (b"[[on_change]]\nrun = 'x'\npaths = 'a'", "paths must be a list of patterns"),
        (b"[[on_change]]\nrun = 'x'\npaths = ['*']\ntopic = 'api'", "topic must be 1 to 64"),
        (b"[[on_change]]\nrun = 'x'\npaths = ['*']\nrestart = 1", "restart must be true or"),
        (b"[[on_change]]\nrun = 'x'\npaths = ['*']\nfolder = 3", "folder must hold paths"),
        (b"[[on_change]]\nrun='x a'\npaths=['*']\n" * 2, "different names; 'x' is there twice"),
        (b"[[rules]]\ntopic = 'x'", "rules must have the key do in each table"),
        (b"[[rules]]\ndo = ['toast']", "rules must say in each table what to do, and for which"),
        (b"[[rules]]\ntopic = 'x'\ndo = ['page']", "do must be a list of actions, of desktop"),
        (b"[[rules]]\ntext = 1\ndo = ['toast']", "text must be a text"),
        (b"[[rules]]\nbus = 'redis://:secret@a'\ndo = ['toast']", "rules has no key 'bus'"),
    ],
)
def test_a_wrong_value_costs_itself_alone(paths: Paths, raw: bytes, fault: str) -> None:
    """The file stays where it is, and it is said at each start until it is right."""
    paths.config_file.write_bytes(b"heartbeat = 2\n" + raw if b"heartbeat" not in raw else raw)
    for _ in range(2):
        loaded = config.load(paths, {}, {})
        assert [one for one in loaded.warnings if fault in one], loaded.warnings
        assert all(len(one) < 500 for one in loaded.warnings)
        assert "secret" not in str(loaded.warnings)
        assert str(paths.config_file) in loaded.warnings[0]
    assert loaded.config.heartbeat == (15.0 if b"heartbeat" in raw else 2.0)
    assert [path.name for path in paths.config.glob("config.toml*")] == ["config.toml"]


def test_the_wrong_entry_is_named_by_its_line_and_the_others_count(paths: Paths) -> None:
    paths.config_file.write_text(
        """
        hosts = ["dev.example"]
        origins = [
            "capacitor://localhost",
            "https://a.example/",
            "https://b.example",
        ]
        prot = 1
        port = 1234
        [[rules]]
        topic = "a"
        do = ["toast"]
        [[rules]]
        topic = "b"
        """
    )
    loaded = config.load(paths, {}, {})
    settings = loaded.config
    assert settings.origins == ("capacitor://localhost", "https://b.example")
    assert (settings.hosts, settings.port) == (("dev.example",), 1234)
    assert settings.rules == (Rule(("toast",), "a"),)
    lines = [
        one.removeprefix(f"{paths.config_file}, ").partition(":")[0] for one in loaded.warnings
    ]
    assert lines == ["line 8", "line 5", "line 13"]


def test_origins_are_compared_as_browsers_write_them(paths: Paths) -> None:
    text = """
    origins = ["HTTPS://Dev.Example:443", "http://a.example:80", "http://a.example:8080",
      "http://[0:0::1]:3000", "https://bücher.example", "app://Obsidian.md"]
    hosts = ["BÜCHER.example", "192.168.1.5", "[fd00:0::5]"]
    """
    settings = load(paths, text)
    assert settings.origins == (
        "https://dev.example",
        "http://a.example",
        "http://a.example:8080",
        "http://[::1]:3000",
        "https://xn--bcher-kva.example",
        "app://obsidian.md",
    )
    assert settings.hosts == ("xn--bcher-kva.example", "192.168.1.5", "fd00::5")


def test_no_earlier_broken_file_is_lost(paths: Paths) -> None:
    for text in ("one = ", "two = ", "three = "):
        paths.config_file.write_text(text)
        config.load(paths, {}, {})
    kept = {path.name: path.read_text() for path in paths.config.glob("config.toml*")}
    assert kept == {
        "config.toml.bad": "one = ",
        "config.toml.bad.1": "two = ",
        "config.toml.bad.2": "three = ",
    }


def test_a_file_that_cannot_be_read_is_left_where_it_is(paths: Paths) -> None:
    paths.config_file.mkdir()
    loaded = config.load(paths, {}, {})
    assert loaded.config == Config()
    assert "cannot be read (Is a directory)" in loaded.warnings[0]
    assert paths.config_file.is_dir()


def test_a_byte_order_mark_is_no_fault(paths: Paths) -> None:
    assert load(paths, "\ufeffport = 1234").port == 1234


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"TRAYAPP_PORT": "70000"}, "TRAYAPP_PORT must be .* not 70000.*unset TRAYAPP_PORT"),
        ({"TRAYAPP_PORT": "http"}, "TRAYAPP_PORT must be a whole number .*'http'"),
        ({"TRAYAPP_TRAY": "maybe"}, "TRAYAPP_TRAY must be true or false, not 'maybe'"),
        ({"TRAYAPP_HEARTBEAT": "0"}, "TRAYAPP_HEARTBEAT must be a number of seconds"),
        ({"TRAYAPP_RULES": "x"}, "TRAYAPP_RULES cannot be given in the environment: .*config.toml"),
        ({"TRAYAPP_BUS": "redis:/:pass@a"}, r"TRAYAPP_BUS must be an address .* \*\*\* is none"),
    ],
)
def test_a_wrong_variable_is_named(paths: Paths, environ: dict[str, str], message: str) -> None:
    with pytest.raises(TrayAppError, match=message):
        config.load(paths, environ, {})


def test_a_wrong_option_is_named(paths: Paths) -> None:
    with pytest.raises(TrayAppError, match="--port must be .*not -1.*trayapp run --port 8765"):
        config.load(paths, {}, {"port": -1})


@pytest.fixture
def a(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    return tmp_path / "a"


@pytest.fixture
def b(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    return tmp_path / "b"


def test_folders_given_for_a_run_replace_the_others(paths: Paths, a: Path, b: Path) -> None:
    config.remember(paths, add=RootEntry(a))
    settings = load(paths, f'roots = ["{a}"]', roots=[str(b)])
    assert settings.roots == (RootEntry(b),)


def test_choices_outlive_a_restart_and_leave_the_users_file_alone(
    paths: Paths, tmp_path: Path, a: Path, b: Path
) -> None:
    text = f'# mine\nroots = ["{a}", "{b}"]\n'
    paths.config_file.write_text(text)
    config.remember(paths, remove=a)
    config.remember(paths, add=RootEntry(tmp_path, "tmp"))
    config.remember(paths, notifications=False)
    settings = load(paths)
    assert settings.roots == (RootEntry(tmp_path, "tmp"), RootEntry(b))
    assert not settings.notifications
    assert paths.config_file.read_text() == text
    assert stat.S_IMODE(paths.choices_file.stat().st_mode) == 0o600


def test_the_last_choice_counts(paths: Paths, a: Path, b: Path) -> None:
    paths.config_file.write_text(f'roots = ["{a}"]')
    config.remember(paths, remove=a)
    assert load(paths).roots == ()
    config.remember(paths, add=RootEntry(a, "again"))
    assert load(paths).roots == (RootEntry(a, "again"),)
    config.remember(paths, add=RootEntry(b))
    config.remember(paths, remove=b)
    assert load(paths).roots == (RootEntry(a, "again"),)


def test_a_folder_is_removed_by_any_of_its_names(paths: Paths, tmp_path: Path, a: Path) -> None:
    (tmp_path / "link").symlink_to(a)
    paths.config_file.write_text(f'roots = ["{tmp_path}/link"]')
    config.remember(paths, remove=a)
    assert load(paths).roots == ()


def test_a_folder_that_is_gone_does_not_keep_the_others_from_being_watched(
    paths: Paths, tmp_path: Path, a: Path
) -> None:
    paths.config_file.write_text(f'roots = ["{tmp_path}/gone", "{a}"]')
    loaded = config.load(paths, {}, {})
    assert loaded.config.roots == (RootEntry(tmp_path / "gone"), RootEntry(a))
    assert loaded.warnings == (
        f"The folder {tmp_path}/gone does not exist. It is watched once it can be.",
    )
    assert paths.config_file.exists()


def test_a_name_that_leads_nowhere_is_waited_for_too(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "file").touch()
    paths.config_file.write_text(f'roots = ["{tmp_path}/circle", "{tmp_path}/file"]')
    roots = config.load(paths, {}, {}).config.roots
    assert roots == (RootEntry(tmp_path / "circle"), RootEntry(tmp_path / "file"))


def test_a_folder_named_twice_counts_once(paths: Paths, tmp_path: Path, a: Path) -> None:
    (tmp_path / "link").symlink_to(a)
    assert load(paths, f'roots = ["{a}", "{tmp_path}/link", "{a}/."]').roots == (RootEntry(a),)


def test_a_label_belongs_to_the_first_that_has_it(paths: Paths, a: Path, b: Path) -> None:
    config.remember(paths, add=RootEntry(b, "site"))
    settings = load(paths, f'roots = [{{path = "{a}", label = "site"}}]')
    assert settings.roots == (RootEntry(a, "site"), RootEntry(b))


@pytest.mark.parametrize("switch", ["notifications", "lan", "from_disk"])
def test_a_switch_stays_as_it_was_switched(paths: Paths, switch: str) -> None:
    paths.config_file.write_text(f"{switch} = true")
    for on in (False, True, False):
        config.remember(paths, **{switch: on})  # type: ignore[arg-type]
        config.remember(paths, remove=paths.config)  # another choice leaves it alone
        assert getattr(load(paths), switch) is on
    for other in {"notifications", "lan", "from_disk"} - {switch}:
        assert getattr(load(paths), other) is getattr(Config(), other)


def test_an_option_counts_more_than_what_was_switched(paths: Paths) -> None:
    config.remember(paths, lan=True)
    assert not load(paths, lan=False).lan


@pytest.mark.parametrize(
    "raw", ["", "[]", "{", '{"added": 3}', '{"notifications": 1}', '{"lan": "on"}', "[" * 9999]
)
def test_damaged_choices_count_as_none(paths: Paths, raw: str) -> None:
    paths.choices_file.write_text(raw)
    assert load(paths) == Config()
    config.remember(paths, notifications=False)
    assert json.loads(paths.choices_file.read_text())["notifications"] is False


def test_a_choice_that_cannot_be_kept_is_said(paths: Paths) -> None:
    paths.choices_file.mkdir()
    with pytest.raises(TrayAppError, match="Cannot write .* holds until trayapp stops"):
        config.remember(paths, notifications=True)


def test_a_folder_must_exist_and_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrayAppError, match="The folder .*nope does not exist.*mkdir"):
        config.folder(tmp_path / "nope")
    with pytest.raises(TrayAppError, match='is a file, not a folder.*trayapp run ".*"'):
        config.folder(tmp_path / "file")
    assert config.folder(f"{tmp_path}/x/..") == tmp_path


def test_a_folder_must_be_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, whom no mode keeps out.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(TrayAppError, match="No permission to read the folder"):
        config.folder(tmp_path)


def test_a_name_no_system_takes_is_an_error_not_a_crash() -> None:
    for name in ("x" * 5000, "a\0b", "~nobody-there/x"):
        with pytest.raises(TrayAppError):
            config.folder(name)


def test_wide_folders_need_a_second_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh" / "keys").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("/", tmp_path, tmp_path.parent, tmp_path / ".ssh" / "keys", tmp_path / "link"):
        assert is_wide(Path(name))
        with pytest.raises(TrayAppError, match="too wide.*--wide"):
            config.folder(name)
        assert config.folder(name, wide=True) == Path(name)
    (tmp_path / "site").mkdir()
    assert config.folder(tmp_path / "site") == tmp_path / "site"

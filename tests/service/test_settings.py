"""The settings, from an environment."""

import ipaddress
from pathlib import Path

import pytest

from service import cpu
from service.errors import WrongSettings
from service.settings import Settings, from_environ_or_exit
from service.store.conninfo import address

URL = "postgresql://user:hunter2@db.example:5432/app?sslmode=require"


def test_only_the_database_must_be_named() -> None:
    settings = Settings.from_environ({"DATABASE_URL": URL})

    assert settings.port == 8080
    assert settings.key_strategy == "random"
    assert settings.database_wait_s == 60
    assert 1 <= settings.web_processes <= 8
    assert settings.public_url is None
    assert settings.image.digest == "unknown"


def test_every_wrong_setting_is_told_at_once_and_by_name() -> None:
    environ = {
        "PORT": "eighty",
        "WEB_PROCESSES": "0",
        "WEB_THREADS": "-1",
        "KEY_STRATEGY": "guess",
        "PUBLIC_URL": "go.example.com",
        "LOG_LEVEL": "LOUD",
        "DATABASE_WAIT_S": "soon",
        "WRITE_TOKENS": "abc",
        "TRUSTED_PROXIES": "10.0.0.0/33",
        "IMAGE": "a:b@sha256:short",
        "SOURCE_COMMIT": "a b",
    }

    with pytest.raises(WrongSettings) as caught:
        Settings.from_environ(environ)

    assert {line.partition(":")[0] for line in caught.value.lines} == {"DATABASE_URL", *environ}
    assert all("\n" not in line for line in caught.value.lines)


def test_a_wrong_setting_is_told_as_it_was_typed() -> None:
    with pytest.raises(WrongSettings) as caught:
        Settings.from_environ({"DATABASE_URL": URL, "LOG_LEVEL": "loud"})

    assert caught.value.lines == ["LOG_LEVEL: must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "8080.0"),
        ("PORT", "\u0663"),
        ("DATABASE_WAIT_S", "-1"),
        ("DATABASE_WAIT_S", "inf"),
        ("PUBLIC_URL", "ftp://go.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://user@go.example"),
        ("PUBLIC_URL", "https://go.example/?a"),
        ("PUBLIC_URL", "https://go.example/#a"),
        ("PUBLIC_URL", "https://go.example/a b"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://go.example:0"),
        ("PUBLIC_URL", "https://go.example:65536/s"),
        ("PUBLIC_URL", "https://go.example:abc"),
        ("PUBLIC_URL", "https://[2001:db8::1]:-1"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,,"),
        ("IMAGE", "UPPER/case:1"),
        ("IMAGE", "a:b@sha256:" + "g" * 64),
        ("DATABASE_URL", "mysql://db/app"),
        ("DATABASE_URL", "host=db dbname=app"),
        ("DATABASE_URL", "postgresql://user:hunter2@db:port/app"),
        ("DATABASE_URL", "postgresql://user:hunter2@[db/app"),
        ("DATABASE_URL", "postgresql://db/app?hunter2=1"),
        ("DATABASE_URL", "postgresql://db/app?connect_timeout=hunter2"),
        ("DATABASE_URL", "postgresql://user:hunter2@db:0/app"),
        ("DATABASE_URL", "postgresql://user:hunter2@db:65536/app"),
        ("DATABASE_URL", "postgresql://user:hunter2@a:5432,b:99999/app"),
        ("DATABASE_URL", "postgresql://a,b:1,c:2/app?port=1,2"),
        ("DATABASE_URL", "postgresql://user:hunter2@db/app?sslmode=bogus"),
        ("DATABASE_URL", "postgresql://db/app?sslmode=hunter2"),
        ("DATABASE_URL", "postgresql://db/app?target_session_attrs=hunter2"),
        ("DATABASE_URL", "postgresql://db/app?sslnegotiation=direct"),
    ],
)
def test_a_wrong_setting_is_refused_without_repeating_secrets(name: str, text: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        Settings.from_environ({"DATABASE_URL": URL, name: text})

    assert [line.partition(":")[0] for line in caught.value.lines] == [name]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://db:99999/app", "DATABASE_URL: libpq does not take it: invalid port number"),
        ("postgresql://db/app?sslmode=bogus", "DATABASE_URL: libpq does not take it: invalid sslmode value"),
        ("postgresql://a:0,b,c:0/app", "DATABASE_URL: libpq does not take it: invalid port number"),
    ],
)
def test_what_libpq_would_notice_too_late_is_told_at_the_start(url: str, said: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        Settings.from_environ({"DATABASE_URL": url})

    assert caught.value.lines == [said]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///app",
        "postgresql:///app?host=/run/postgresql",
        "postgresql://a,b:6543,[2001:db8::1]/app?target_session_attrs=read-write&load_balance_hosts=random",
        "postgresql://a,b,c:65535/app?sslmode=verify-full&sslrootcert=/not/there/yet",
        "postgresql://db/app?hostaddr=192.0.2.1&gssencmode=require&options=-cwork_mem%3D8MB",
        "postgres://db/app?connect_timeout=&port=",
    ],
)
def test_whatever_libpq_would_try_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    # Not ours to judge: they are only what libpq falls back to.
    monkeypatch.setenv("PGPORT", "1,2,3,4")
    monkeypatch.setenv("PGSSLCERT", "/not/there")

    assert Settings.from_environ({"DATABASE_URL": url}).database_url == url


def test_an_empty_setting_is_an_unset_one() -> None:
    assert Settings.from_environ({"DATABASE_URL": URL, "PORT": "", "WRITE_TOKENS": " "}).port == 8080
    with pytest.raises(WrongSettings):
        Settings.from_environ({"DATABASE_URL": ""})


def test_the_settings_are_read_as_values() -> None:
    settings = Settings.from_environ(
        {
            "DATABASE_URL": URL,
            "PUBLIC_URL": "https://go.example:8443/s/",
            "LOG_LEVEL": "debug",
            "DATABASE_WAIT_S": "2.5",
            "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1",
            "IMAGE": "localhost:5000/app",
        }
    )

    assert settings.public_url == "https://go.example:8443/s"
    assert settings.log_level == "DEBUG"
    assert settings.database_wait_s == 2.5
    assert settings.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("192.0.2.1/32"))
    assert (settings.image.image, settings.image.tag) == ("localhost:5000/app", "unknown")


def test_the_password_is_not_shown_with_the_settings() -> None:
    assert "hunter2" not in repr(Settings.from_environ({"DATABASE_URL": URL}))


def test_wrong_settings_end_the_process_with_a_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORT", "x")

    with pytest.raises(SystemExit) as caught:
        from_environ_or_exit()

    assert caught.value.code == 1
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["DATABASE_URL", "PORT"]


@pytest.mark.parametrize(
    ("limit", "cpus"), [("50000 100000", 1), ("100000 100000", 1), ("max 100000", None), ("", None), ("x y z", None)]
)
def test_the_cpus_are_those_of_the_container(tmp_path: Path, limit: str, cpus: int | None) -> None:
    (tmp_path / "cpu.max").write_text(limit)

    assert cpu.count(tmp_path / "cpu.max") == (cpus or cpu.count(tmp_path / "missing"))


def test_part_of_a_cpu_counts_as_a_whole_one_and_never_more_than_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3})
    (tmp_path / "some").write_text("150000 100000")
    (tmp_path / "many").write_text("800000 100000")

    assert (cpu.count(tmp_path / "some"), cpu.count(tmp_path / "many")) == (2, 4)


def test_where_no_process_is_kept_to_some_cpus_all_of_them_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.sched_getaffinity", raising=False)  # as on macOS
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    counts = [cpu.count(tmp_path / "missing")]
    monkeypatch.setattr("os.cpu_count", lambda: None)
    counts.append(cpu.count(tmp_path / "missing"))

    assert counts == [6, 1]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://user:hunter2@db.example/app", "db.example:5432"),
        ("postgresql://user:hunter2@a:1,b/app", "a:1, b:5432"),
        ("postgresql://[::1]:7/app?password=hunter2", "[::1]:7"),
        ("postgresql:///app?host=/run/postgres&port=5", "/run/postgres:5"),
    ],
)
def test_an_address_is_host_and_port_alone(url: str, said: str) -> None:
    assert address(url) == said

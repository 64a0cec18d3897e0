"""Short links, through HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from service.api.context import of
from service.app import create_app
from service.domain import links
from service.errors import KeyTaken, NoFreeKey
from service.model import LinkKey
from service.settings import Settings
from service.store.links import LinkStore
from service.store.pool import Database

URL = "https://example.com/a?b=c#d"


def shorten(client: FlaskClient, url: str = URL, **more: object) -> TestResponse:
    """POST a URL."""
    return client.post("/shorten", json={"url": url, **more})


@pytest.fixture(params=["random", "counter", "hash"])
def any_strategy(request: pytest.FixtureRequest, database_url: str) -> Settings:
    """Settings with each key strategy in turn."""
    return Settings(database_url=database_url, key_strategy=request.param)


def test_a_shortened_url_is_followed_by_its_short_url(any_strategy: Settings) -> None:
    app = create_app(any_strategy)
    client = app.test_client()

    answer = shorten(client)
    key = answer.get_json()["key"]
    followed = client.get(f"/{key}")

    assert answer.status_code == 201
    assert answer.get_json() == {"key": key, "short_url": f"http://localhost/{key}", "url": URL}
    assert answer.headers["Location"] == f"http://localhost/{key}"
    assert (followed.status_code, followed.headers["Location"]) == (302, URL)
    of(app).close()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/A%7e%41?q=a|b{c}&d=%zz&&e#f#g",
        "HTTP://EXAMPLE.com:80/../a/./b//c;x=1",
        "https://xn--bcher-kva.example/?q=%E2%82%AC",
        "http://[2001:DB8::1]:8080/x",
        "http://192.0.2.1",
        "https://example.com./",
        "https://a_b.example.com/*'()!$,~[]^",
        "https://example.com/" + "a" * 2028,
    ],
)
def test_location_is_the_url_exactly_as_it_was_given(client: FlaskClient, url: str) -> None:
    key = shorten(client, url).get_json()["key"]

    assert client.get(f"/{key}").headers["Location"] == url
    assert client.head(f"/{key}").headers["Location"] == url


def test_a_key_of_ones_own_is_taken_once(client: FlaskClient) -> None:
    answers = [
        shorten(client, key="mine"),
        shorten(client, "https://example.org/", key="mine"),
        shorten(client, key="mine"),
    ]

    assert [answer.status_code for answer in answers] == [201, 409, 409]
    assert client.get("/mine").headers["Location"] == URL


def test_a_null_key_is_no_key(client: FlaskClient) -> None:
    assert len(shorten(client, key=None).get_json()["key"]) == 11


@pytest.mark.parametrize("key", ["", "a/b", "a.b", "ä", "k" * 65, "a b", "openapi.json", 1, True, ["a"]])
def test_a_malformed_key_is_400_and_names_the_field(client: FlaskClient, key: object) -> None:
    answer = shorten(client, key=key)

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("key: ")


def test_the_first_word_of_every_path_is_reserved_in_any_case(app: Flask) -> None:
    client = app.test_client()
    words = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {"<link_key:key>"}

    answers = {word: shorten(client, key=spelling) for word in words for spelling in (word, word.upper())}

    assert words >= {"config", "data", "shorten", "links", "healthz", "readyz", "health", "version", "metrics"}
    assert {answer.status_code for answer in answers.values()} == {400}


@pytest.mark.parametrize("body", [{}, {"key": "a"}, {"url": None}, {"url": 1}, {"url": [URL]}, {"url": URL, "ttl": 1}])
def test_a_body_without_a_url_or_with_more_is_400(client: FlaskClient, body: dict[str, object]) -> None:
    assert client.post("/shorten", json=body).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "localhost:81"])
def test_a_link_to_the_request_s_own_host_is_400(client: FlaskClient, host: str) -> None:
    assert shorten(client, f"http://{host}/x").status_code == 400


def test_a_link_to_the_host_asked_is_400_whatever_its_name(client: FlaskClient) -> None:
    body = {"url": "https://go.example.com/x"}

    answer = client.post("/shorten", json=body, headers={"Host": "go.example.com:8080"})

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("url: ")


def test_public_url_begins_short_urls_and_may_not_be_linked_to(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url, public_url="https://go.example.com/s"))
    client = app.test_client()

    answer = shorten(client, key="a")

    assert answer.get_json()["short_url"] == "https://go.example.com/s/a"
    assert shorten(client, "https://GO.example.com/").status_code == 400
    assert shorten(client, "http://localhost/").status_code == 400
    of(app).close()


@pytest.mark.parametrize("host", ["a b", "", None])
def test_without_a_host_there_is_no_short_url(app: Flask, host: str | None) -> None:
    answer = shorten_at(app, host)

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("Host: ")


@pytest.mark.parametrize("host", ["a b", "", None])
def test_public_url_needs_no_host(database_url: str, host: str | None) -> None:
    app = create_app(Settings(database_url=database_url, public_url="https://go.example.com"))

    answer = shorten_at(app, host)

    of(app).close()
    assert answer.status_code == 201
    assert answer.get_json()["short_url"].startswith("https://go.example.com/")


def shorten_at(app: Flask, host: str | None) -> TestResponse:
    """Shorten a URL in a request with that Host header, or with none, as HTTP/1.0 has it."""
    environ = EnvironBuilder("/shorten", method="POST", json={"url": URL}).get_environ()
    environ |= {"HTTP_HOST": host, "SERVER_NAME": "0.0.0.0"}
    if host is None:
        del environ["HTTP_HOST"]
    body, status, headers = run_wsgi_app(app, environ)
    return TestResponse(body, status, headers, Request(environ))


def test_hash_gives_the_same_url_the_same_key(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url, key_strategy="hash"))

    answers = [shorten(app.test_client()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    of(app).close()


def test_counter_counts_and_steps_over_keys_that_are_taken(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url, key_strategy="counter"))
    client = app.test_client()
    shorten(client, key="2")

    keys = [shorten(client, f"https://example.com/{number}").get_json()["key"] for number in range(3)]

    assert keys == ["1", "3", "4"]
    of(app).close()


def test_random_keys_differ_and_have_the_length_of_65_bits(client: FlaskClient) -> None:
    keys = {shorten(client).get_json()["key"] for _ in range(50)}

    assert len(keys) == 50
    assert {len(key) for key in keys} == {11}


class OneKey:
    """A strategy that proposes one key and remembers how often."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.asked = 0

    def propose(self, url: str, attempt: int) -> LinkKey:
        """Return the next key; the last one for ever."""
        assert url
        self.asked += 1
        return LinkKey(self.keys[min(attempt, len(self.keys) - 1)])


def test_five_collisions_are_503(app: Flask) -> None:
    store, strategy = of(app).links, OneKey("same")
    store.put_if_absent(LinkKey("same"), "https://example.org/")

    with pytest.raises(NoFreeKey):
        links.shorten(store, strategy, URL, None, reserved=(), own_hosts=())

    assert strategy.asked == 5


def test_no_free_key_is_answered_503(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(client, "https://example.org/", key="same")
    monkeypatch.setattr("service.domain.keys.RandomKeys.propose", lambda *_: LinkKey("same"))

    answer = shorten(client)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_reserved_proposal_is_passed_over(app: Flask) -> None:
    key = links.shorten(of(app).links, OneKey("Data", "ok"), URL, None, reserved={"data"}, own_hosts=())

    assert key == LinkKey("ok")


def test_of_many_who_ask_for_one_key_exactly_one_gets_it(app: Flask) -> None:
    together = threading.Barrier(8)

    def take(number: int) -> int:
        together.wait()
        return shorten(app.test_client(), f"https://example.com/{number}", key="one").status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(take, range(8)))

    assert sorted(statuses) == [201] + [409] * 7


def test_the_store_gives_a_key_to_the_first_only(app: Flask) -> None:
    store = of(app).links

    stored = [store.put_if_absent(LinkKey("a"), url) for url in (URL, "https://example.org/")]

    assert stored == [True, False]
    with pytest.raises(KeyTaken):
        links.shorten(store, OneKey("x"), URL, LinkKey("a"), reserved=(), own_hosts=())


def test_clicks_are_counted_for_get_and_not_for_head(client: FlaskClient) -> None:
    shorten(client, key="a")

    for _ in range(3):
        client.get("/a")
        client.head("/a")
    answer = client.get("/links/a/stats")

    assert answer.get_json()["clicks"] == 3
    assert answer.get_json()["key"] == "a"
    assert answer.get_json()["created_at"].endswith("Z")


def test_no_click_of_many_at_once_is_lost(app: Flask) -> None:
    shorten(app.test_client(), key="a")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: app.test_client().get("/a"), range(40)))

    assert app.test_client().get("/links/a/stats").get_json()["clicks"] == 40


@dataclass(frozen=True)
class Setting:
    """One setting of a database session."""

    synchronous_commit: str


def test_a_click_leaves_later_writes_of_its_connection_durable(database_url: str) -> None:
    database = Database(database_url, places=1)
    database.open()
    store = LinkStore(database)
    store.put_if_absent(LinkKey("a"), URL)

    store.count_click(LinkKey("a"))

    with database.ask(Setting) as cursor:
        found = cursor.execute("SELECT current_setting('synchronous_commit') AS synchronous_commit").fetchone()
    database.close()
    assert found == Setting("on")


def test_a_click_that_cannot_be_counted_is_followed_all_the_same(
    client: FlaskClient, sql: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    shorten(client, key="a")

    with sql.transaction():
        sql.execute("SELECT 1 FROM links WHERE key = 'a' FOR UPDATE")
        followed = client.get("/a")

    assert (followed.status_code, followed.headers["Location"]) == (302, URL)
    assert client.get("/links/a/stats").get_json()["clicks"] == 0
    assert "a click was not counted" in caplog.text


@pytest.mark.parametrize(
    "path", ["/nope", "/links/nope/stats", "/a.b", "/links/a.b/stats", "/a%00", "/" + "k" * 65, "/a/", "/"]
)
def test_a_link_nobody_made_is_404_as_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.one_of(st.text(max_size=80), st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)))
def test_any_text_as_a_key_is_answered_and_never_a_bug(client: FlaskClient, key: str) -> None:
    answer = shorten(client, key=key)

    assert answer.status_code in {201, 400, 409}
    if answer.status_code == 201:
        assert client.get(f"/{key}").headers["Location"] == URL

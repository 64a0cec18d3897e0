"""Configuration entries, through HTTP."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

KIB = 1024


def put(client: FlaskClient, key: str, value: object = None, **headers: str) -> TestResponse:
    """POST an entry; `headers` are written with underscores."""
    return client.post(
        "/config",
        json={"key": key, "value": value},
        headers={name.replace("_", "-"): text for name, text in headers.items()},
    )


def post_text(client: FlaskClient, body: str | bytes, content_type: str = "application/json") -> TestResponse:
    """POST a body as it is."""
    return client.post("/config", data=body, content_type=content_type)


def test_a_new_entry_is_201_with_version_1_and_its_etag(client: FlaskClient) -> None:
    answer = put(client, "a", {"x": 1})

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.get_json() | {"updated_at": "?"} == {
        "id": 1,
        "key": "a",
        "value": {"x": 1},
        "version": 1,
        "updated_at": "?",
    }
    assert answer.get_json()["updated_at"].endswith("Z")


def test_a_replaced_entry_is_200_with_the_next_version_and_the_same_id(client: FlaskClient) -> None:
    first = put(client, "a", 1).get_json()

    answer = put(client, "a", 2)

    assert answer.status_code == 200
    assert (answer.get_json()["version"], answer.get_json()["id"]) == (2, first["id"])
    assert answer.headers["ETag"] == '"2"'
    assert answer.get_json()["updated_at"] > first["updated_at"]


def test_a_writer_reads_its_write(client: FlaskClient) -> None:
    written = put(client, "a", [1]).get_json()

    assert client.get("/config/a").get_json() == written
    assert client.get(f"/data/{written['id']}").get_json() == written


@pytest.mark.parametrize("key", ["a/b/c", "/a", "a/", "a//b", ".", "..", "a.b_c-d", "k" * 255])
def test_every_key_of_the_grammar_is_found_again(client: FlaskClient, key: str) -> None:
    put(client, key, "here")

    answer = client.get(f"/config/{key}")

    assert answer.status_code == 200
    assert answer.get_json()["key"] == key
    assert client.delete(f"/config/{key}").status_code == 204


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "a%b", "ä", "a\n", "a\0", "a?"])
def test_a_key_outside_the_grammar_is_400_and_names_the_field(client: FlaskClient, key: str) -> None:
    answer = put(client, key)

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("key: ")


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "false",
        '""',
        "1e999",
        "-0.0",
        "9" * 5000,
        "0.1000000000000000055511151231257827",
        '{"a":1,"a":2}',
        r'"\u0000"',
        r'"\ud800"',
        r'{"\u0000": ["\udfff", " é😀"]}',
        '{ "spaces" :\t[ 1 ,\r\n2 ] }',
        "[" * 254 + "]" * 254,
    ],
)
def test_a_value_comes_back_exactly_as_it_was_sent(client: FlaskClient, value: str) -> None:
    stored = post_text(client, f'{{"key": "a", "value":{value}}}')

    assert stored.status_code == 201
    assert f'"value":{value},"version"' in stored.get_data(as_text=True)
    assert client.get("/config/a").get_data() == stored.get_data()
    assert client.get("/config").get_data(as_text=True) == f'{{"items":[{stored.get_data(as_text=True)}],"next":null}}'


def test_64_kib_of_value_are_kept_and_a_byte_more_is_413(client: FlaskClient) -> None:
    longest = "ä" * (32 * KIB - 1)

    kept = post_text(client, f'{{"key":"a","value":"{longest}"}}'.encode())
    refused = post_text(client, f'{{"key":"a","value":"{longest}x"}}'.encode())

    assert kept.status_code == 201
    assert refused.status_code == 413
    assert refused.get_json()["detail"].startswith("value: ")


def test_a_body_over_1_mib_is_413_however_it_is_sent_and_wherever(client: FlaskClient) -> None:
    body = b'{"key":"a","value":1}' + b" " * (1024 * KIB)
    chunked = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True}

    answers = [
        post_text(client, body),
        client.post("/config", environ_overrides=chunked, content_type="application/json"),
        client.post("/shorten", data=body, content_type="application/json"),
        client.delete("/config/a", data=body),
        client.get("/healthz", data=body),
    ]

    assert [answer.status_code for answer in answers] == [413] * 5
    assert answers[0].get_json()["detail"] == "body: longer than 1 MiB"


def test_a_body_of_exactly_1_mib_is_read(client: FlaskClient) -> None:
    body = b'{"key":"a","value":1}'

    answer = post_text(client, body + b" " * (1024 * KIB - len(body)))

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/json;charset=utf-16"]
)
def test_another_media_type_is_415(client: FlaskClient, content_type: str) -> None:
    assert post_text(client, '{"key":"a","value":1}', content_type).status_code == 415


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=UTF-8", "application/merge+json"]
)
def test_a_json_media_type_is_taken(client: FlaskClient, content_type: str) -> None:
    assert post_text(client, '{"key":"a","value":1}', content_type).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'"key"', "body"),
        (b'{"key":"a","value":1} x', "body"),
        (b'{"key":"a","value":1,}', "body"),
        (b'{"key":"a" "value":1}', "body"),
        (b'{"key" "a","value":1}', "body"),
        (b'{key:"a","value":1}', "body"),
        (b'{"key":"a","value":}', "body"),
        (b'{"key":"a","value":01}', "body"),
        (b'{"key":"a","value":"\n"}', "body"),
        (b'{"key":"a","value":NaN}', "body"),
        (b'{"key":"a","value":-Infinity}', "body"),
        (b'{"key":"a","value":[Infinity]}', "body"),
        (b'{"key":"a","value":"\xff"}', "body"),
        (b'{"key":"a","value":"\xed\xa0\x80"}', "body"),
        (b'\xef\xbb\xbf{"key":"a","value":1}', "body"),
        (b'{"key":"a","value":' + b"[" * 500_000, "body"),
        (b'{"key":"a","value":' + b"[" * 300 + b"]" * 300 + b"}", "body"),
        (b'{"key":"a"}', "value"),
        (b'{"value":1}', "key"),
        (b"{}", "key"),
        (b'{"key":1,"value":1}', "key"),
        (b'{"key":null,"value":1}', "key"),
        (b'{"key":["a"],"value":1}', "key"),
        (b'{"key":"\\ud800","value":1}', "key"),
        (b'{"key":"a","key":"b","value":1}', "key"),
        (b'{"key":"a","value":1,"ttl":1}', '"ttl"'),
    ],
)
def test_a_malformed_body_is_400_and_names_the_field(client: FlaskClient, body: bytes, field: str) -> None:
    answer = post_text(client, body)

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize("body", ["[]", "null", "1", '"key"', ' [{"key": "a"}] '])
@pytest.mark.parametrize("path", ["/config", "/shorten"])
def test_json_that_is_no_object_is_not_called_something_else(client: FlaskClient, path: str, body: str) -> None:
    answer = client.post(path, data=body, content_type="application/json")

    assert (answer.status_code, answer.get_json()["detail"]) == (400, "body: must be a JSON object")


@pytest.mark.parametrize("body", ["", "x", "[", "[] x", "nul", "NaN"])
def test_what_is_no_json_is_called_so(client: FlaskClient, body: str) -> None:
    detail = post_text(client, body).get_json()["detail"]

    assert "not JSON" in detail


@pytest.mark.parametrize("header", ['"1"', '"9", "1"', "*", 'W/"7", "1"'])
def test_if_match_of_the_current_version_writes(client: FlaskClient, header: str) -> None:
    put(client, "a", 1)

    answer = put(client, "a", 2, If_Match=header)

    assert (answer.status_code, answer.get_json()["version"]) == (200, 2)


@pytest.mark.parametrize("header", ['"2"', 'W/"1"', "", '"x"', '"01"', '"99999999999999999999"', '"\u0661"'])
def test_if_match_of_anything_else_is_412_and_writes_nothing(client: FlaskClient, header: str) -> None:
    put(client, "a", 1)

    answers = [
        client.post("/config", json={"key": "a", "value": 2}, headers={"If-Match": header.encode().decode("latin1")}),
        client.delete("/config/a", headers={"If-Match": header.encode().decode("latin1")}),
    ]

    assert [answer.status_code for answer in answers] == [412, 412]
    assert client.get("/config/a").get_json()["value"] == 1


@pytest.mark.parametrize("header", ['"1"', "*"])
def test_if_match_on_a_missing_key_is_412_and_makes_none(client: FlaskClient, header: str) -> None:
    answer = put(client, "a", 1, If_Match=header)

    assert answer.status_code == 412
    assert client.get("/config/a").status_code == 404


def test_if_none_match_star_makes_a_new_entry_once(client: FlaskClient) -> None:
    answers = [put(client, "a", value, If_None_Match="*") for value in (1, 2)]

    assert [answer.status_code for answer in answers] == [201, 412]
    assert client.get("/config/a").get_json()["value"] == 1


def test_if_none_match_of_a_version_refuses_to_replace_that_version(client: FlaskClient) -> None:
    put(client, "a", 1)

    answers = [put(client, "a", 2, If_None_Match=header) for header in ('W/"1"', '"1"', '"5"')]

    assert [answer.status_code for answer in answers] == [412, 412, 200]


def test_both_preconditions_must_hold(client: FlaskClient) -> None:
    put(client, "a", 1)

    answers = [put(client, "a", 2, If_Match='"1"', If_None_Match=header) for header in ("*", '"1"', '"2"')]

    assert [answer.status_code for answer in answers] == [412, 412, 200]


def test_of_many_writers_with_one_etag_exactly_one_wins(app: Flask) -> None:
    put(app.test_client(), "a", "first")
    together = threading.Barrier(8)

    def write(number: int) -> int:
        together.wait()
        return put(app.test_client(), "a", number, If_Match='"1"').status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(write, range(8)))

    assert sorted(statuses) == [200] + [412] * 7
    assert app.test_client().get("/config/a").get_json()["version"] == 2


def test_of_many_creators_exactly_one_wins(app: Flask) -> None:
    together = threading.Barrier(8)

    def create(number: int) -> int:
        together.wait()
        return put(app.test_client(), "a", number, If_None_Match="*").status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(create, range(8)))

    assert sorted(statuses) == [201] + [412] * 7


def test_no_increment_made_with_if_match_is_lost(app: Flask) -> None:
    put(app.test_client(), "a", 0)

    def increment_five_times(_: int) -> None:
        client, done = app.test_client(), 0
        while done < 5:
            seen = client.get("/config/a")
            answer = put(client, "a", seen.get_json()["value"] + 1, If_Match=seen.headers["ETag"])
            done += answer.status_code == 200

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(increment_five_times, range(4)))

    assert app.test_client().get("/config/a").get_json()["value"] == 20


def test_a_deleted_entry_is_gone_everywhere(client: FlaskClient) -> None:
    number = put(client, "a", 1).get_json()["id"]

    answer = client.delete("/config/a")

    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert [client.get(path).status_code for path in ("/config/a", f"/data/{number}")] == [404, 404]
    assert client.get("/config").get_json()["items"] == []
    assert client.delete("/config/a").status_code == 404


def test_a_key_made_again_is_201_and_never_reuses_an_etag(client: FlaskClient) -> None:
    put(client, "a", "old")
    client.delete("/config/a")

    again = put(client, "a", "new", If_None_Match="*")

    assert (again.status_code, again.headers["ETag"]) == (201, '"2"')
    assert put(client, "a", "late", If_Match='"1"').status_code == 412
    assert put(client, "a", "newer").status_code == 200


def test_a_deleted_value_is_not_kept(client: FlaskClient, sql: psycopg.Connection) -> None:
    put(client, "a", "secret")

    client.delete("/config/a")

    assert sql.execute("SELECT value FROM config_entries").fetchall() == [(None,)]


def test_delete_keeps_to_its_preconditions(client: FlaskClient) -> None:
    put(client, "a", 1)

    answers = [
        client.delete("/config/a", headers={"If-Match": '"2"'}),
        client.delete("/config/a", headers={"If-None-Match": '"1"'}),
        client.delete("/config/b", headers={"If-Match": '"1"'}),
        client.delete("/config/a", headers={"If-Match": '"1"'}),
    ]

    assert [answer.status_code for answer in answers] == [412, 412, 404, 204]


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', "*", '"5", "1"'])
@pytest.mark.parametrize("path", ["/config/a", "/data/1"])
def test_a_known_version_is_304_with_its_etag_and_no_body(client: FlaskClient, path: str, header: str) -> None:
    put(client, "a", 1)

    answer = client.get(path, headers={"If-None-Match": header})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"1"')


def test_an_old_version_is_answered_in_full(client: FlaskClient) -> None:
    put(client, "a", 1)
    put(client, "a", 2)

    assert client.get("/config/a", headers={"If-None-Match": '"1"'}).get_json()["value"] == 2


@pytest.mark.parametrize(
    "number", ["0", "2", "x", "-1", "1.0", "9223372036854775807", "9223372036854775808", "9" * 400, "\u0663"]
)
def test_a_number_nobody_has_is_404(client: FlaskClient, number: str) -> None:
    put(client, "a", 1)

    assert client.get(f"/data/{number}").status_code == 404


@pytest.mark.parametrize("path", ["/config/", "/config/nope", "/config/a b", "/config/a%00b", "/config/%ff", "/data/"])
def test_a_path_where_nothing_is_is_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_pages_follow_the_bytes_of_the_keys_and_meet_every_entry_once(client: FlaskClient) -> None:
    keys = ["a", "B", "_", "-", ".", "/", "0", "aa", "a/b", "Z9"]
    for key in keys:
        put(client, key)

    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/config", query_string={"after": after, "limit": 3}).get_json()
        seen += [item["key"] for item in page["items"]]
        after = page["next"]

    assert seen == sorted(keys)


def test_the_last_page_says_so_even_when_it_is_full(client: FlaskClient) -> None:
    put(client, "a")
    put(client, "b")

    assert client.get("/config?limit=2").get_json()["next"] is None
    assert client.get("/config?limit=1").get_json()["next"] == "a"


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("a_", ["a_b"]),
        ("a%", []),
        ("a", ["a", "a.b", "a_b", "ab", "azz"]),
        ("", ["a", "a.b", "a_b", "ab", "azz", "b"]),
        ("ä", []),
    ],
)
def test_a_prefix_is_literal(client: FlaskClient, prefix: str, found: list[str]) -> None:
    for key in ("a", "ab", "a_b", "a.b", "azz", "b"):
        put(client, key)

    page = client.get("/config", query_string={"prefix": prefix}).get_json()

    assert [item["key"] for item in page["items"]] == found


def test_after_and_prefix_work_together(client: FlaskClient) -> None:
    for key in ("a1", "a2", "a3", "b1"):
        put(client, key)

    page = client.get("/config?prefix=a&after=a1&limit=1").get_json()

    assert ([item["key"] for item in page["items"]], page["next"]) == (["a2"], "a2")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1e2", "limit=" + "9" * 5000]
)
def test_a_limit_outside_1_to_1000_is_400(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/config?{query}")

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("limit: ")


def test_a_page_has_100_entries_unless_told(client: FlaskClient, sql: psycopg.Connection) -> None:
    sql.execute("INSERT INTO config_entries (key, value) SELECT 'k' || n, 'null' FROM generate_series(1, 1001) n")

    assert len(client.get("/config").get_json()["items"]) == 100
    assert len(client.get("/config?limit=1000").get_json()["items"]) == 1000


@pytest.mark.parametrize("query", ["prefix=a%00", "after=%00"])
def test_a_nul_in_the_query_is_400(client: FlaskClient, query: str) -> None:
    assert client.get(f"/config?{query}").status_code == 400


def test_text_that_looks_like_sql_is_only_text(client: FlaskClient) -> None:
    put(client, "a", "'; DROP TABLE config_entries; --")

    assert client.get("/config", query_string={"prefix": "' OR 1=1 --"}).get_json()["items"] == []
    assert client.get("/config/a").get_json()["value"] == "'; DROP TABLE config_entries; --"


def test_head_answers_as_get_without_the_body(client: FlaskClient) -> None:
    put(client, "a", 1)

    for path in ("/config/a", "/config", "/data/1", "/config/none"):
        get, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (get.status_code, b"")
        assert head.headers.get("ETag") == get.headers.get("ETag")


def test_values_are_readable_json_for_everyone_else(client: FlaskClient) -> None:
    answer = post_text(client, json.dumps({"key": "a", "value": {"list": [1, None, "x"]}}))

    assert json.loads(answer.data)["value"] == {"list": [1, None, "x"]}

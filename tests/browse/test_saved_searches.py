"""Saving a search from its page: into desk.db and nowhere else, by its own page and nobody else's, by whom it may be."""

from __future__ import annotations

import importlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from datasette.app import Datasette
from lxml import html

from browse.writing import DeskSettings, is_of_our_page, why_not_write
from pipelines.desk.database import Desk
from pipelines.desk.searches import list_searches
from tests.reading_room import PLACE, close, made_up, room, said

if TYPE_CHECKING:
    from pathlib import Path

browse = importlib.import_module("crawler.commands.browse")

SAVED = f"{PLACE}/saved"
SEARCH = f"{SAVED}?q=harbour&source=harbour-herald"
HERE = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("saved"), 40)


async def token_of(datasette: Datasette) -> str:
    response = await datasette.client.get(SEARCH)
    assert response.status_code == 200, response.text[-500:]
    return str(response.cookies["ds_csrftoken"])


async def post(
    datasette: Datasette, token: str, path: str = SEARCH, headers: dict[str, str] = HERE, **fields: Any
) -> Any:
    form = {"csrftoken": token, "name": "Harbour", "on": ["new", "gone"], "to": ["feed", "team"], **fields}
    return await datasette.client.post(path, data=form, cookies={"ds_csrftoken": token}, headers=headers)


def saved(archive: Path) -> list[Any]:
    path = archive.parent / "desk.db"
    if not path.exists():
        return []
    with Desk(path) as desk:
        return list_searches(desk)


async def test_a_search_is_saved_listed_and_removed(here: Datasette, archive: Path) -> None:
    before = archive.read_bytes()
    results = html.fromstring((await here.client.get(f"{PLACE}/search?q=harbour&source=harbour-herald")).text)
    [link] = results.xpath("//a[text()='Tell me about this search']/@href")
    assert link.replace("+", "~20") == SEARCH
    form = html.fromstring((await here.client.get(link)).text)
    assert form.xpath("//input[@name='name']/@value") == ["harbour"]
    assert form.xpath("//input[@name='on'][@checked]/@value") == ["new", "correction", "gone"]
    assert form.xpath("//input[@name='to']/@value") == ["stdout", "team", "feed"]
    token = await token_of(here)
    response = await post(here, token)
    assert (response.status_code, response.headers["location"]) == (303, SAVED.replace("~20", "+"))
    [search] = saved(archive)
    assert (search.name, search.query, search.kinds) == ("Harbour", "harbour", ("new", "gone"))
    assert set(search.destinations) == {"team", "feed"}
    assert search.filters == (("source", ("harbour-herald",)),)
    listed = html.fromstring((await here.client.get(SAVED)).text)
    text = said(listed)
    assert "2 saved searches" in text
    assert "In the file in clippings.toml" in text
    assert "feeds/harbour.atom" in text
    [back] = listed.xpath("//table//a[text()='harbour']/@href")
    assert back.endswith("/search?q=harbour&source=harbour-herald")
    assert (await post(here, token, SAVED, remove=str(search.id))).status_code == 303
    assert saved(archive) == []
    assert archive.read_bytes() == before


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "Give it a name"),
    ({"name": "x" * 81}, "too long"),
    ({"on": []}, "Tick what it is to tell"),
    ({"to": []}, "Tick where it is to report"),
    ({"to": ["https://evil.example/"]}, "Tick where it is to report"),
    ({"name": "in THE file"}, "clippings.toml has an alert named"),
]


async def test_what_is_wrong_in_the_form_is_said_and_what_was_typed_stays(
    here: Datasette, archive: Path
) -> None:
    token = await token_of(here)
    for fields, says in WRONG:
        response = await post(here, token, **fields)
        assert response.status_code == 400
        tree = html.fromstring(response.text)
        assert says in said(tree)
        assert tree.xpath("//input[@name='name']/@value") == [fields.get("name", "Harbour")]
        assert tree.xpath("//input[@name='on'][@checked]/@value") == fields.get("on", ["new", "gone"])
    assert saved(archive) == []


async def test_a_name_is_given_once_and_a_search_for_everything_is_none(
    here: Datasette, archive: Path
) -> None:
    token = await token_of(here)
    assert (await post(here, token)).status_code == 303
    assert (await post(here, token, name="HARBOUR!")).status_code == 400
    assert (await post(here, token, SAVED, name="All")).status_code == 400
    assert len(saved(archive)) == 1


ATTEMPTS: list[tuple[str, dict[str, str], bool, bool]] = [
    ("no origin", {}, True, True),
    ("no cookie and no token, as a program", {}, False, False),
    ("a form of another site, without cookies", {"origin": "https://evil.example"}, False, False),
    ("a form of another site, with cookies", {"origin": "https://evil.example"}, True, True),
    ("an origin that hides", {"origin": "null"}, True, True),
    ("our name with another port", {"origin": "http://localhost:8080"}, True, True),
    ("our name with a user", {"origin": "http://localhost@evil.example"}, True, True),
    ("our name begins another", {"origin": "http://localhost.evil.example"}, True, True),
    ("a sibling site", {"origin": "http://localhost", "sec-fetch-site": "same-site"}, True, True),
    ("a right origin, no token", HERE, True, False),
    ("a right origin, no cookie", HERE, False, True),
    ("neither, but a bearer", {**HERE, "authorization": "Bearer x"}, False, False),
]


async def test_no_other_page_writes(here: Datasette, archive: Path) -> None:
    token = await token_of(here)
    for what, headers, cookie, field in ATTEMPTS:
        for content_type in ("application/x-www-form-urlencoded", "text/plain"):
            response = await here.client.post(
                SEARCH,
                content=f"name=Evil&on=new&to=feed{f'&csrftoken={token}' if field else ''}",
                headers={**headers, "content-type": content_type},
                cookies={"ds_csrftoken": token} if cookie else {},
            )
            assert response.status_code == 403, (what, content_type)
            assert saved(archive) == [], (what, content_type)


@pytest.mark.parametrize(
    ("desk", "says"),
    [
        ({"read_only": True}, "--read-only"),
        ({"served": "others"}, "clippings browse --users FILE"),
        ({"served": "login"}, "Log in"),
    ],
)
async def test_who_may_not_save_is_told_and_refused(archive: Path, desk: dict[str, Any], says: str) -> None:
    (archive.parent / "desk.db").unlink(missing_ok=True)
    datasette = await room(archive, **desk)
    response = await datasette.client.get(SEARCH)
    tree = html.fromstring(response.text)
    assert says in said(tree)
    assert not tree.xpath("//form[@method='post']")
    token = "x"
    assert (await post(datasette, token)).status_code == 403
    assert saved(archive) == []
    close(datasette)


def test_who_may_save() -> None:
    here, login = DeskSettings("here"), DeskSettings("login")
    assert why_not_write(here, None, []) == ""
    assert why_not_write(login, {"id": "ada"}, [(b"x-forwarded-for", b"1.2.3.4")]) == ""
    assert why_not_write(DeskSettings(), None, [])
    for header in (b"X-Forwarded-For", b"forwarded", b"via"):
        assert why_not_write(here, None, [(header, b"x")])


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        ("https://archive.example.org", "archive.example.org", True),
        ("http://127.0.0.1:8001", "127.0.0.1:8001", True),
        ("http://[::1]:8001", "[::1]:8001", True),
        ("https://archive.example.org", "127.0.0.1:8001", False),
        ("https://[", "[", False),
        ("http://a:99999", "a:99999", False),
        ("", "", False),
    ],
)
def test_a_page_of_ours_is_known_by_its_host(origin: str, host: str, ours: bool) -> None:
    assert is_of_our_page([(b"origin", origin.encode()), (b"host", host.encode())]) is ours


async def test_plain_datasette_knows_of_no_desk(archive: Path) -> None:
    (archive.parent / "desk.db").unlink(missing_ok=True)
    datasette = Datasette([str(archive)])
    await datasette.invoke_startup()
    results = (await datasette.client.get(f"{PLACE}/search?q=harbour")).text
    assert "Tell me about this search" not in results
    assert "not in plain datasette" in (await datasette.client.get(SEARCH)).text
    assert (await post(datasette, "x")).status_code == 403
    assert not (archive.parent / "desk.db").exists()
    close(datasette)


def test_desk_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE other (a)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(ValueError, match="is an SQLite file of something else"):
        Desk(path)
    assert path.read_bytes() == before

"""A newsroom's login: `clippings user` makes it, `clippings browse --users` asks for it, and nothing is seen without."""

from __future__ import annotations

import importlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from datasette_auth_passwords.utils import hash_password, verify_password
from lxml import html

from browse.login import TEMPLATES, harden_cookie
from crawler.cli import cli
from crawler.commands.user import read_users
from pipelines.desk.database import Desk
from pipelines.desk.dossiers import list_dossiers, list_items
from pipelines.desk.searches import list_searches
from tests.reading_room import COMPILED, PLACE, made_up, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

browse = importlib.import_module("crawler.commands.browse")

PASSWORD = "correct horse battery"
ORIGIN = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
OPEN = ("/-/login", "/-/static/app.css")
"""What is seen without a login."""
SHUT = (
    "/",
    PLACE,
    f"{PLACE}/search?q=harbour",
    f"{PLACE}/search.json?q=harbour",
    f"{PLACE}/search.csv",
    f"{PLACE}/search.atom",
    f"{PLACE}/changes.atom",
    f"{PLACE}/article/1",
    f"{PLACE}/article/1/page",
    f"{PLACE}/article/1/page/as-fetched",
    f"{PLACE}/article/1/page/record.warc.gz",
    f"{PLACE}/article/1/cite.txt",
    f"{PLACE}/sources",
    f"{PLACE}/alarms",
    f"{PLACE}/coverage",
    f"{PLACE}/saved",
    f"{PLACE}/dossiers",
    f"{PLACE}/dossier/1",
    f"{PLACE}/dossier/1.html",
    f"{PLACE}/dossier/1/review",
    f"{PLACE}/notes",
    f"{PLACE}/keep",
    "/the~20clippings",
    "/the~20clippings.json?sql=select+1",
    "/the~20clippings.db",
    "/the~20clippings/articles",
    "/the~20clippings/articles.csv",
    "/the~20clippings/articles/1.json",
    "/-/databases.json",
    "/-/metadata.json",
    "/-/settings.json",
    "/-/plugins.json",
    "/-/actor.json",
    "/-/threads.json",
    "/-/permissions",
    "/-/password-tool",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("users"), 40)


@pytest.fixture
async def room(archive: Path, tmp_path: Path) -> AsyncIterator[Datasette]:
    file = tmp_path / "users.txt"
    file.write_text(f"ada: {hash_password(PASSWORD, iterations=1000)}\n", encoding="utf-8")
    file.chmod(0o600)
    desk = {"served": "login", "read_only": False, "to": ["stdout"], "alerts": []}
    metadata = browse.make_metadata(["localhost"], desk, read_users(file))
    secret = metadata.pop("secret")
    datasette = Datasette([str(archive)], secret=secret, metadata=metadata, template_dir=str(TEMPLATES))
    datasette.jinja_env.bytecode_cache = COMPILED
    await datasette.invoke_startup()
    yield datasette
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()


async def log_in(room: Datasette, password: str, name: str = "ada") -> Any:
    token = (await room.client.get("/-/login")).cookies["ds_csrftoken"]
    form = {"username": name, "password": password, "csrftoken": token}
    return await room.client.post("/-/login", data=form, cookies={"ds_csrftoken": token}, headers=ORIGIN)


async def test_nothing_is_seen_without_a_login(room: Datasette) -> None:
    for path in OPEN:
        assert (await room.client.get(path)).status_code == 200
    for path in SHUT:
        response = await room.client.get(path)
        assert response.status_code in (303, 403, 404), (path, response.status_code)
        assert "harbour" not in response.text.lower(), path
        assert PASSWORD not in response.text
        assert "pbkdf2" not in response.text
    form = html.fromstring((await room.client.get("/-/login")).text)
    assert form.xpath("/html/@lang") == ["en"]
    assert form.xpath("//link/@href")[0].endswith("/clippings.css")
    leads = await room.client.get(f"{PLACE}/search?q=harbour")
    assert (leads.status_code, leads.headers["location"]) == (303, "/-/login")


async def test_a_login_reads_and_saves(room: Datasette, archive: Path) -> None:
    for name, password in (("ada", "wrong password"), ("eve", PASSWORD), ("", "")):
        refused = await log_in(room, password, name)
        assert (refused.status_code, "ds_actor" in refused.cookies) == (200, False)
    response = await log_in(room, PASSWORD)
    assert response.status_code == 302
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    actor = response.cookies["ds_actor"]
    page = await room.client.get(f"{PLACE}/saved?q=harbour", cookies={"ds_actor": actor})
    assert page.status_code == 200
    assert "Logged in as ada" in said(html.fromstring(page.text))
    token = page.cookies["ds_csrftoken"]
    form = {"csrftoken": token, "name": "Harbour", "on": "new", "to": "feed"}
    cookies = {"ds_actor": actor, "ds_csrftoken": token}
    sent = await room.client.post(f"{PLACE}/saved?q=harbour", data=form, cookies=cookies, headers=ORIGIN)
    assert sent.status_code == 303
    with Desk(archive.parent / "desk.db") as desk:
        assert [(search.name, search.made_by) for search in list_searches(desk)] == [("Harbour", "ada")]
    url = (await room.client.get(f"{PLACE}/search.json", cookies=cookies)).json()["hits"][0]["url"]
    form = {"csrftoken": token, "url": url, "name": "Port"}
    sent = await room.client.post(f"{PLACE}/keep", data=form, cookies=cookies, headers=ORIGIN)
    assert sent.status_code == 303
    with Desk(archive.parent / "desk.db") as desk:
        assert [(dossier.name, dossier.made_by) for dossier in list_dossiers(desk)] == [("Port", "ada")]
        assert [item.added_by for item in list_items(desk, 1)] == ["ada"]
    forged = await room.client.post(
        f"{PLACE}/saved?q=harbour",
        data={**form, "on": "new", "to": "feed", "name": "Evil"},
        cookies=cookies,
        headers={"origin": "https://evil.example"},
    )
    assert forged.status_code == 403
    for path in ("/-/metadata.json", "/-/plugins.json"):
        assert "pbkdf2" not in (await room.client.get(path, cookies={"ds_actor": actor})).text, path


def test_a_cookie_that_came_by_https_goes_by_https_only() -> None:
    assert harden_cookie(b"ds_actor=a; Path=/", True) == b"ds_actor=a; Path=/; HttpOnly; Secure"
    assert harden_cookie(b"ds_actor=a; httponly; secure", True) == b"ds_actor=a; httponly; secure"


def run(folder: Path, *words: str, stdin: str = "") -> Any:
    return CliRunner().invoke(cli, ["user", str(folder / "users.txt"), *words], input=stdin)


def test_a_command_makes_hashed_lines_that_nobody_else_reads(tmp_path: Path) -> None:
    file = tmp_path / "users.txt"
    assert run(tmp_path, "ada", stdin=f"{PASSWORD}\n").exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    name, _, digest = file.read_text("utf-8").strip().partition(": ")
    assert name == "ada"
    assert PASSWORD not in digest
    assert verify_password(PASSWORD, digest)
    before = read_users(file)
    assert run(tmp_path, "bob", stdin="another password\n").exit_code == 0
    after = read_users(file)
    assert list(after.hashes) == ["ada", "bob"]
    assert before.secret != after.secret
    assert run(tmp_path, "ada", "--remove").exit_code == 0
    assert list(read_users(file).hashes) == ["bob"]


@pytest.mark.parametrize(
    ("words", "stdin", "code", "says"),
    [
        (["ada"], "short\n", 1, "The password is too short: 10 characters at least."),
        (["a b"], "", 2, "A user's name has letters, digits"),
        (["ada", "--remove"], "", 2, "has no user ada"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, words: list[str], stdin: str, code: int, says: str) -> None:
    result = run(tmp_path, *words, stdin=stdin)
    assert result.exit_code == code
    assert says in result.stderr
    assert not (tmp_path / "users.txt").exists()


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("", 0o600, "has no user. Run: clippings user"),
        ("ada: plain password", 0o600, "line 1 is no user with a hash"),
        ("ada: pbkdf2_sha256$480000$aa$bb=", 0o640, "can be read by others. Run: chmod 600"),
        (None, 0o600, "cannot be read (No such file or directory)"),
    ],
)
def test_browse_refuses_a_file_that_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, mode: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("users.txt").write_text(text, encoding="utf-8")
        os.chmod("users.txt", mode)  # noqa: PTH101
    result = CliRunner().invoke(cli, ["browse", "--users", "users.txt"])
    assert result.exit_code == 1
    assert says in result.stderr

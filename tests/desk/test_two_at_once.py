"""Two programs that write the same dossier at once: every article is there, once, at a place of its own; no note is lost unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pipelines.desk.database import Desk
from pipelines.desk.dossier_records import Edit, SavedArticle
from pipelines.desk.dossiers import add_items, edit_item, list_items, make_dossier, move_item
from pipelines.desk.errors import ChangedMeanwhileError
from pipelines.timestamps import now

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 10


def save(path: Path, who: str, url: str) -> None:
    with Desk(path) as desk, desk.transaction() as db:
        add_items(db, 1, [SavedArticle(url, url, "paper", "The Paper")], Edit(who, now()))


def work(path: Path, who: str) -> list[str]:
    """Add articles, of which half are the other's too, and sign the first note and move the last article again and again."""
    signed = []
    for number in range(ROUNDS):
        save(path, who, f"https://paper.example/{who}/{number}")
        save(path, who, f"https://paper.example/both/{number}")
        with Desk(path) as desk:
            items = list_items(desk, 1)
            edition = desk.db.execute("SELECT edition FROM dossiers").fetchone()[0]
            try:
                edit_item(
                    desk,
                    items[0].id,
                    f"{items[0].note} {who}{number}",
                    (),
                    Edit(who, now(), items[0].edition),
                )
                signed.append(f"{who}{number}")
                move_item(desk, 1, items[-1].id, 2, Edit(who, now(), edition))
            except ChangedMeanwhileError:
                continue
    return signed


def test_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with Desk(path) as desk, desk.transaction() as db:
        make_dossier(db, "Case", Edit("ada", now()))
    save(path, "ada", "https://paper.example/first")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda who: work(path, who), ("ada", "bob")))
    with Desk(path) as desk:
        items = list_items(desk, 1)
        places = [place for (place,) in desk.db.execute("SELECT place FROM dossier_items ORDER BY place")]
    assert len({item.url for item in items}) == len(items) == 3 * ROUNDS + 1
    assert len(set(places)) == len(places)
    signed = [word for words in done for word in words]
    assert sorted(items[0].note.split()) == sorted(signed)  # whoever was not refused had read all before
    assert items[0].edition == 1 + len(signed)

"""An address that names an unknown source, field, value or parameter says so; no page is empty without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browse.param_checks import describe_unused_params
from pipelines.archive.search.unknown_values import describe_unknown
from tests.reading_room import PLACE, made_up, page, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("q", "harbour", ""),
        ("sort", "newest", ""),
        ("sort", "", ""),
        ("_trace", "1", ""),
        ("utm_source", "mail", ""),
        ("sort", "newst", "“newst” is no sort and was left out. Did you mean newest?"),
        ("sort", "z", "“z” is no sort and was left out. There are newest, relevance."),
        ("sorce", "nix", "“sorce” is not known here and was left out. Did you mean source?"),
        ("page", "two", "“two” is no number of a page."),
        ("x" * 99, "1", f"“{'x' * 40}…” is not known here and was left out."),
    ],
)
def test_a_parameter_is_known_or_named(name: str, value: str, says: str) -> None:
    known, choices = ("q", "source", "sort", "page"), {"sort": ("newest", "relevance")}
    assert describe_unused_params([(name, value)], known, choices) == ([says] if says else [])


def test_the_nearest_is_named() -> None:
    assert describe_unknown("source", "dialy", ["daily", "weekly"]) == (
        "There is no source dialy in this archive. Did you mean daily?"
    )
    assert describe_unknown("tag", "x" * 99, []) == f"There is no tag {'x' * 60}... in this archive."


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("unknown"), 60)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("search?source=harbour-heraldd", "Did you mean harbour-herald?"),
        ("search?q=headline:harbour", "Did you mean title:?"),
        ("search?q=source:nix", "There is no source nix"),
        ("search?q=harbour&language=klingon", "There is no language klingon"),
        ("search?section=Sprot", "There is no section Sprot"),
        ("search?author=Nobody", "There is no author Nobody"),
        ("search?tag=nothing", "There is no tag nothing"),
        ("search?sorce=x", "“sorce” is not known here"),
        ("search?paywalled=yes", "“yes” is no paywalled"),
        ("attention?source=nix", "There is no source nix"),
        ("attention?unit=yaer", "“yaer” is no unit"),
        ("changes?source=nix", "There is no source nix"),
        ("changes?kind=headlin", "Did you mean headline?"),
        ("coverage?source=nix", "There is no source nix"),
        ("coverage?outcome=holdt", "“holdt” is no outcome"),
        ("coverage/urls?source=nix", "There is no source nix"),
        ("coverage?since=never", "neither a date nor a duration"),
        (
            "attention?q=harbour&q=tide",
            "“q” can stand once in this address: “tide” was left out, “harbour” used.",
        ),
        ("search?sort=newest&sort=archived", "“archived” was left out, “newest” used."),
        ("coverage?source=harbour-herald&source=nix", "“nix” was left out, “harbour-herald” used."),
    ],
)
async def test_a_page_says_what_it_does_not_know(room: Datasette, address: str, says: str) -> None:
    tree = await page(room, f"{PLACE}/{address}")
    assert says in said(tree.xpath("//p[@class='problem']")[0])


@pytest.mark.parametrize(
    "address",
    [
        "search?q=harbour&source=harbour-herald&since=2020&until=today",
        "search?q=harbour&q=harbour&q=&source=harbour-herald&source=hangang-ilbo",
        "attention?q=harbour&unit=week&share=1",
        "compare?q=harbour&q=tide",
        "changes?kind=headline&kind=correction",
        "changes?source=harbour-herald&kind=headline&page=1",
        "coverage?source=harbour-herald&outcome=failed",
    ],
)
async def test_a_page_that_knows_all_has_no_problem(room: Datasette, address: str) -> None:
    assert not (await page(room, f"{PLACE}/{address}")).xpath("//p[@class='problem']")


@pytest.mark.parametrize(
    "address",
    [
        "search.csv?source=nix",
        "search.atom?q=headline:x",
        "coverage.csv?source=nix",
        "coverage/urls.json?source=nix",
    ],
)
async def test_a_file_is_refused_rather_than_empty(room: Datasette, address: str) -> None:
    response = await room.client.get(f"{PLACE}/{address}")
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/plain")
    assert "nix" in response.text or "title:" in response.text


@pytest.mark.parametrize("address", ["", "/attention?q=harbour"])
async def test_its_own_style_and_scripts_are_served(room: Datasette, address: str) -> None:
    tree = await page(room, f"{PLACE}{address}")
    files = tree.xpath("//link[@rel='stylesheet']/@href | //script/@src")
    assert files
    for file in files:
        assert (await room.client.get(file)).status_code == 200, file


async def test_json_has_the_problem(room: Datasette) -> None:
    found = (await room.client.get(f"{PLACE}/search.json?source=nix&sort=newst")).json()
    assert (found["total"], found["problem"]) == (
        0,
        "There is no source nix in this archive. “newst” is no sort and was left out. Did you mean newest?",
    )

"""Sources from TOML, OPML and text lists; what is wrong with them; durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from crawler.sources.languages import describe_unknown_language
from crawler.sources.load import load_sources, write_source
from crawler.sources.match_url import is_article_url
from crawler.sources.model import Source, SourceProblem, source_id
from crawler.sources.toml import KEYS
from pipelines.items import Noarchive, Rules
from pipelines.timestamps import DurationError, parse_duration, parse_since

FULL = """\
name = "The Daily Example"
home = "https://www.daily.example/"
language = "en"
country = "GB"
feeds = ["https://www.daily.example/rss.xml", "/atom.xml"]
sitemaps = ["https://www.daily.example/news-sitemap.xml"]
sections = ["/world"]
discover = false
article_urls = ["/news/*"]
ignore_urls = ["/news/live/*"]
window = "30d"
limit = 200
recheck = ["7d", "6h"]
delay = 2.5
concurrency = 2
noarchive = "keep"
extractor = "trafilatura"

[[rules]]
body = "article .story"
prune = [".share", "//aside[@class='x']"]

[[rules]]
until = 2024-03-01
body = "//div[@id='story']"
"""


def seeds(folder: Path, **files: str | bytes) -> Path:
    """A folder of files; `__` in a name stands for the point."""
    for name, content in files.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / name.replace("__", ".")).write_bytes(raw)
    return folder


def only_problem(folder: Path) -> SourceProblem:
    loaded = load_sources(folder)
    assert loaded.sources == []
    assert len(loaded.problems) == 1, [str(problem) for problem in loaded.problems]
    return loaded.problems[0]


# TOML


def test_home_alone_is_enough(tmp_path: Path) -> None:
    loaded = load_sources(seeds(tmp_path, daily__toml='home = "https://www.daily.example"\n'))
    assert loaded.problems == []
    assert loaded.sources == [
        Source(
            id="daily", home="https://www.daily.example/", name="daily.example", file=tmp_path / "daily.toml"
        )
    ]


def test_every_key_is_read(tmp_path: Path) -> None:
    loaded = load_sources(seeds(tmp_path, daily__toml=FULL))
    assert loaded.problems == []
    assert loaded.sources == [
        Source(
            id="daily",
            home="https://www.daily.example/",
            name="The Daily Example",
            language="en",
            country="GB",
            feeds=("https://www.daily.example/rss.xml", "https://www.daily.example/atom.xml"),
            sitemaps=("https://www.daily.example/news-sitemap.xml",),
            sections=("https://www.daily.example/world",),
            discover=False,
            article_urls=("/news/*",),
            ignore_urls=("/news/live/*",),
            window=timedelta(days=30),
            limit=200,
            recheck=(timedelta(hours=6), timedelta(days=7)),
            delay=2.5,
            concurrency=2,
            noarchive=Noarchive.KEEP,
            extractor="trafilatura",
            rules=(
                Rules(body=("article .story",), prune=(".share", "//aside[@class='x']")),
                Rules(until="2024-03-01", body=("//div[@id='story']",)),
            ),
            file=tmp_path / "daily.toml",
        )
    ]


@pytest.mark.parametrize(
    ("line", "key", "words"),
    [
        ('hom = "https://x.example/"', "hom", "Did you mean home?"),
        ('Feeds = ["https://x.example/rss"]', "Feeds", "Did you mean feeds?"),
        ("zzzz = 1", "zzzz", "Known keys: home, name,"),
        ("name = 5", "name", "should be text, not a number"),
        ("feeds = 5", "feeds", "should be a list of texts"),
        ("feeds = [5]", "feeds", "should be a list of texts"),
        ('feeds = ["not a url"]', "feeds", "is not a web address"),
        ('sections = ["ftp://x.example/"]', "sections", "is not a web address"),
        ('discover = "no"', "discover", "should be true or false, not text"),
        ("discover = false", "discover", "nothing is listed to read"),
        ("window = 7", "window", "should be a duration, not a number"),
        ('window = "a week"', "window", "such as 30s, 10m, 6h, 7d"),
        ('recheck = ["soon"]', "recheck", "is not a duration"),
        ("limit = 0", "limit", "whole number from 1 up"),
        ("limit = true", "limit", "whole number from 1 up"),
        ("concurrency = 1.5", "concurrency", "whole number"),
        ("delay = -1", "delay", "0 to 86400"),
        ("delay = nan", "delay", "0 to 86400"),
        ("delay = [1]", "delay", "number of seconds"),
        ('language = "English (British)"', "language", "is not a language code"),
        ("language = 2024-01-01", "language", "not a date"),
        ("extractor = 'readability'", "extractor", "cannot be 'readability'"),
        ("keep_noarchive = 1", "keep_noarchive", "should be true or false"),
        ('noarchive = "yes"', "noarchive", 'Write "text", "exclude" or "keep"'),
        ("noarchive = true", "noarchive", "should be text, not true or false"),
        ('rules = "x"', "rules", "Write [[rules]]"),
        ('[[rules]]\nbodi = "x"', "rules 1: bodi", "Did you mean body?"),
        ('[[rules]]\nbody = "//div["', "rules 1: body", "is not a selector"),
        ('[[rules]]\nbody = "div["', "rules 1: body", "is not a selector"),
        ('[[rules]]\nbody = "div"\n[[rules]]\nuntil = "soon"', "rules 2: until", "2026-11-23"),
    ],
)
def test_a_wrong_value_names_its_key_and_the_remedy(tmp_path: Path, line: str, key: str, words: str) -> None:
    problem = only_problem(seeds(tmp_path, x__toml=f'home = "https://x.example/"\n{line}\n'))
    assert problem.key == key
    assert words in str(problem)
    assert str(tmp_path / "x.toml") in str(problem)


def test_a_file_without_a_home_says_what_to_write(tmp_path: Path) -> None:
    problem = only_problem(seeds(tmp_path, x__toml='name = "X"'))
    assert (
        str(problem) == f'{tmp_path / "x.toml"}: home: is missing. Write home = "https://www.example.org/".'
    )


def test_all_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    loaded = load_sources(seeds(tmp_path, x__toml='homme = "x"\nlimit = "many"\n'))
    assert [problem.key for problem in loaded.problems] == ["homme", "limit", "home"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("home = https://x.example/\n", "Put texts and addresses in quotes"),
        ("home = “https://x.example/”\n", "straight quotes"),
        ("home: https://x.example/\n", "Write key = value"),
        ('home = "https://x.example/"\nhome = "https://y.example/"\n', "at line 2"),
        ('home = "https://x.example/\n', "at line 1"),
        ("[" * 5000, "is not TOML"),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    problem = only_problem(seeds(tmp_path, x__toml=text))
    assert words in str(problem)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_editors_of_every_system_will_do(tmp_path: Path, line_end: str, bom: bytes) -> None:
    text = f'# Zürich{line_end}home = "https://x.example/"{line_end}name = "Zürich"{line_end}'
    loaded = load_sources(seeds(tmp_path, x__toml=bom + text.encode()))
    assert loaded.problems == []
    assert loaded.sources[0].name == "Zürich"


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    text = '# a comment\nname = "Zürich"\n'
    problem = only_problem(seeds(tmp_path, x__toml=text.encode("latin-1")))
    assert "line 2 is not UTF-8" in str(problem)
    assert "Save it again" in str(problem)
    assert "UTF-16" in str(only_problem(seeds(tmp_path, x__toml=text.encode("utf-16"))))


@pytest.mark.parametrize(
    "text",
    [
        'home = "https://ann:hunter2@x.example/"',
        'home = "https://ann:hun/ter2@x.example/"',
        "home = https://ann:hunter2@x.example/",
        'home = "https://x.example/"\nfeeds = ["https://ann:hunter2@x.example/feed"]',
        'home = "https://x.example/"\nlanguage = "https://ann:hunter2@x.example/"',
    ],
)
def test_a_password_never_reaches_a_message(tmp_path: Path, text: str) -> None:
    problem = only_problem(seeds(tmp_path, x__toml=text))
    assert "hunter2" not in str(problem)
    assert "ter2" not in str(problem)


def test_a_broken_file_costs_only_itself(tmp_path: Path) -> None:
    loaded = load_sources(
        seeds(tmp_path, a__toml="home =", b__toml='home = "b.example"', c__opml="<opml", d__txt="d.example")
    )
    assert [(source.id, source.home) for source in loaded.sources] == [
        ("b", "https://b.example/"),
        ("d-example", "https://d.example/"),
    ]
    assert {problem.file.name for problem in loaded.problems} == {"a.toml", "c.opml"}


def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "x.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "y.toml").write_bytes(b"#" * 1_000_001)
    words = [str(problem) for problem in load_sources(tmp_path).problems]
    assert any("x.toml: cannot be read (No such file" in word for word in words)
    assert any("y.toml: the file is larger" in word for word in words)


def test_two_files_of_one_site_or_one_name_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    seeds(tmp_path / "more", a__toml='home = "https://elsewhere.example/"')
    seeds(
        tmp_path,
        a__toml='home = "https://www.daily.example/"',
        b__toml='home = "http://daily.example"',
        c__toml='home = "https://third.example/"',
    )
    loaded = load_sources(tmp_path)
    assert [source.id for source in loaded.sources] == ["a", "c"]
    assert sorted(str(problem).removeprefix(str(tmp_path)) for problem in loaded.problems) == [
        "/b.toml: home: a.toml follows this site already. Delete one of the two.",
        f"/more/a.toml: {tmp_path}/a.toml has the same name. Rename one of the two.",
    ]


def test_a_name_that_cannot_be_an_id_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "the daily.toml").write_text('home = "https://x.example/"')
    assert "Rename it" in str(only_problem(tmp_path))


# The folder


def test_a_folder_with_nothing_says_how_to_begin(tmp_path: Path) -> None:
    seeds(tmp_path, README__md="# Seeds", _hidden="x")
    (tmp_path / ".draft.toml").write_text("nonsense")
    assert "holds no source. Add one: clippings add" in str(only_problem(tmp_path))
    assert "does not exist" in str(only_problem(tmp_path / "nowhere"))
    assert "is not a folder" in str(only_problem(tmp_path / "README.md"))


def test_a_list_of_another_kind_is_not_passed_over(tmp_path: Path) -> None:
    assert "is not a list Clippings reads" in str(only_problem(seeds(tmp_path, sites__csv="a,b")))


def test_only_some_sources(tmp_path: Path) -> None:
    seeds(
        tmp_path,
        daily__toml='home = "https://daily.example/"',
        weekly__toml='home = "https://weekly.example/"',
        broken__toml="home =",
    )
    loaded = load_sources(tmp_path, ["weekly"])
    assert [source.id for source in loaded.sources] == ["weekly"]
    assert loaded.problems == []
    loaded = load_sources(tmp_path, ["dayly", "broken", "weekly"])
    assert [source.id for source in loaded.sources] == ["weekly"]
    assert "broken.toml: is not TOML" in str(loaded.problems[0])
    assert str(loaded.problems[1]) == f"{tmp_path}: no source is called 'dayly'. Did you mean daily?"
    assert len(loaded.problems) == 2
    assert "There are: daily, weekly." in str(load_sources(tmp_path, ["zzz"]).problems[0])


# OPML

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Ann's feeds</title></head><body>
 <outline text="News"><outline text="Europe">
  <outline type="rss" text="Daily &amp; Sunday" xmlUrl="https://www.daily.example/rss" htmlUrl="https://www.daily.example/"/>
  <outline type="rss" text="Daily Sport" xmlUrl="https://feeds.daily.example/sport" htmlUrl="https://www.daily.example/sport"/>
  <outline type="rss" text="Again" xmlUrl="http://daily.example/rss"/>
 </outline></outline>
 <outline type="rss" title="No home" xmlUrl="https://feeds.weekly.example/all.xml" language="de"/>
 <outline type="rss" text="Burner" xmlUrl="feed://feeds.feedburner.com/TheBurner"/>
 <outline type="rss" text="Other burner" xmlUrl="http://feeds.feedburner.com/other"/>
 <outline text="An empty folder"/>
</body></opml>
"""


def test_opml_gives_a_source_a_site_with_its_feeds_and_no_more(tmp_path: Path) -> None:
    loaded = load_sources(seeds(tmp_path, feeds__opml=OPML))
    assert loaded.problems == []
    file = tmp_path / "feeds.opml"
    assert loaded.sources == [
        Source(
            id="daily-example",
            home="https://www.daily.example/",
            name="daily.example",
            feeds=("https://www.daily.example/rss", "https://feeds.daily.example/sport"),
            discover=False,
            file=file,
        ),
        Source(
            id="feeds-feedburner-com-other",
            home="http://feeds.feedburner.com/other",
            name="Other burner",
            feeds=("http://feeds.feedburner.com/other",),
            discover=False,
            file=file,
        ),
        Source(
            id="feeds-feedburner-com-theburner",
            home="http://feeds.feedburner.com/TheBurner",
            name="Burner",
            feeds=("http://feeds.feedburner.com/TheBurner",),
            discover=False,
            file=file,
        ),
        Source(
            id="weekly-example",
            home="https://weekly.example/",
            name="No home",
            language="de",
            feeds=("https://feeds.weekly.example/all.xml",),
            discover=False,
            file=file,
        ),
    ]


def test_broken_opml_gives_what_can_be_read_and_a_problem(tmp_path: Path) -> None:
    cut = OPML[: OPML.index('<outline type="rss" text="Burner"') + 30]
    loaded = load_sources(seeds(tmp_path, feeds__opml=cut))
    assert [source.id for source in loaded.sources] == ["daily-example", "weekly-example"]
    assert "is broken XML at line 9: only part of it could be read" in str(loaded.problems[0])


def test_opml_with_html_entities_and_in_another_encoding(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="windows-1251"?><opml><body>'
        '<outline text="Новости&nbsp;дня" xmlUrl="https://daily.example/rss"/></body></opml>'
    )
    loaded = load_sources(seeds(tmp_path, subscriptions__xml=text.encode("cp1251")))
    assert loaded.problems == []
    assert loaded.sources[0].name.startswith("Новости")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_opml_that_declares_entities_is_refused(tmp_path: Path, encoding: str) -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        '<opml><body><outline text="&b;" xmlUrl="https://daily.example/rss"/></body></opml>'
    )
    problem = only_problem(seeds(tmp_path, feeds__opml=bomb.encode(encoding)))
    assert "declares XML entities" in str(problem)


@pytest.mark.parametrize("text", ["", "not xml at all", "<opml><body></body></opml>", "\x00\x01"])
def test_opml_without_a_feed_is_a_problem(tmp_path: Path, text: str) -> None:
    only_problem(seeds(tmp_path, feeds__opml=text))


def test_opml_with_an_unusable_address_names_the_outline(tmp_path: Path) -> None:
    text = (
        '<opml><body><outline type="rss" text="Daily" xmlUrl="https://ann:hunter2@daily.example/rss"/>'
        '<outline type="rss" text="Weekly" xmlUrl="https://weekly.example/rss"/></body></opml>'
    )
    loaded = load_sources(seeds(tmp_path, feeds__opml=text))
    assert [source.id for source in loaded.sources] == ["weekly-example"]
    assert "the outline 'Daily' has no usable xmlUrl" in str(loaded.problems[0])
    assert "hunter2" not in str(loaded.problems[0])


# Text lists

LIST = """\ufeff# Papers I read
https://www.daily.example/           # the front page
https://www.daily.example/world/
https://www.daily.example/feed.xml

weekly.example
https://monthly.example/rss
https://monthly.example/news-sitemap.xml
https://maps.example/sitemap_index.xml
https://yearly.example/section/feeding-the-world
"""


def test_a_text_list_mixes_feeds_sitemaps_and_pages(tmp_path: Path) -> None:
    loaded = load_sources(seeds(tmp_path, papers__txt=LIST.replace("\n", "\r\n")))
    assert loaded.problems == []
    file = tmp_path / "papers.txt"
    assert loaded.sources == [
        Source(
            id="daily-example",
            home="https://www.daily.example/",
            name="daily.example",
            feeds=("https://www.daily.example/feed.xml",),
            sections=("https://www.daily.example/world/",),
            file=file,
        ),
        Source(
            id="maps-example",
            home="https://maps.example/",
            name="maps.example",
            sitemaps=("https://maps.example/sitemap_index.xml",),
            discover=False,
            file=file,
        ),
        Source(
            id="monthly-example",
            home="https://monthly.example/",
            name="monthly.example",
            feeds=("https://monthly.example/rss",),
            sitemaps=("https://monthly.example/news-sitemap.xml",),
            discover=False,
            file=file,
        ),
        Source(id="weekly-example", home="https://weekly.example/", name="weekly.example", file=file),
        Source(
            id="yearly-example",
            home="https://yearly.example/section/feeding-the-world",
            name="yearly.example",
            file=file,
        ),
    ]


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    loaded = load_sources(
        seeds(tmp_path, x__txt="https://a:hunter2@b.example/\nhello world\nhttps://c.example/\n")
    )
    assert [source.id for source in loaded.sources] == ["c-example"]
    words = [str(problem) for problem in loaded.problems]
    assert "line 1 is not a web address" in words[0]
    assert "line 2 is not a web address" in words[1]
    assert "hunter2" not in "".join(words)
    assert "lists no address" in str(only_problem(seeds(tmp_path, x__txt="# nothing yet\n")))


def test_a_file_of_its_own_wins_over_the_lists_and_lists_add_up(tmp_path: Path) -> None:
    seeds(
        tmp_path,
        mine__toml='home = "https://www.daily.example/"',
        a__opml='<opml><body><outline xmlUrl="https://daily.example/rss"/>'
        '<outline xmlUrl="https://weekly.example/rss"/></body></opml>',
        b__txt="https://weekly.example/\nhttps://weekly.example/atom.xml",
    )
    loaded = load_sources(tmp_path)
    assert loaded.problems == []
    assert [source.id for source in loaded.sources] == ["mine", "weekly-example"]
    weekly = loaded.sources[1]
    assert weekly.discover
    assert weekly.feeds == ("https://weekly.example/rss", "https://weekly.example/atom.xml")


# Ids, patterns, writing


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.daily.co.uk/news", "daily-co-uk"),
        ("https://m.daily.example/", "daily-example"),
        ("http://news.daily.example:8080/", "news-daily-example"),
        ("https://bücher.example/", "xn-bcher-kva-example"),
        ("http://127.0.0.1:8899/", "127-0-0-1"),
        ("http://[::1]/", "1"),
    ],
)
def test_an_id_comes_from_the_host_alone(url: str, expected: str) -> None:
    assert source_id(url) == expected


@pytest.mark.parametrize(
    ("patterns", "ignored", "url", "expected"),
    [
        ([], [], "https://x.example/a", None),
        ([], ["/video/*"], "https://x.example/video/1", False),
        ([], ["/video/"], "https://x.example/video/1", False),
        ([], ["/video/"], "https://x.example/news/video/1", None),
        ([], ["*/video/*"], "https://x.example/news/VIDEO/1?x=1", False),
        (["/news/*"], [], "https://x.example/news/1.html?x=1", True),
        (["news/*.html"], [], "https://x.example/news/1.html?x=1", True),
        (["/news/*.html"], [], "https://x.example/news/1", False),
        (["/news/*"], ["*/live/*"], "https://x.example/news/live/1", False),
        (["/view?id=*"], [], "https://x.example/view?id=7", True),
        (["/view?id=*"], [], "https://x.example/view", False),
        (["https://sport.x.example/*"], [], "http://sport.x.example/a", True),
        (["https://x.example/*"], [], "https://www.x.example/a", True),
        (["https://sport.x.example/*"], [], "https://x.example/sport.x.example/a", False),
        (["/*/[a-z]+/*"], [], "https://x.example/a/b/c", False),
        (["/뉴스/*"], [], "https://x.example/%EB%89%B4%EC%8A%A4/1", True),
        (["*a*a*a*"], [], "https://x.example/aa", False),
        (["/ab*ba"], [], "https://x.example/aba", False),
        (["/*"], [], "http://[::1", False),
        (["/"], [], "https://x.example", True),
    ],
)
def test_patterns(patterns: list[str], ignored: list[str], url: str, expected: bool | None) -> None:
    source = Source(
        id="x", home="https://x.example/", article_urls=tuple(patterns), ignore_urls=tuple(ignored)
    )
    assert is_article_url(source, url) is expected


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    seeds(tmp_path, daily__toml=FULL.replace("The Daily", 'The \\"Daily\\" \\\\ \\u0007'))
    before = load_sources(tmp_path).sources[0]
    path = write_source(before, tmp_path / "made" / "here")
    assert path == tmp_path / "made" / "here" / "daily.toml"
    after = load_sources(tmp_path / "made" / "here").sources[0]
    assert (before.name, before.rules) == (after.name, after.rules)
    assert before == Source(
        **{**{name: getattr(after, name) for name in Source.__slots__}, "file": before.file}
    )


def test_a_written_file_explains_itself_and_is_never_overwritten(tmp_path: Path) -> None:
    source = Source(id="x", home="https://x.example/", name="X", feeds=("https://x.example/rss",))
    path = write_source(source, tmp_path)
    assert path.read_text("utf-8") == (
        "# Every key is explained in docs/sources.md.\n\n"
        'name = "X"\nhome = "https://x.example/"\n\n'
        '# New articles are announced here.\nfeeds = ["https://x.example/rss"]\n'
    )
    with pytest.raises(FileExistsError):
        write_source(Source(id="x", home="https://other.example/"), tmp_path)
    assert "x.example" in path.read_text("utf-8")


# The page for people

DOCS = Path(__file__).resolve().parents[2] / "docs" / "sources.md"


def documented() -> dict[str, list[str]]:
    """The rows of the table of keys: key to type, default, words and example."""
    table = DOCS.read_text("utf-8").partition("## Every key")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows}


def test_every_key_is_documented_with_an_example_that_works(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = tmp_path_factory.mktemp("desk")
    monkeypatch.chdir(desk)
    for name, text in (
        ("cookies", "daily.example\tTRUE\t/\tTRUE\t0\tsession\tx\n"),
        ("headers", "X-Reader: x\n"),
    ):
        file = desk / f"{name}-daily.txt"
        file.write_text(text)
        file.chmod(0o600)
    rows = documented()
    assert set(rows) == set(KEYS)
    for key, (kind, default, words, example) in rows.items():
        assert kind, key
        assert default, key
        assert words, key
        line = example.strip("`| ")
        text = line if key == "home" else f'home = "https://x.example/"\nfeeds = ["/f"]\n{line}\n'
        if key == "feeds":
            text = f'home = "https://x.example/"\n{line}\n'
        loaded = load_sources(seeds(tmp_path, x__toml=text))
        assert loaded.problems == [], key
        blank = Source(id="x", home="https://x.example/")
        assert key == "rules" or getattr(loaded.sources[0], key) != getattr(blank, key), key


def test_the_examples_and_messages_of_the_page_are_real(tmp_path: Path) -> None:
    page = DOCS.read_text("utf-8")
    blocks = [block for block in page.split("```toml\n")[1:] if block]
    for block in blocks:
        text = block.partition("```")[0]
        text = text if text.startswith("home") else f'home = "https://x.example/"\n{text}'
        assert load_sources(seeds(tmp_path, x__toml=text)).problems == []
    written = 'home = "https://x.example/"\nfeed = []\nwindow = "7 days"\n'
    problems = [
        str(problem).partition(": ")[2] for problem in load_sources(seeds(tmp_path, x__toml=written)).problems
    ]
    for problem in problems:
        assert f": {problem}\n" in page


def test_the_shipped_seeds_are_right() -> None:
    loaded = load_sources(DOCS.parent.parent / "seeds")
    assert loaded.problems == []
    assert len(loaded.sources) >= 5
    assert all(source.name and source.language for source in loaded.sources)


# Durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("6h", timedelta(hours=6)),
        (" 7 D ", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("1y", timedelta(days=365)),
        ("0.5s", timedelta(milliseconds=500)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "7 days", "1h30m", "٧d", "9" * 50 + "d", "x" * 1000])
def test_a_bad_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(DurationError, match="30s, 10m, 6h, 7d") as error:
        parse_duration(text)
    assert len(str(error.value)) < 200


def test_since_takes_a_date_a_time_or_a_duration() -> None:
    seoul = timezone(timedelta(hours=9))
    now = datetime(2026, 11, 23, 9, 30, tzinfo=seoul)
    assert parse_since("2026-11-16", now) == datetime(2026, 11, 16, tzinfo=seoul)
    assert parse_since("2026-11-16T08:00", now) == datetime(2026, 11, 16, 8, tzinfo=seoul)
    assert parse_since("2026-11-16T08:00Z", now) == datetime(2026, 11, 16, 8, tzinfo=UTC)
    assert parse_since("7d", now) == now - timedelta(days=7)
    for text in ("soon", "2026-13-40", "16.11.2026", ""):
        with pytest.raises(DurationError, match="neither a date nor a duration"):
            parse_since(text, now)
    with pytest.raises(DurationError, match="before the year 1"):
        parse_since("9000y", now)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("en", ""),
        ("pt-BR", ""),
        ("iw", ""),
        ("yue", ""),
        ("gsw-CH", ""),
        ("Greek", "Did you mean el?"),
        ("englsh", "Did you mean en?"),
        ("jp", "Did you mean ja?"),
        ("cz", "Did you mean cs?"),
        ("Deutsch", "Write two letters, such as en, ko or de."),
        ("zz", "Write two letters, such as en, ko or de."),
        ("e n", "Write two letters, such as en, ko or de."),
    ],
)
def test_a_language_is_a_code_or_the_nearest_is_named(text: str, remedy: str) -> None:
    assert describe_unknown_language(text) == remedy

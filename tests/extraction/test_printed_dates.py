"""Dates as pages print them: in any language, by other calendars, day or month first, as so long ago."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.extraction.calendars import find_relative
from pipelines.extraction.date_parsing import find_printed_date, parse_date
from pipelines.extraction.extract import extract
from pipelines.items import Page

TEXT = "".join(
    f"<p>Shift {n} at the brickworks ended with a walk to the gate, where the union read out the offer and asked "
    "for a show of hands, and nobody raised one before the bus came.</p>"
    for n in range(8)
)
FETCHED = "2026-11-24T12:00:00+00:00"


def article(
    stamp, lang="en", url="https://brickfield-echo.example/news/brickworks-offer-refused", text=TEXT, after=""
):
    top = f"<h1>Workers at the brickworks refuse the offer</h1>{stamp}"
    html = f'<html lang="{lang}"><body><article>{top}{text}</article>{after}</body></html>'
    return extract(Page(url=url, body=html.encode(), fetched_at=FETCHED))


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("hr", "23. listopada 2026.", "2026-10-23"),
        ("pl", "23 listopada 2026", "2026-11-23"),
        ("cs", "23. listopadu 2026", "2026-11-23"),
        ("hr", "7. srpnja 2026.", "2026-07-07"),
        ("cs", "7. srpna 2026", "2026-08-07"),
        ("eu", "2026ko azaroaren 23a", "2026-11-23"),
        ("ca", "23 de novembre de 2026", "2026-11-23"),
        ("ca", "23 d'octubre de 2026", "2026-10-23"),
        ("gl", "23 de outubro de 2026", "2026-10-23"),
        ("sl", "23. november 2026", "2026-11-23"),
        ("lt", "2026 m. lapkričio 23 d.", "2026-11-23"),
        ("lt", "2026 m. rugsėjo 3 d.", "2026-09-03"),
        ("lv", "2026. gada 23. novembris", "2026-11-23"),
        ("et", "23. november 2026", "2026-11-23"),
        ("hu", "2026. november 23.", "2026-11-23"),
        ("hu", "2026. szept. 3., 10:20", "2026-09-03"),
        ("ro", "23 noiembrie 2026", "2026-11-23"),
        ("sq", "23 nëntor 2026", "2026-11-23"),
        ("mk", "23 ноември 2026", "2026-11-23"),
        ("bg", "23 ноември 2026 г.", "2026-11-23"),
        ("sr", "23. новембар 2026.", "2026-11-23"),
        ("sr", "23. novembar 2026.", "2026-11-23"),
        ("uk", "23 листопада 2026", "2026-11-23"),
        ("be", "23 лістапада 2026", "2026-11-23"),
        ("el", "23 Νοεμβρίου 2026", "2026-11-23"),
        ("tr", "23 Kasım 2026", "2026-11-23"),
        ("az", "23 noyabr 2026", "2026-11-23"),
        ("ar", "23 نوفمبر 2026", "2026-11-23"),
        ("ar", "23 تشرين الثاني 2026", "2026-11-23"),
        ("ar", "5 كانون الأول 2026", "2026-12-05"),
        ("ar", "5 جانفي 2026", "2026-01-05"),
        ("ar", "٢٣ نوفمبر ٢٠٢٦", "2026-11-23"),
        ("ar", "5 غشت 2026", "2026-08-05"),
        ("fa", "۲ آذر ۱۴۰۵", "2026-11-23"),
        ("fa", "1405/09/02", "2026-11-23"),
        ("fa", "۱ فروردین ۱۴۰۵", "2026-03-21"),
        ("fa", "23 نوامبر 2026", "2026-11-23"),
        ("he", "23 בנובמבר 2026", "2026-11-23"),
        ("hi", "23 नवंबर 2026", "2026-11-23"),
        ("bn", "২৩ নভেম্বর ২০২৬", "2026-11-23"),
        ("ta", "23 நவம்பர் 2026", "2026-11-23"),
        ("ta", "நவம்பர் 23, 2026", "2026-11-23"),
        ("th", "23 พฤศจิกายน 2569", "2026-11-23"),
        ("th", "23 พ.ย. 2569", "2026-11-23"),
        ("th", "23 พ.ย. 69", "2026-11-23"),
        ("th", "23/11/2569", "2026-11-23"),
        ("vi", "23 tháng 11, 2026", "2026-11-23"),
        ("vi", "Ngày 23 tháng 11 năm 2026", "2026-11-23"),
        ("id", "23 Agustus 2026", "2026-08-23"),
        ("ja", "令和8年11月23日", "2026-11-23"),
        ("zh", "民國115年11月23日", "2026-11-23"),
        ("de", "23. November 2026, 10:02", "2026-11-23"),
        ("fr", "le 1er août 2026", "2026-08-01"),
        ("es", "23 de noviembre de 2026", "2026-11-23"),
        ("pt", "23 de novembro de 2026", "2026-11-23"),
        ("en", "November 23, 2026", "2026-11-23"),
        ("", "2 Nov 2026", "2026-11-02"),
        ("ka", "23 ნოემბერი 2026", "2026-11-23"),
        ("te", "23 నవంబర్ 2026", "2026-11-23"),
        ("ar", "12 جمادى الآخرة 1448", None),
        ("is", "23. nóvember 2026", "2026-11-23"),
        ("fi", "23. marraskuuta 2026", "2026-11-23"),
        ("da", "23. november 2026", "2026-11-23"),
        ("nl", "23 november 2026", "2026-11-23"),
        ("sw", "23 Novemba 2026", "2026-11-23"),
        ("ja", "2026年11月23日", "2026-11-23"),
        ("ko", "2026년 11월 23일", "2026-11-23"),
        ("zh", "2026-11-23 10:00", "2026-11-23"),
        ("ga", "23 Samhain 2026", "2026-11-23"),
        ("cy", "23 Tachwedd 2026", "2026-11-23"),
        ("ur", "23 نومبر 2026", "2026-11-23"),
        ("km", "23 វិច្ឆិកា 2026", "2026-11-23"),
        ("lo", "23 ພະຈິກ 2026", "2026-11-23"),
        ("hy", "23 նոյեմբերի 2026", "2026-11-23"),
        ("kk", "2026 ж. 23 қараша", "2026-11-23"),
        ("kk", "23 қараша 2026", "2026-11-23"),
        ("uz", "23-noyabr, 2026", "2026-11-23"),
        ("lb", "23. November 2026", "2026-11-23"),
        ("mt", "23 ta' Novembru 2026", "2026-11-23"),
        ("ne", "23 नोभेम्बर 2026", "2026-11-23"),
        ("mr", "23 नोव्हेंबर 2026", "2026-11-23"),
        ("ms", "23 Ogos 2026", "2026-08-23"),
    ],
)
def test_months_and_years_mean_what_they_mean_in_the_language(language, line, expected):
    assert find_printed_date(line, language=language) == expected


def test_the_page_says_in_which_language_a_month_is_named():
    assert article("<p>5. listopada 2026.</p>", "hr").published_at == "2026-10-05"
    assert article("<p>5 listopada 2026</p>", "pl").published_at == "2026-11-05"
    assert (
        article("<p>5. listopada 2026.</p>", "", "https://ciglana.hr/vijesti/ponuda").published_at
        == "2026-10-05"
    )


@pytest.mark.parametrize(
    ("host", "lang", "expected"),
    [
        ("brickfield.example", "en", "2026-03-11"),
        ("brickfield.com", "en", "2026-03-11"),
        ("brickfield.com", "en-US", "2026-03-11"),
        ("brickfield.co.uk", "en-US", "2026-03-11"),
        ("brickfield.com", "en-GB", "2026-11-03"),
        ("brickfield.com", "en-ZA", "2026-11-03"),
        ("brickfield.com", "fr", "2026-11-03"),
        *(
            (f"brickfield.{ending}", "en", "2026-11-03")
            for ending in "co.uk ie com.au co.nz in co.za ng co.ke sg".split()
        ),
        ("brickfield.co.uk", "", "2026-11-03"),
        ("brickfield.io", "en", "2026-03-11"),
    ],
)
def test_language_and_country_say_whether_the_day_comes_first(host, lang, expected):
    assert (
        article("<p>03/11/2026 09:15</p>", lang, f"https://www.{host}/news/brickworks").published_at
        == expected
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        *((line, "2026-11-24") for line in (
            "2 hours ago", "an hour ago", "35 min ago", "3 hrs ago", "vor 2 Stunden", "vor einer Stunde", "il y a 2 heures",
            "hace 2 horas", "há 2 horas", "2 ore fa", "2 uur geleden", "för 2 timmar sedan", "for 2 timer siden",
            "2 tuntia sitten", "2 godziny temu", "před 2 hodinami", "2 часа назад", "2 години тому", "πριν από 2 ώρες",
            "2 saat önce", "2 jam lalu", "2 giờ trước", "منذ 2 ساعات", "לפני 2 שעות", "2 घंटे पहले", "2 ชั่วโมงที่แล้ว",
            "2小时前", "2時間前", "2시간 전", "Published 2 hours ago", "today, 10:15", "heute", "오늘", "just now",
        )),
        *((line, "2026-11-23") for line in (
            "yesterday", "13 hours ago", "1 day ago", "gestern, 18:20 Uhr", "hier à 18h", "ayer", "ontem", "ieri", "gisteren",
            "wczoraj", "včera", "вчера", "вчора", "dün", "kemarin", "hôm qua", "أمس", "אתמול", "昨天", "昨日", "어제",
        )),
        *((line, "2026-11-21") for line in ("3 days ago", "vor 3 Tagen", "hace 3 días", "il y a 3 jours", "3天前", "3일 전")),
        *((line, None) for line in (
            "2 weeks ago", "3 months ago", "a year ago", "12 min read", "hierarchy", "The bus left 2 hours late",
            "It was two hours ago, said the union, that the gate was shut and the buses sent away", "400 days ago",
        )),
    ],
)  # fmt: skip
def test_so_long_ago_is_a_day(line, expected):
    found = find_relative(line, date(2026, 11, 24), 12 * 60)
    assert (found.isoformat() if found else None) == expected


def test_relative_dates_count_from_the_fetch():
    assert article("<p><time>2 hours ago</time></p>").published_at == "2026-11-24"
    assert article('<p class="meta">vor 3 Tagen</p>', "de").published_at == "2026-11-21"
    assert article("<p>Updated 2 hours ago</p>").published_at is None


@pytest.mark.parametrize(
    "stamp",
    [
        '<p><time class="updated" datetime="2026-11-24T09:00:00Z">24 Nov</time> <time datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
        '<p><span class="modified-date"><time datetime="2026-11-24T09:00:00Z">24 Nov</time></span> <time datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
        '<p>Updated: <time datetime="2026-11-24T09:00:00Z">24 Nov</time> Published: <time datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
        '<p>Aktualisiert: <time datetime="2026-11-24T09:00:00Z">24.11.</time> <time datetime="2026-11-20T09:00:00Z">20.11.</time></p>',
        '<p><time itemprop="dateModified" datetime="2026-11-24T09:00:00Z">24 Nov</time> <time datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
        '<p><time class="entry-date published updated" datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
        '<p><time datetime="2026-11-24T09:00:00Z">Updated 24 Nov</time> <time datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
        '<p>Updated 24 Nov</p><p><time datetime="2026-11-20T09:00:00Z">20 Nov</time></p>',
    ],
)
def test_a_change_is_no_publication(stamp):
    assert article(stamp).published_at == "2026-11-20T09:00:00+00:00"


def test_a_change_is_better_than_nothing():
    stamp = '<p><time class="updated" datetime="2026-11-24T09:00:00Z">Updated 24 Nov</time></p>'
    assert article(stamp).published_at == "2026-11-24T09:00:00+00:00"


@pytest.mark.parametrize(
    "sentence",
    [
        "The next meeting is set for January 14, 2026, in the canteen of the works.",
        "Das nächste Treffen ist am 14. Januar 2026 in der Kantine des Werks, wie der Betriebsrat sagte.",
        "A fire had closed the kiln on 2026-03-02, and it took the firm half a year to mend it.",
    ],
)
def test_a_day_in_the_story_is_not_the_day_of_its_publication(sentence):
    assert article("", text=TEXT + f"<p>{sentence}</p>").published_at is None


def test_stated_years_since_buddha_are_ours():
    assert parse_date("2569-11-23T10:00:00+07:00") == "2026-11-23T10:00:00+07:00"

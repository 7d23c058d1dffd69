"""What is no page though a listing names it, and bytes whose charset nobody declares."""

from __future__ import annotations

import json

import pytest

from pipelines.extraction.decoding import decode_text
from pipelines.extraction.extract import extract
from pipelines.items import Outcome, Page

STORY = "The ferryman waited an hour at the slip, then rowed back alone with the post and the bread. " * 8
HTML = f"<!doctype html><html><head><title>Ferry</title></head><body><article><h1>The ferryman rows back</h1><p>{STORY}</p></article></body></html>"


def read(body, content_type="text/html"):
    body = body if isinstance(body, bytes) else body.encode()
    headers = (("Content-Type", content_type),)
    return extract(
        Page(
            url="https://ferry.example/news/rows-back",
            body=body,
            headers=headers,
            fetched_at="2026-11-24T12:00:00Z",
        )
    )


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"title": "x", "body": STORY}), "application/json"),
        (json.dumps([STORY, STORY]), "text/html; charset=utf-8"),
        ('{"broken": "' + STORY, "application/ld+json"),
        (
            f'<?xml version="1.0"?><rss><channel><item><title>{STORY}</title></item></channel></rss>',
            "text/html",
        ),
        (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><summary>{STORY}</summary></entry></feed>',
            "text/plain",
        ),
        (
            "<?xml version='1.0'?><!-- x --><urlset><url><loc>https://ferry.example/</loc></url></urlset>",
            "text/html",
        ),
        (f"<?xml version='1.0'?><data><row>{STORY}</row></data>", "application/xml"),
        (STORY, "text/plain; charset=utf-8"),
        (f"name,text\nferry,{STORY}", "text/csv"),
        (f"/* {STORY} */ .story {{ color: red }}", "text/css"),
        (
            "@media print { .story { display: none } } .ad { color: red }" + " .a { margin: 0 }" * 40,
            "text/html",
        ),
        (f"// player\nvar story = '{STORY}';", "application/javascript"),
        (f"(function(w){{ w.story = '{STORY}'; }})(window);", "text/html"),
        (f'callback({{"story": "{STORY}"}})', "text/html"),
    ],
)
def test_data_scripts_and_plain_text_are_no_article(body, content_type):
    article = read(body, content_type)
    assert article.outcome == Outcome.NOT_ARTICLE
    assert article.reason.startswith("the address serves ")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (HTML, "text/plain"),
        (HTML, "application/xml"),
        (HTML, "application/json"),
        (HTML, ""),
        ('<?xml version="1.0" encoding="utf-8"?>' + HTML, "application/xhtml+xml"),
        (f"<p>{STORY}</p>" * 3, "text/plain"),
    ],
)
def test_a_page_of_a_wrong_type_is_a_page(body, content_type):
    assert "serves" not in read(body, content_type).reason


TEXTS = {
    "tr": ("cp1254", "Başbakan dün akşam İstanbul'da yaptığı açıklamada köprünün yıl sonuna kadar bitirileceğini söyledi; gün ışığı yetmiyor."),
    "hu": ("cp1250 iso8859_2", "A miniszterelnök tegnap este bejelentette, hogy a híd építése az év végére befejeződik, és a vízről is lesz kilátás; gyűlés lesz jövőre."),
    "hr": ("cp1250 iso8859_2", "Gradonačelnik je sinoć rekao da će most biti završen do kraja godine, ali građani žele više čistoće i šetnice uz rijeku, kaže Đurđa."),
    "sl": ("cp1250 iso8859_2", "Župan je včeraj zvečer povedal, da bo most končan do konca leta, občani pa želijo več čistoče in še boljšo šolo, pravi učitelj."),
    "ro": ("cp1250 iso8859_2 iso8859_16", "Primarul a anunţat că podul va fi încheiat până la sfârşitul anului, iar locuitorii vor mai multă curăţenie şi o şcoală în cartier."),
    "pl": ("cp1250 iso8859_2", "Burmistrz ogłosił wczoraj, że most będzie gotowy przed końcem roku, a mieszkańcy chcą też więcej zieleni i lepszą szkołę; ćwiczyć źle."),
    "cs": ("cp1250 iso8859_2", "Starosta včera večer řekl, že most bude hotov do konce roku, lidé však chtějí více čistoty a lepší školu při řece, dodal mluvčí úřadu."),
    "de": ("cp1252 iso8859_15", "Der Bürgermeister erklärte gestern, daß die Brücke früher fertig wird; die Bürger wünschen größere Grünflächen und schönere Straßen."),
    "fr": ("cp1252", "Le maire a déclaré hier que le pont sera achevé à la fin de l'année, mais les élèves espèrent une école plus près de la forêt, ça alors."),
    "es": ("cp1252", "El alcalde anunció ayer que el puente estará listo a fin de año, y los niños de la región pedirán más árboles y una escuela más cómoda."),
    "is": ("cp1252", "Bæjarstjórinn sagði í gær að brúin yrði tilbúin fyrir árslok, en íbúar þorpsins óska eftir fleiri trjám og betri skóla við ána."),
    "lt": ("cp1257", "Meras vakar vakare pranešė, kad tiltas bus baigtas iki metų pabaigos, o gyventojai nori daugiau švaros ir geresnės mokyklos šalia upės."),
}  # fmt: skip


@pytest.mark.parametrize("declared", [pytest.param("", id="nothing"), pytest.param("utf-8", id="utf-8")])
@pytest.mark.parametrize(
    ("language", "charset"),
    [(code, charset) for code, (names, _) in TEXTS.items() for charset in names.split()],
)
def test_undeclared_charsets_show_by_the_letters_of_the_language(language, charset, declared):
    text = TEXTS[language][1]
    if charset == "iso8859_16":
        text = text.translate(str.maketrans("şţ", "șț"))
    page = f"<html><head><title>x</title></head><body><p>{text}</p></body></html>"
    headers = (("Content-Type", f"text/html; charset={declared}" if declared else "text/html"),)
    found = decode_text(page.encode(charset), headers)[0]
    assert found.translate(str.maketrans("şţ", "șț")) == page.translate(str.maketrans("şţ", "șț"))


def test_undeclared_iso_2022_jp():
    page = "<html><body><p>港の委員会は火曜日の夜、北の埠頭を広げることを決めた。</p></body></html>"
    assert decode_text(page.encode("iso2022_jp"))[0] == page
    assert decode_text(b"<p>a\x1b$ b</p>")[1] == "utf-8"


@pytest.mark.parametrize("other", ["cp1252", "cp1250", "cp1251"])
def test_one_box_in_another_charset_does_not_decide(other):
    box = {"cp1252": "Größe für Füße", "cp1250": "Žluťoučký kůň", "cp1251": "Погода"}[other]
    good = "Der Bürgermeister erklärte die Schließung der Brücke für vorläufig, bis März. " * 60
    page = b'<html><head><meta charset="utf-8"></head><body><p>' + good.encode() + b"</p>"
    page += f"<li>{box}</li>".encode(other) * 20 + b"</body></html>"
    assert good.strip() in decode_text(page, (("Content-Type", "text/html; charset=utf-8"),))[0]

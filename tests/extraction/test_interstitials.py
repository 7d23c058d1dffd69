"""What machines say in an article's place with status 200, and true articles about such things."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import Hints, Outcome, Page

TRUE_TEXT = "".join(
    f"<p>Editor number {n} of the small paper tells how the office looked that morning, with coffee going cold on every "
    "desk and the telephones ringing for the three readers who still call rather than write.</p>"
    for n in range(6)
)


def read(title, text, head="", hints=None, date=""):
    html = f"<html><head><title>{title} - Mill Lane Mercury</title>{head}</head><body><nav><a href='/'>Home</a></nav><main><h1>{title}</h1>{date}{text}</main></body></html>"
    page = Page(
        url="https://millmercury.example/2026/11/20/council-buys-the-mill",
        body=html.encode(),
        fetched_at="2026-11-24T12:00:00+00:00",
        hints=hints
        or Hints(via="feed", title="Council buys the mill", published_at="2026-11-20T08:00:00+00:00"),
    )
    return extract(page)


ANSWERS = [
    ("Page not found", "Sorry, the page you were looking for could not be found. Try the search or go to the front page."),
    ("404", "We looked everywhere, but nothing is here any more. Perhaps one of the links below helps you on."),
    ("Seite nicht gefunden", "Diese Seite gibt es nicht mehr. Bitte nutzen Sie die Suche oder gehen Sie zur Startseite."),
    ("Page introuvable", "La page que vous cherchez n'existe plus. Retournez à l'accueil ou utilisez la recherche."),
    ("Página no encontrada", "Lo sentimos, la página que busca no existe. Vuelva a la portada o use el buscador."),
    ("Página não encontrada", "A página que procura não existe ou foi removida. Volte ao início ou use a pesquisa."),
    ("Pagina non trovata", "La pagina richiesta non esiste. Torna alla home o usa la ricerca per trovare altro."),
    ("Pagina niet gevonden", "De pagina die u zoekt bestaat niet meer. Ga naar de voorpagina of zoek verder."),
    ("Sidan hittades inte", "Sidan du letar efter finns inte längre. Gå till startsidan eller sök vidare här."),
    ("Siden ble ikke funnet", "Siden du leter etter finnes ikke lenger. Gå til forsiden eller søk videre her."),
    ("Sivua ei löytynyt", "Etsimääsi sivua ei ole enää olemassa. Siirry etusivulle tai käytä hakua alla."),
    ("Nie znaleziono strony", "Strona, której szukasz, nie istnieje. Wróć na stronę główną lub skorzystaj z wyszukiwarki."),
    ("Stránka nenalezena", "Požadovaná stránka neexistuje. Přejděte na úvodní stránku nebo použijte vyhledávání."),
    ("Az oldal nem található", "A keresett oldal nem létezik. Lépjen a címlapra, vagy használja a keresőt alább."),
    ("Pagina nu a fost găsită", "Pagina căutată nu există sau a fost ștearsă. Mergeți la prima pagină a site-ului."),
    ("Stranica nije pronađena", "Stranica koju tražite ne postoji. Vratite se na naslovnicu ili koristite tražilicu."),
    ("Страница не найдена", "Запрошенная страница не существует или была удалена. Перейдите на главную страницу."),
    ("Сторінку не знайдено", "Сторінка, яку ви шукаєте, не існує. Перейдіть на головну або скористайтеся пошуком."),
    ("Η σελίδα δεν βρέθηκε", "Η σελίδα που ζητήσατε δεν υπάρχει πια. Επιστρέψτε στην αρχική σελίδα του ιστότοπου."),
    ("Sayfa bulunamadı", "Aradığınız sayfa kaldırılmış olabilir. Ana sayfaya dönün ya da aramayı kullanın."),
    ("ページが見つかりません", "お探しのページは移動または削除された可能性があります。トップページからお探しください。"),
    ("页面不存在", "您访问的页面不存在或已被删除，请返回首页或者使用搜索功能查找您需要的内容。谢谢您的访问。"),
    ("페이지를 찾을 수 없습니다", "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다. 첫 화면으로 돌아가 주십시오."),
    ("الصفحة غير موجودة", "الصفحة التي تبحث عنها لم تعد موجودة. يرجى العودة إلى الصفحة الرئيسية أو استخدام البحث."),
    ("Access Denied", "You don't have permission to access this resource on this server. Reference number 18.3f."),
    ("403 Forbidden", "Your request was stopped by the rules of this site. Write to the webmaster with the number below."),
    ("Zugriff verweigert", "Sie haben keine Berechtigung, dieses Dokument auf dem Server zu öffnen. Kennung 8f21."),
    ("Доступ запрещён", "Ваш адрес заблокирован правилами безопасности сайта. Обратитесь к администратору."),
    ("Too Many Requests", "You have sent too many requests lately. Wait a minute and try it once more, please."),
    ("Not available in your region", "Our publisher's rights do not allow us to show this to readers where you are now."),
    ("Under maintenance", "We are making some improvements and will be with you again in an hour or two. Thank you."),
    ("We'll be back soon!", "Our engineers are at work on the site just now. Please come again in a little while."),
    ("Wartungsarbeiten", "Unsere Seite wird gerade überarbeitet. Bitte versuchen Sie es in einigen Minuten erneut."),
    ("Sitio en mantenimiento", "Estamos mejorando nuestra web para usted. Vuelva a intentarlo dentro de unos minutos."),
    ("Site en maintenance", "Nous améliorons notre site et serons à nouveau là dans quelques minutes. Merci à vous."),
    ("メンテナンス中", "現在システムの更新作業を行っています。ご不便をおかけしますが、しばらくしてから再度アクセスしてください。"),
    ("Internal Server Error", "The server met a condition it did not expect. Try again in a while, or tell the webmaster."),
    ("502 Bad Gateway", "The proxy got no good answer from the machine behind it. Please reload the page shortly."),
    ("Error 522", "The connection to the origin took too long. The owner of the site has been told about this."),
    ("Oops! Something went wrong", "Our team has been told about it and is looking into the matter. Try again later on."),
    ("Une erreur est survenue", "Merci de recharger la page dans quelques instants ou de contacter le service des lecteurs."),
    ("JavaScript is disabled", "This site works only with scripts. Allow them in your browser's settings and reload it."),
    ("Bitte aktivieren Sie JavaScript", "Diese Anwendung läuft nur mit Skripten. Erlauben Sie diese in den Einstellungen."),
    ("Unsupported browser", "Please get a newer version of your browser to read our site, which needs modern features."),
    ("This page has moved", "The page has moved to a new place. Use the search of our new site to find it once more."),
    ("Mill Lane Mercury", "Access to this page has been denied because we believe you are using automation tools."),
    ("Mill Lane Mercury", "You need to enable JavaScript to run this app. It takes only a moment in the settings."),
    ("Mill Lane Mercury", "The page you requested could not be found. It may have been moved or taken down lately."),
]  # fmt: skip


@pytest.mark.parametrize(("title", "text"), ANSWERS)
def test_a_machine_in_an_articles_place_is_no_article(title, text):
    article = read(title, f"<p>{text}</p>")
    assert article.outcome == Outcome.EMPTY
    assert article.reason


HEADLINES = [
    "404",
    "Access denied",
    "Under maintenance",
    "Page not found: how a small paper lost its archive in one night",
    "Something went wrong at the mill, and nobody will say what",
    "Internal server error",
    "Too many requests",
    "Zugriff verweigert",
]


@pytest.mark.parametrize("title", HEADLINES)
def test_a_story_about_it_is_an_article(title):
    assert read(title, TRUE_TEXT).outcome is None


@pytest.mark.parametrize("title", HEADLINES)
def test_a_dated_brief_about_it_is_an_article(title):
    text = TRUE_TEXT[: TRUE_TEXT.index("</p>") + 4] * 1
    head = '<meta property="article:published_time" content="2026-11-20T08:00:00Z"><meta property="og:type" content="article">'
    head += '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","datePublished":"2026-11-20"}</script>'
    article = read(title, text, head)
    assert article.reason not in (
        "an error page, served as if all were well",
        "the site refuses access to the article",
    )


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        (
            "Canal bridge shut for repairs",
            "The bridge is under maintenance until Friday, the council said in a brief note.",
        ),
        (
            "Court orders site to open its books",
            "Access to the files was denied for years, the judge found on Monday.",
        ),
        (
            "Hundreds of pages vanish from the register",
            "A clerk told the inquiry that the page could not be found in any box.",
        ),
    ],
)
def test_a_brief_that_uses_the_words_is_an_article(title, sentence):
    more = " The decision takes effect at once, and an appeal can be brought until the end of the month by any party."
    assert read(title, f"<p>{sentence}{more}</p>", date="<p>20 November 2026</p>").outcome is None

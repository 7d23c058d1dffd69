"""Words in URLs and links that say what they lead to, in the languages that news sites commonly use."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LISTS = _words(
    """
    auteur auteurs author authors autor autore autoren autores bilder bildergalerie byline cat
    categoria categorias categorie categories category columnist columnists contributor contributors
    crossword dossier dossiers foto galeria galerie galleries gallery game horoscope horoskop index
    kategorie kategorien keyword keywords latest listen livestream lottery mediathek member members
    newest page paged pagina people picture pictures player profile profiles puzzles reporter
    reporters rubrik rubrique schlagwort seccion seite slideshow staff sudoku sujet sujets tag tags
    team tema temas thema theme themen themes ticker topic topics tv user users watch
    """
)
"""Path segments of lists, tags and people: pages below them are no articles."""

OFTEN_LISTS = _words(
    """
    archiv archive archives archivio archivo audio fotos games live live-tv meteo photo photos
    podcast podcasts quiz radio video videos weather wetter
    """
)
"""Path segments of lists and media that some sites also have in the URLs of articles."""

SERVICES = _words(
    """
    a-propos abo abonnement abonnements abonnieren about about-us about.html aboutus accessibility
    account accounts ad ads advertise advertisement advertising agb agb.html agenda aide ajax
    anmelden api app apps atom auth aviso-legal ayuda barrierefreiheit buscar calendar career
    careers cart ccpa cdn-cgi cgu cgv checkout chi-siamo classifieds comment comments company
    conditions condizioni confidentialite connexion contact contact-us contact.html contactez-nous
    contacto contacts contactus contatti cookie cookie-policy cookie-settings cookies copyright
    corporate coupons datenschutz datenschutz.html datenschutzerklaerung deals directory disclaimer
    donate donation download downloads e-paper einloggen epaper event events faire-un-don faq feed
    feedback feeds find forum forums gdpr gutscheine help hilfe immobilien impressum impressum.html
    imprint iniciar-sesion inscription javascript job jobs join kalender karriere kommentare kontakt
    konto legal legal-notice log-in login login.html logout media-kit mediadaten membership
    mentions-legales mitgliedschaft mobile-apps my-account myaccount mypage newsletter newsletters
    note-legali nutzungsbedingungen oauth obituaries password print privacidad privacy
    privacy-policy privacy.html privacypolicy publicidad publicite quienes-somos recherche register
    registration registrieren registro reply ricerca rss rss.xml search search.html share shop
    sign-in sign-up signin signup site-map sitemap sitemap.html sitemaps spenden sso stellenmarkt
    store subscribe subscription subscriptions suche support suscripcion terms terms-and-conditions
    terms-of-service terms-of-use tos uber-uns ueber-uns werbung wp-admin wp-content wp-json
    wp-login.php xmlrpc.php
    """
)
"""Path segments of forms, services and pages about the publisher."""

ARTICLE_WORDS = _words(
    """
    actualite actualites aktuell article article.html articles articleview articleview.html articolo
    articulo artikel detail haber nachrichten news newsview noticia noticias nyhet nyheter post
    posts read stories story story.html uutiset view view.html
    """
)
"""Path segments that announce an article."""

ID_NAMES = _words(
    """
    aid art_id article article_id articleid artid artno cid code content_id contentid doc_id docid
    id idx idxno item itemid key mid news news_id news_no newsid newsno nid nno no num number oid p
    pid post postid seq serial sid story story_id storyid t tid ud uid wr_id
    """
)
"""Parameters in which publishing systems keep the number of an article."""

NEXT_WORDS = _words(
    """
    next older more weiter nächste vor suivant suivante siguiente próxima proxima successiva avanti
    volgende nästa neste næste dalej далее следующая 다음 다음페이지 次へ 次 下一页 下一頁 下页 › » > → ≫
    """
)
"""Texts of links to the next page of a list."""

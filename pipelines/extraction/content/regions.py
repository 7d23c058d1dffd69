"""What the class, id and role of an element say it is: one look at its words, remembered.

No site is named here: the words are those that templates of many sites and languages share.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Each zone by the words that give it away. Words are matched whole or as a stem (a trailing *),
# two words as neighbours ("read more"). The first zone that matches wins, so order matters.
_WORDS: dict[str, str] = {
    "hidden": "visually-hidden sr-only screen-reader* screenreader* visuallyhidden u-hidden is-hidden d-none noprint "
    "no-print hide-print print-hide hideprint",
    "consent": "cookie* consent* gdpr onetrust didomi permission* privacy-notice",
    "comment": "comment comments commentlist commentform comment-* kommentar* commentaire* comentario* commenti reacties "
    "disqus* respond discussion* leserbrief* opiniones-usuarios pinglun kommentare livefyre spotim openweb "
    "coral-talk reader-comments user-comments leserkommentare",
    "share": "share* sharing* sharedaddy social* sociable addthis* addtoany* teilen partage* partager compartir "
    "condividi compartilh* udostepnij delen fenxiang sns* bookmark* follow-us followus whatsapp facebook-* "
    "twitter-share twitter-follow jiathis bdsharebuttonbox sharethis",
    "subscribe": "newsletter* subscri* signup sign-up paywall* piano* login* log-in signin sign-in regwall "
    "registration* register-* abonn* abo-* membership* premium-teaser donat* spende* donate support-us "
    "contribution* epic regiwall meter-* suscri* assine* iscriviti* optin opt-in mailchimp mc-embed* "
    "mc4wp* lead-form hubspot-form email-signup emailsignup nieuwsbrief* nyhetsbrev* infolettre",
    "ad": "ad ads adv advert* adsbygoogle adslot* ad-* adbox adwrap* adunit* banner* sponsor* promo promos promoted "
    "promotion* promobox promo-* werbung anzeige* anzeigen publicidad* publicidade* publicite* reklama* reclame "
    "reklame* dfp* gpt-* outbrain* taboola* criteo* teads* inread* mpu leaderboard* paid-content paidcontent "
    "advertorial* commercial* affiliate* guanggao publi pub-* native-ad",
    "related": "related* relacionad* relate-* verwandt* correlat* liees a-lire read-also readalso read-more readmore "
    "readmorelinks see-also seealso also-read lees-ook leesook les-ogsa recommend* recirc* recommande* empfehl* "
    "more-from more-on more-in morefrom more-stories more-news more-articles more-like morelike more-link* "
    "most-read mostread most-popular mostpopular most-viewed popular* trending* trend-* "
    "next-article nextarticle next-post nextpost prev-post prev-next prevnext post-navigation post-nav pagination "
    "pager paging up-next upnext "
    "teaser* outro-links further-reading furtherreading suggested* suggestion* similar* also-like you-may youmay "
    "latest-* latestnews latest$ recent-* recentposts ultimas top-stories topstories top-news other-news othernews "
    "other-articles continue-reading keep-reading weiterlesen mehr-zum mehr-zum-thema lire-aussi leggi-anche "
    "lea-tambien te-puede leia-mais leiamais saiba-mais veja-tambem interlink* inline-link* link-list linklist "
    "linkbox link-box links-box related-links relatedlinks internal-link* zergnet revcontent xiangguan "
    "tuijian kanren ranking* osusume cross-link* crosslink* cross-sell in-other-news article-list articlelist "
    "post-list postlist news-list newslist story-list card-list cardlist carousel* swiper* slick-* slider* "
    "yarpp* jp-relatedposts crp-related onward* newsfeed news-feed feed-list also-on readnext read-next "
    "recommendations deck-list rel-* chitaite-takzhe",
    "nav": "nav navbar navigation* menu menus submenu breadcrumb* bread-crumb* crumb crumbs krumel* sitenav subnav "
    "topnav sidenav main-nav skip-link skiplink* toc table-of-contents tableofcontents ez-toc* lwptoc* "
    "jump-link* jumplink* anchor-nav offcanvas off-canvas hamburger megamenu mega-menu language-switcher",
    "footer": "footer* site-footer page-footer bottom-bar copyright* imprint impressum disclaimer* legal-notice "
    "colophon mentions-legales",
    "sidebar": "sidebar* side-bar sidecol* rail right-rail rightrail rightcol* right-col right-column rightcolumn "
    "side-column aside-* widget$ widgets$ widgetarea widget-area marginal* barra-lateral secondary-column "
    "side-panel sidepanel",
    "tools": "toolbar* tools$ tool$ article-tools articletools utility* utilities print$ printer print-* printlink "
    "text-size textsize text-resize resizer listen* audio-player audioplayer "
    "readspeaker* speech* vorlesen dictionary translate* google-translate gtranslate button "
    "buttons btn btns controls modal* popup* pop-up lightbox-* overlay* tooltip* dropdown* dialog toast "
    "rating* ratings vote voting votes like-button likes reactions reaction-* emoji* feedback* report-error "
    "report-* error-report erratum-form spelling orphus search searchform search-form searchbox loader loading$ "
    "spinner skeleton placeholder view-count viewcount views$ pageviews page-views reading-time readtime "
    "read-time readingtime time-to-read lesezeit stats$ counter* notification* push-* app-banner app-download "
    "google-news googlenews google-preferred preferred-source quiz* poll polls survey* umfrage* noscript captcha "
    "qrcode qr-code",
    "tags": "tags tag-list taglist tags-list tagcloud tag-cloud tags-links keywords$ keyword$ topics$ topic-list "
    "topic-tags article-tags articletags post-tags entry-tags story-tags tagged hashtags hashtag etiquetas "
    "schlagwort* stichwort* themen$ cat-links category-list categories post-categories entry-categories temas$ "
    "tag-container tags-container tags-wrapper labels$ term-list",
    "author": "author* byline* by-line autor autoren autorin autores auteur auteurs auteur-* autore firma journalist* "
    "reporter* writer* contributor* correspond* bio$ bio-* biography about-author about-the-author profile* "
    "verfasser* redakteur* forfatter* skribent* autor-* signature writtenby written-by posted-by postedby "
    "submitted-by user-info zuozhe bianji editor$ editors$ credits$ credit-line creditline vcard",
    "caption": "caption* figcaption* wp-caption-text image-caption imagecaption photo-caption img-caption cutline* "
    "bildunterschrift* bildtext* bu-text legend$ legende* pie-de-foto pie-foto piefoto leyenda legenda* didascalia* "
    "photo-credit photocredit image-credit imagecredit img-credit picture-credit media-credit photographer "
    "bildquelle bildnachweis fotograf* copyright-image imgcaption pic-caption media-caption gallery* slideshow* "
    "photo-gallery photogallery galeria* galerie* bildstrecke* diashow image-desc photo-desc img-desc",
    "video": "video-player videoplayer video-container video-wrapper video-embed jwplayer* jw-player* brightcove* "
    "vjs-* video-js player$ player-* youtube-player audio$ podcast* podcast-player video-description videoteaser "
    "video-meta video-info",
    "meta": "meta$ metadata article-meta articlemeta post-meta entry-meta postmeta story-meta dateline date-line "
    "timestamp* time-stamp publish-date published-date pubdate pub-date post-date postdate entry-date "
    "article-date articledate date$ datetime date-time datum fecha data-publicacao posted-on published$ updated$ "
    "update-time updated-at last-updated lastupdated modified$ infoline info-line article-info articleinfo post-info "
    "postinfo entry-info story-info news-info source-info sourceline kicker overline eyebrow rubrik* "
    "topline dachzeile spitzmarke superheadline supertitle antetitulo occhiello surtitre volanta category$ "
    "category-name cat-name section-name sectionname section-label section-tag article-category post-category label$",
    "factbox": "factbox* fact-box faktabox* faktaboks* infobox* info-box infokasten kasten fakta keyfacts key-facts "
    "key-points keypoints highlights$ article-highlights takeaways summary-box summarybox in-brief "
    "backgrounder info-kasten* hintergrund-box context-box explainer-box bio-box data-box at-a-glance "
    "auf-einen-blick ai-summary aisummary tldr quick-read bullets-summary",
    "standfirst": "standfirst stand-first lead$ lede leadtext lead-text lead-in lead-paragraph article-lead "
    "articlelead intro$ introtext intro-text introduction article-intro article-lede dek deck subtitle sub-title "
    "subheading-lead sub-headline subheadline subhead subtitulo subtitulos bajada entradilla sumario sommario "
    "catenaccio chapo chapeau chapo-text abstract$ excerpt summary$ article-summary post-excerpt entry-summary "
    "entry-subtitle article-subtitle article-subtitle-text post-subtitle teasertext teaser-text vorspann anreisser "
    "ingress ingres ingressi manchet underrubrik anons lid$ lead-content perex zajawka lide copete cabecalho-sub "
    "linha-fina linhafina gravata spoiler-lead description$ article-description article__summary tagline "
    "headline-sub resumen bajada-nota onderkop sommaire strapline strap article-excerpt",
    "body": "articlebody article-body storybody story-body entry-content post-content postcontent post-body postbody "
    "article-content articlecontent story-content storycontent news-content newscontent news-body newsbody "
    "content-body contentbody body-content bodycontent body-text bodytext body-copy bodycopy article-text "
    "articletext story-text storytext post-text posttext news-text newstext text-content textcontent "
    "main-text maintext full-text fulltext article-copy article-main rich-text richtext wysiwyg prose "
    "artikeltext artikel-text artikel-body artikelbody artikel-inhalt artikelinhalt brodtext brodtekst "
    "cuerpo cuerpo-noticia noticia-cuerpo texto-noticia nota-cuerpo contenido-nota corpo materia-conteudo "
    "conteudo-materia corpo-noticia corpo-articolo testo testo-articolo contenu-article article-contenu "
    "texte-article corps-article article-corps artykul-tresc tresc tresc-artykulu obsah-clanku clanek-text "
    "honbun article-paragraphs article-inner td-post-content mw-parser-output page-content-body "
    "paragraph-content detail-content detail-text detail-body content-detail article-detail news-detail "
    "newsdetail content-text content-article field-name-body field-body blog-content blog-post-content "
    "single-content single-post-content the-content thecontent",
}  # fmt: skip

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z]+")


def _pattern(words: str) -> re.Pattern[str]:
    """One expression for a zone's words, over names written `-like-this-`."""
    alternatives = []
    for word in words.split():
        core = re.escape(word.rstrip("*$").rstrip("-"))
        if word.endswith("-*"):
            alternatives.append(core + "-(?=.)")
        elif word.endswith("*"):
            alternatives.append(core)
        else:
            alternatives.append(core + ("-$" if word.endswith("$") else "-"))
    return re.compile("-(?:" + "|".join(sorted(alternatives, key=len, reverse=True)) + ")")


_PATTERNS = {zone: _pattern(words) for zone, words in _WORDS.items()}

DROPPED = frozenset(
    {"hidden", "consent", "comment", "share", "subscribe", "ad", "related", "nav", "footer", "sidebar", "tools",
     "tags", "author", "caption", "video", "meta"}
)  # fmt: skip
"""Zones whose text is not the article's."""


@lru_cache(maxsize=50_000)
def zone_of(names: str) -> tuple[str, str]:
    """The zone that class and id names speak of and the name that does; empty strings when none does.

    `names` is class and id with spaces between. A name that speaks of the body wins over the others, as in
    `entry-content has-sidebar`; within one name the more special word wins, as in `article-body__related`.
    """
    first = ("", "")
    for name in names.split()[:12]:
        zone = _zone_of_name(name[:60])
        if zone == "body":
            return zone, name
        if zone and not first[0]:
            first = (zone, name)
    return first


_UTILITY = re.compile(
    r"[:\[\]!/()]|^(?:has|is|no|not|with|without|category|tag|post|type|format|status)-", re.I
)


@lru_cache(maxsize=50_000)
def _zone_of_name(name: str) -> str:
    if _UTILITY.search(name) and not _KEPT_UTILITY.match(name):
        return ""
    if name.count("-") + name.count("_") > 7:  # a sentence made into an id
        return ""
    written = "-" + "-".join(w for w in _BOUNDARY.split(name) if w).lower() + "-"
    return next((zone for zone, pattern in _PATTERNS.items() if pattern.search(written)), "")


_KEPT_UTILITY = re.compile(
    r"^(?:is-hidden|no-?print|(?:post|type)-(?:body|content|text|entry|tags?|nav|navigation|meta|date|author|share|"
    r"categories|category|footer|comments?|related|excerpt|title|info|thumbnail|social|byline|list)(?:$|[-_]))"
)

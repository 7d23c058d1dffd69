"""The kinds of regions of a page, and how an element states its own: by class and id, tag, role or style.

The words are those that templates of many sites and languages share. No site is named here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.etree import _Element


class RegionKind(StrEnum):
    """What a part of a page is. `explain` prints the value."""

    HIDDEN = "hidden"
    CONSENT = "consent"
    COMMENT = "comment"
    SHARE = "share"
    SUBSCRIBE = "subscribe"
    AD = "ad"
    RELATED = "related"
    NAV = "nav"
    FOOTER = "footer"
    SIDEBAR = "sidebar"
    ASIDE = "aside"
    TOOLS = "tools"
    TAGS = "tags"
    AUTHOR = "author"
    CAPTION = "caption"
    VIDEO = "video"
    META = "meta"
    FACTBOX = "factbox"
    STANDFIRST = "standfirst"
    BODY = "body"


class RegionName(NamedTuple):
    """The kind of region that an element's names state, and the name that states it."""

    kind: RegionKind | None
    name: str


NO_REGION = RegionName(None, "")

# A word matches whole or, with a trailing *, as the beginning of one; with a trailing $, at the end of a name.
# Two words joined by a hyphen are neighbours. The first kind that matches wins, so the order matters.
_WORDS: dict[RegionKind, str] = {
    RegionKind.HIDDEN: "visually-hidden sr-only screen-reader* screenreader* visuallyhidden u-hidden is-hidden d-none noprint "
    "no-print hide-print print-hide hideprint",
    RegionKind.CONSENT: "cookie* consent* gdpr onetrust didomi permission* privacy-notice",
    RegionKind.COMMENT: "comment comments commentlist commentform comment-* kommentar* commentaire* comentario* commenti reacties "
    "disqus* respond discussion* leserbrief* opiniones-usuarios pinglun kommentare livefyre spotim openweb "
    "coral-talk reader-comments user-comments leserkommentare",
    RegionKind.SHARE: "share* sharing* sharedaddy social* sociable addthis* addtoany* teilen partage* partager compartir "
    "condividi compartilh* udostepnij delen fenxiang sns* bookmark* follow-us followus whatsapp facebook-* "
    "twitter-share twitter-follow jiathis bdsharebuttonbox sharethis",
    RegionKind.SUBSCRIBE: "newsletter* subscri* signup sign-up paywall* piano* login* log-in signin sign-in regwall "
    "registration* register-* abonn* abo-* membership* premium-teaser donat* spende* donate support-us "
    "contribution* epic regiwall meter-* suscri* assine* iscriviti* optin opt-in mailchimp mc-embed* "
    "mc4wp* lead-form hubspot-form email-signup emailsignup nieuwsbrief* nyhetsbrev* infolettre",
    RegionKind.AD: "ad ads adv advert* adsbygoogle adslot* ad-* adbox adwrap* adunit* banner* sponsor* promo promos promoted "
    "promotion* promobox promo-* werbung anzeige* anzeigen publicidad* publicidade* publicite* reklama* reclame "
    "reklame* dfp* gpt-* outbrain* taboola* criteo* teads* inread* mpu leaderboard* paid-content paidcontent "
    "advertorial* commercial* affiliate* guanggao publi pub-* native-ad",
    RegionKind.RELATED: "related* relacionad* relate-* verwandt* correlat* liees a-lire read-also readalso read-more readmore "
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
    RegionKind.NAV: "nav navbar navigation* menu menus submenu breadcrumb* bread-crumb* crumb crumbs krumel* sitenav subnav "
    "topnav sidenav main-nav skip-link skiplink* toc table-of-contents tableofcontents ez-toc* lwptoc* "
    "jump-link* jumplink* anchor-nav offcanvas off-canvas hamburger megamenu mega-menu language-switcher",
    RegionKind.FOOTER: "footer* site-footer page-footer bottom-bar copyright* imprint impressum disclaimer* legal-notice "
    "colophon mentions-legales",
    RegionKind.SIDEBAR: "sidebar* side-bar sidecol* rail right-rail rightrail rightcol* right-col right-column rightcolumn "
    "side-column aside-* widget$ widgets$ widgetarea widget-area marginal* barra-lateral secondary-column "
    "side-panel sidepanel",
    RegionKind.TOOLS: "toolbar* tools$ tool$ article-tools articletools utility* utilities print$ printer print-* printlink "
    "text-size textsize text-resize resizer listen* audio-player audioplayer "
    "readspeaker* speech* vorlesen dictionary translate* google-translate gtranslate button "
    "buttons btn btns controls modal* popup* pop-up lightbox-* overlay* tooltip* dropdown* dialog toast "
    "rating* ratings vote voting votes like-button likes reactions reaction-* emoji* feedback* report-error "
    "report-* error-report erratum-form spelling orphus search searchform search-form searchbox loader loading$ "
    "spinner skeleton placeholder view-count viewcount views$ pageviews page-views reading-time readtime "
    "read-time readingtime time-to-read lesezeit stats$ counter* notification* push-* app-banner app-download "
    "google-news googlenews google-preferred preferred-source quiz* poll polls survey* umfrage* noscript captcha "
    "qrcode qr-code",
    RegionKind.TAGS: "tags tag-list taglist tags-list tagcloud tag-cloud tags-links keywords$ keyword$ topics$ topic-list "
    "topic-tags article-tags articletags post-tags entry-tags story-tags tagged hashtags hashtag etiquetas "
    "schlagwort* stichwort* themen$ cat-links category-list categories post-categories entry-categories temas$ "
    "tag-container tags-container tags-wrapper labels$ term-list",
    RegionKind.AUTHOR: "author* byline* by-line autor autoren autorin autores auteur auteurs auteur-* autore firma journalist* "
    "reporter* writer* contributor* correspond* bio$ bio-* biography about-author about-the-author profile* "
    "verfasser* redakteur* forfatter* skribent* autor-* signature writtenby written-by posted-by postedby "
    "submitted-by user-info zuozhe bianji editor$ editors$ credits$ credit-line creditline vcard",
    RegionKind.CAPTION: "caption* figcaption* wp-caption-text image-caption imagecaption photo-caption img-caption cutline* "
    "bildunterschrift* bildtext* bu-text legend$ legende* pie-de-foto pie-foto piefoto leyenda legenda* didascalia* "
    "photo-credit photocredit image-credit imagecredit img-credit picture-credit media-credit photographer "
    "bildquelle bildnachweis fotograf* copyright-image imgcaption pic-caption media-caption gallery* slideshow* "
    "photo-gallery photogallery galeria* galerie* bildstrecke* diashow image-desc photo-desc img-desc",
    RegionKind.VIDEO: "video-player videoplayer video-container video-wrapper video-embed jwplayer* jw-player* brightcove* "
    "vjs-* video-js player$ player-* youtube-player audio$ podcast* podcast-player video-description videoteaser "
    "video-meta video-info",
    RegionKind.META: "meta$ metadata article-meta articlemeta post-meta entry-meta postmeta story-meta dateline date-line "
    "timestamp* time-stamp publish-date published-date pubdate pub-date post-date postdate entry-date "
    "article-date articledate date$ datetime date-time datum fecha data-publicacao posted-on published$ updated$ "
    "update-time updated-at last-updated lastupdated modified$ infoline info-line article-info articleinfo post-info "
    "postinfo entry-info story-info news-info source-info sourceline kicker overline eyebrow rubrik* "
    "topline dachzeile spitzmarke superheadline supertitle antetitulo occhiello surtitre volanta category$ "
    "category-name cat-name section-name sectionname section-label section-tag article-category post-category label$",
    RegionKind.FACTBOX: "factbox* fact-box faktabox* faktaboks* infobox* info-box infokasten kasten fakta keyfacts key-facts "
    "key-points keypoints highlights$ article-highlights takeaways summary-box summarybox in-brief "
    "backgrounder info-kasten* hintergrund-box context-box explainer-box bio-box data-box at-a-glance "
    "auf-einen-blick ai-summary aisummary tldr quick-read bullets-summary",
    RegionKind.STANDFIRST: "standfirst stand-first lead$ lede leadtext lead-text lead-in lead-paragraph article-lead "
    "articlelead intro$ introtext intro-text introduction article-intro article-lede dek deck subtitle sub-title "
    "subheading-lead sub-headline subheadline subhead subtitulo subtitulos bajada entradilla sumario sommario "
    "catenaccio chapo chapeau chapo-text abstract$ excerpt summary$ article-summary post-excerpt entry-summary "
    "entry-subtitle article-subtitle article-subtitle-text post-subtitle teasertext teaser-text vorspann anreisser "
    "ingress ingres ingressi manchet underrubrik anons lid$ lead-content perex zajawka lide copete cabecalho-sub "
    "linha-fina linhafina gravata spoiler-lead description$ article-description article__summary tagline "
    "headline-sub resumen bajada-nota onderkop sommaire strapline strap article-excerpt",
    RegionKind.BODY: "articlebody article-body storybody story-body entry-content post-content postcontent post-body postbody "
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

_WORD_OF_NAME = re.compile(r"[A-Z]+[a-z]*|[a-z]+")


class _Word(NamedTuple):
    """A word of a kind of region, as it stands in a name."""

    number: int
    """Its kind's place among the kinds: the first one wins."""
    text: str
    """With the hyphen behind it, unless it may be the beginning of a longer word."""
    last: bool | None
    """Whether it must be the last of the name; None where that is the same."""


def _read_words() -> dict[str, list[_Word]]:
    """Return the words by the first of those that hyphens join; beginnings of words by three signs and an asterisk."""
    found: defaultdict[str, list[_Word]] = defaultdict(list)
    for number, words in enumerate(_WORDS.values()):
        for word in words.split():
            core = word.rstrip("*$").rstrip("-")
            first, hyphen, _ = core.partition("-")
            begins = word.endswith("*") and not word.endswith("-*")
            last = True if word.endswith("$") else False if word.endswith("-*") else None
            start = f"{core[:3]}*" if begins and not hyphen else first
            found[start].append(_Word(number, core if begins else f"{core}-", last))
    return dict(found)


_BY_START = _read_words()
"""Most names have no word of any kind: two look-ups a word tell so, where twenty patterns took 10 µs."""
_KINDS = tuple(_WORDS)

DROPPED = frozenset(_WORDS) - {RegionKind.FACTBOX, RegionKind.STANDFIRST, RegionKind.BODY}
"""Regions whose text is not the article's."""

_MOST_NAMES = 12  # of one element; utility frameworks write dozens
_LONGEST_NAME = 60
_MOST_JOINTS = 7  # hyphens and underscores; more are a sentence made into an id


@lru_cache(maxsize=50_000)
def find_named_region(names: str) -> RegionName:
    """Return the region that class and id names state, `NO_REGION` when they state none.

    `names` is class and id with spaces between. A name of the body wins over the others, as in
    `entry-content has-sidebar`; within one name the more special word wins, as in `article-body__related`.
    """
    first = NO_REGION
    for name in names.split()[:_MOST_NAMES]:
        kind = _find_kind(name[:_LONGEST_NAME])
        if kind is RegionKind.BODY:
            return RegionName(kind, name)
        if kind and first is NO_REGION:
            first = RegionName(kind, name)
    return first


_UTILITY = re.compile(
    r"[:\[\]!/()]|^(?:has|is|no|not|with|without|category|tag|post|type|format|status)-", re.I
)
"""Names of utility frameworks, and of what the page is about: `md:flex`, `category-sidebar`."""

_KEPT_UTILITY = re.compile(
    r"^(?:is-hidden|no-?print|(?:post|type)-(?:body|content|text|entry|tags?|nav|navigation|meta|date|author|share|"
    r"categories|category|footer|comments?|related|excerpt|title|info|thumbnail|social|byline|list)(?:$|[-_]))"
)


@lru_cache(maxsize=50_000)
def _find_kind(name: str) -> RegionKind | None:
    words = [word.lower() for word in _WORD_OF_NAME.findall(name)]
    written = "-".join(words) + "-"
    at, first = 0, len(_KINDS)
    for own in words:
        for word in (*_BY_START.get(own, ()), *_BY_START.get(f"{own[:3]}*", ())):
            end = at + len(word.text)
            if (
                word.number < first
                and written.startswith(word.text, at)
                and (word.last is None or word.last == (end == len(written)))
            ):
                first = word.number
        at += len(own) + 1
    if first == len(_KINDS) or name.count("-") + name.count("_") > _MOST_JOINTS:
        return None
    return None if _UTILITY.search(name) and not _KEPT_UTILITY.match(name) else _KINDS[first]


_WHOLE = frozenset(("html", "body", "main", "article"))
"""Elements of the whole page: their names are of the page's type, not of a region."""
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_REGION_BY_TAG = {
    tag: RegionName(kind, tag)
    for tag, kind in {
        "form": RegionKind.TOOLS,
        "label": RegionKind.TOOLS,
        "legend": RegionKind.TOOLS,
        "nav": RegionKind.NAV,
        "aside": RegionKind.ASIDE,
        "footer": RegionKind.FOOTER,
        "figcaption": RegionKind.CAPTION,
        "address": RegionKind.AUTHOR,
    }.items()
}
_REGION_BY_ROLE = {
    role: RegionName(kind, role)
    for role, kind in {
        "navigation": RegionKind.NAV,
        "banner": RegionKind.NAV,
        "contentinfo": RegionKind.FOOTER,
        "complementary": RegionKind.ASIDE,
        "search": RegionKind.TOOLS,
        "dialog": RegionKind.TOOLS,
        "alert": RegionKind.TOOLS,
        "menu": RegionKind.NAV,
        "menubar": RegionKind.NAV,
        "toolbar": RegionKind.TOOLS,
    }.items()
}
_TELLING = frozenset(("figure", *_REGION_BY_TAG))
"""Elements that may be a region without any name."""
_STATEMENTS = frozenset(("role", "hidden", "style", "aria-hidden"))
"""Attributes by which an element states its region, besides its names."""
_OF_POSTS = (RegionKind.SHARE, RegionKind.VIDEO)
"""Regions that a post set into the text is not: it is a quotation."""
_BODY = (
    RegionKind.BODY
)  # a member of an enumeration takes 100 ns to look up, and a page has a thousand elements
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_HIDDEN = RegionName(RegionKind.HIDDEN, "")


@lru_cache(maxsize=10_000)
def _hides(style: str) -> bool:
    """Whether a style hides its element; most of a page's styles are the same few."""
    return _HIDDEN_STYLE.search(style) is not None


def find_element_region(element: _Element, attributes: list[str]) -> RegionName:
    """Return the region that an element's names, tag, role or style make it.

    `attributes` are the element's keys: to look for one there takes a tenth of asking the element for its value.
    """
    tag = element.tag
    if tag in _WHOLE or not (attributes or tag in _TELLING):
        return NO_REGION
    names = element.get("class") if "class" in attributes else None
    # A heading's id is a slug of its words.
    identity = element.get("id") if "id" in attributes and tag not in _HEADINGS else None
    region = NO_REGION
    if names or identity:
        region = find_named_region(f"{names} {identity}" if names and identity else names or identity or "")
        if region.kind is _BODY:
            return region
    # A row's names are of its data: `player-2020-17`.
    if tag == "tr" and region.kind not in (RegionKind.HIDDEN, RegionKind.AD):
        region = NO_REGION
    if (
        tag == "figure"
        and region.kind not in DROPPED
        and next(element.iter("table", "blockquote", "pre", "li"), None) is None
    ):
        return RegionName(RegionKind.CAPTION, tag)
    if tag in _REGION_BY_TAG:
        return region if region.kind in DROPPED else _REGION_BY_TAG[tag]
    if _STATEMENTS.isdisjoint(attributes):
        return NO_REGION if tag == "blockquote" and region.kind in _OF_POSTS else region
    role = element.get("role") if "role" in attributes else None
    if role and role in _REGION_BY_ROLE:
        return _REGION_BY_ROLE[role]
    if tag == "blockquote" and region.kind in _OF_POSTS:
        return NO_REGION
    if "hidden" in attributes or ("style" in attributes and _hides(element.get("style", ""))):
        return _HIDDEN
    return _HIDDEN if "aria-hidden" in attributes and element.get("aria-hidden") == "true" else region

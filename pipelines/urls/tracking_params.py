"""Parameters of URLs that mean nothing, or another form of the same page. Why each list is strict: `normalize`."""

from __future__ import annotations

import re

# Names that nothing but tracking has: campaign and click identifiers, as the tools that add them document them.
TRACKING_PREFIXES = tuple(
    """utm_ mtm_ matomo_ piwik_ pk_campaign pk_kwd pk_source pk_medium pk_cid hsa_ _hs __hs mc_cid mc_eid mc_tc _ga
    ga_campaign ga_source ga_medium at_medium at_campaign at_creation at_custom at_link at_format at_platform
    at_variant at_ptr at_recipient at_send at_detail at_general at_channel at_network at_bbc vero_ oly_ itm_ wt_mc
    wt_zmc wt_cc wt.mc wt.z wt.tsrc wt.rss wt.nav ns_mchannel ns_source ns_campaign ns_linkname ns_fee ns_mail ns_ig
    guce_ trk_ cm_ven cm_cat cm_pla cm_ite cm_mmc mkt_ ml_subscriber sc_campaign sc_channel sc_content sc_medium
    sc_outcome sc_country sc_geo sc_cid pf_rd_ elqtrack __cft__ __tn__ __twitter __cf_chl""".split()
)
TRACKING = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id
    epik rdt_cid irclickid irgwc zanpid wickedid mkt_tok spm _openstat xtor xtref xts xtcr
    smtyp smprod cmpid cmpid2 icmp ito ftag ftcamp intcmp int_cmp tpcc
    tblci _branch_match_id _bta_c _bta_tid _ke trkcampaign guccounter ref_src ref_url rss_source
    traffic_source wprov sharetype sr_share soc_src soc_trk socialshare fb_action_ids
    fb_action_types fb_ref fb_source action_object_map action_type_map action_ref_map hootpostid
    tm_source tag_source dicbo recirc sfmc_id s_kwcid ef_id at.medium
    unlocked_article_code giftcopy jsessionid phpsessid replytocom""".split()
)
# Also tracking, but a plain number may be a page's.
TRACKING_WORDS = frozenset("smid ncid icid intcid ocid s_cid trkid pushid push_id".split())
# Names that may be an article's own on some site (`article.php?ref=1000`): dropped only with a value that says where
# a reader came from. An identifier kept in vain costs one fetch, one dropped in vain costs an article.
DOUBTFUL = frozenset(
    """from src via feed medium channel mod origin ref ref_ refer referer referrer referral ref_page source src_
    campaign campaign_id campaignid cmp cid taid trk share shared share_id share_from sref sccid email_id emailid
    nl_id newsletter newsletterid newsletter_id puid notification_id gift sessionid session_id zx partner
    entry entrypoint""".split()
)
CHANNELS = frozenset(
    """rss rss2 rss2.0 rssfeed feed feeds atom rssmain twitter tw x facebook fb instagram ig linkedin
    whatsapp wa telegram tg line kakao kakaotalk naver daum weibo wechat wx pinterest reddit threads tiktok youtube
    bluesky mastodon email mail newsletter newsletters nl share sharing social sns push app mobile home homepage hp
    front frontpage top google googlenews gnews bing duckduckgo flipboard pocket smartnews applenews msn yahoo
    sharetw sharefb topnews topstories recommended recirculation""".split()
)
# Words beside a channel's name in such a value: `twitter_share`, `newsletter-daily`, `home-top`.
_BESIDE = frozenset(
    """button link links widget box bar page site web story stories article main daily weekly morning evening
    header footer nav menu sidebar bottom news breaking alert desktop android ios feed card banner icon""".split()
)
_NEVER_AN_ARTICLE = frozenset({"referer", "referrer", "refer"})
_WORDS = re.compile(r"[-_+. /]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,24})(?::\d{1,5})?/?")
_FILES = frozenset("html htm php asp aspx jsp cfm xml json md pdf txt shtml xhtml do py pl cgi".split())
_LONGEST = 60
"""Characters of a value that says where a reader came from; hosts are rarely longer."""


def is_tracking(name: str, value: str) -> bool:
    """Whether a parameter, both in lower case and unescaped, says nothing about which page is meant."""
    return is_surely_tracking(name, value) or (name in DOUBTFUL and names_channel(name, value))


def is_surely_tracking(name: str, value: str) -> bool:
    """Whether a parameter of this name is tracking wherever it is found."""
    return (
        name in TRACKING
        or name.startswith(TRACKING_PREFIXES)
        or (name in TRACKING_WORDS and not value.isdecimal())
    )


def names_channel(name: str, value: str) -> bool:
    """Whether a value is a channel or host from which readers come; not a number, a slug or a long value."""
    if value in CHANNELS:
        return True
    if not value or len(value) > _LONGEST:
        return False
    scheme, separator, rest = value.partition("://")
    if separator and scheme in ("http", "https"):
        # A whole address can be the article's (`read.php?source=https://...`), unless the name speaks of where from.
        return name in _NEVER_AN_ARTICLE or _is_host(rest)
    if _is_host(value):
        return True
    words = [word for word in _WORDS.split(value) if word]
    return 1 < len(words) <= 3 and words[0] in CHANNELS and all(w in CHANNELS or w in _BESIDE for w in words)


def _is_host(text: str) -> bool:
    match = _HOST.fullmatch(text)
    return match is not None and match[1] not in _FILES and not text.partition(".")[0].isdigit()


# The same article in another form: a name and the values that say so ("" is the bare name).
_ON = frozenset({"", "1", "true", "yes", "y", "on"})
VIEWS = {
    "amp": _ON | {"amp"},
    "isamp": _ON,
    "print": _ON | {"print"},
    "printable": _ON,
    "printer": _ON,
    "printpage": _ON,
    "printview": _ON,
    "outputtype": frozenset({"amp", "print", "default-amp"}),
    "output": frozenset({"amp", "print", "1", "mobile"}),
    "layout": frozenset({"amp", "print"}),
    "view": frozenset({"amp", "print", "mobile"}),
    "mode": frozenset({"amp", "print", "mobile"}),
    "format": frozenset({"amp", "print"}),
    "type": frozenset({"amp", "print"}),
    "version": frozenset({"amp", "print", "mobile"}),
    "singlepage": _ON,
    "single_page": _ON,
    "nomobile": _ON,
    "mobile": _ON,
    "showcomments": _ON,
    "nocache": _ON,
    "rss": _ON,
    "feed": _ON - {"1"},  # the first of a site's feeds
}

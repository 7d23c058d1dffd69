"""Parameters of URLs that mean nothing, or another form of the same page. Why each list is strict: `normalize`."""

from __future__ import annotations

# Campaign and click identifiers, as the tools that add them document them.
TRACKING_PREFIXES = tuple(
    """utm_ mtm_ matomo_ piwik_ pk_campaign pk_kwd pk_source pk_medium pk_cid hsa_ _hs __hs mc_ _ga
    ga_campaign ga_source ga_medium at_ vero_ oly_ itm_ wt_ wt. ns_ guce_ trk_ cm_ven cm_cat cm_pla cm_ite
    cm_mmc mkt_ ml_sub sc_campaign sc_channel sc_content sc_medium sc_outcome sc_country sc_geo sc_cid
    pf_rd_ elqtrack __cft__ __tn__ __twitter __cf_chl""".split()
)
TRACKING = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id
    epik rdt_cid sccid irclickid irgwc zanpid wickedid mkt_tok spm _openstat xtor xtref xts xtcr smid
    smtyp smprod cmpid cmp cmpid2 ncid icid icmp ito ftag ftcamp intcid intcmp int_cmp ocid tpcc taid
    tblci _branch_match_id _bta_c _bta_tid _ke trk trkid trkcampaign campaign campaign_id campaignid
    guccounter ref ref_ refer referer referrer ref_src ref_url ref_page rss_source traffic_source source
    wprov share shared share_id sharetype share_from sr_share soc_src soc_trk socialshare fb_action_ids
    fb_action_types fb_ref fb_source action_object_map action_type_map action_ref_map hootpostid
    tm_source tag_source dicbo recirc sref sfmc_id s_cid s_kwcid ef_id email_id emailid nl_id
    newsletterid at.medium puid pushid push_id notification_id gift unlocked_article_code giftcopy
    jsessionid phpsessid sessionid session_id zx replytocom""".split()
)
# Names that may mean something: dropped only with the value of a channel.
CHANNEL_NAMES = frozenset({"from", "src", "via", "feed", "medium", "channel", "mod", "origin"})
CHANNELS = frozenset(
    """rss rss2 rss2.0 rssfeed feed feeds atom rssmain twitter tw x facebook fb instagram ig linkedin
    whatsapp wa telegram tg line kakao kakaotalk naver daum weibo wechat wx pinterest reddit threads
    bluesky mastodon email mail newsletter nl share social sns push app mobile home homepage front
    frontpage top google googlenews gnews flipboard pocket smartnews applenews msn yahoo""".split()
)
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
    "feed": _ON,
}

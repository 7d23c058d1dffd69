"""Is a text a wall rather than an article: consent, captcha, login, "page not found" served with status 200? Pure.

Only a short text can be a wall, and only by the words of walls: a report about cookies or captchas is longer and
writes of them in the third person.
"""

from __future__ import annotations

import re

WALL_WORDS = 150
"""A text with more words is an article. Walls say what they want in fewer."""
_ERROR_WORDS = 60  # of an error page
# Characters of a text in which its kind shows.
_PROMPT_START, _ERROR_START, _CAPTCHA_START = 300, 200, 600
_MARKS = "#> -\n"  # of our syntax, before the first word

_CAPTCHA = re.compile(
    r"^(?:just a moment\.\.\.|attention required!)|checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|are you (?:a )?(?:human|robot)\b|i'?m not a robot|enable javascript and cookies to continue"
    r"|unusual (?:traffic|activity) from your|complete the (?:security check|captcha)|press (?:and|&) hold to confirm"
    r"|ddos protection by|your access (?:to this (?:site|page) )?has been (?:blocked|limited)"
    r"|로봇이 아닙니다|私はロボットではありません|我不是机器人|ich bin kein roboter|no soy un robot|je ne suis pas un robot",
    re.I,
)
_CONSENT = re.compile(
    r"^(?:we (?:and our (?:\d+ )?partners |value your privacy|use cookies)|this (?:site|website) uses cookies"
    r"|your privacy (?:is important|matters|choices)|before you continue|manage (?:your )?(?:consent|cookie|privacy)"
    r"|we care about your privacy|accept (?:all )?cookies|cookie (?:settings|consent|notice|policy)"
    r"|wir (?:verwenden|nutzen|benötigen) (?:ihre |cookies)|mit werbung (?:weiter)?lesen|diese (?:web)?seite (?:verwendet|nutzt) cookies"
    r"|nous (?:et nos |utilisons des cookies|respectons votre)|utilizamos cookies|usamos cookies|tu privacidad"
    r"|questo sito utilizza|utilizziamo i cookie|このサイトはcookie|当サイトではcookie|本网站使用cookie|쿠키를 사용"
    r"|мы используем (?:файлы )?cookie|этот сайт использует|نحن نستخدم ملفات)",
    re.I,
)
_LOGIN = re.compile(
    r"^(?:(?:please )?(?:log|sign) ?in to (?:continue|read|view)|(?:subscribe|register|sign up)(?: now)? to (?:continue|read|keep)"
    r"|to (?:continue|keep) reading|already (?:a subscriber|have an account)|this (?:article|content|story) is (?:only )?(?:for|available to|reserved for) (?:our )?(?:subscribers|members)"
    r"|you(?:'ve| have) (?:reached|read) your (?:limit|last)|create (?:a free|an) account to"
    r"|bitte (?:melden sie sich an|loggen sie sich ein)|jetzt (?:abonnieren|registrieren|anmelden)|weiterlesen mit|dieser (?:artikel|inhalt) ist (?:nur )?für"
    r"|cet article est réservé|abonnez-vous pour|(?:inicia sesión|suscríbete|regístrate) para|contenido exclusivo para"
    r"|この記事は(?:有料)?会員限定|ログインして|로그인(?:이 필요|하시면| 후)|회원 ?전용|登录后|请登录|订阅后)",
    re.I,
)
_NOT_FOUND = re.compile(
    r"(?:page|article|story|content|url)[^.!?\n]{0,40}(?:not found|no longer (?:available|exists)|does(?:n'?t| not) exist|c(?:an(?:'?t|not)|ould(?:n'?t| not)) be found|has been (?:removed|deleted))"
    r"|^(?:error )?404\b|not found$|seite (?:wurde )?(?:leider )?nicht gefunden|page (?:introuvable|non trouvée)|página no (?:encontrada|existe)"
    r"|страница не найдена|ページが見つかりません|페이지를 찾을 수 없|页面不存在|找不到(?:该)?页面|الصفحة غير موجودة",
    re.I,
)

PROMPTS = (_CONSENT, _LOGIN, _CAPTCHA)


def begins_with_prompt(text: str) -> bool:
    """Whether the first lines of a text ask the reader for something: cookies, a login, a proof of being human."""
    start = text.lstrip(_MARKS)[:_PROMPT_START]
    return any(prompt.match(start) for prompt in PROMPTS)


def classify(title: str, text: str, words: int) -> str:
    """Return what stands in an article's place, in words for an outcome's reason; "" when it is an article.

    `words` is the number of words of the text.
    """
    if words > WALL_WORDS:
        return ""
    start = text.lstrip(_MARKS)
    title = title.strip()
    if words <= _ERROR_WORDS and (_NOT_FOUND.search(title) or _NOT_FOUND.search(start[:_ERROR_START])):
        return "an error page, served as if all were well"
    if _CAPTCHA.search(title) or _CAPTCHA.search(start[:_CAPTCHA_START]):
        return "the site asks for a proof that a person reads (captcha)"
    if _CONSENT.match(start) or _CONSENT.match(title):
        return "a consent wall in place of the article"
    if _LOGIN.match(start) or _LOGIN.match(title):
        return "a login wall in place of the article"
    return ""

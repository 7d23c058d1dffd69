"""Is a text a wall rather than an article: consent, captcha, login, "page not found" served with status 200? Pure.

Only a short text can be a wall, and only by the words of walls: a report about cookies or captchas is longer and
writes of them in the third person.
"""

from __future__ import annotations

import re

from pipelines.patterns import compile_when_used

WALL_WORDS = 150
"""A text with more words is an article. Walls say what they want in fewer."""
_ERROR_WORDS = 60  # of an error page
# Characters of a text in which its kind shows.
_PROMPT_START, _ERROR_START, _CAPTCHA_START = 300, 200, 600
_MARKS = "#> -\n"  # of our syntax, before the first word

_CAPTCHA = compile_when_used(
    r"^(?:just a moment\.\.\.|attention required!)|checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|are you (?:a )?(?:human|robot)\b|i'?m not a robot|enable javascript and cookies to continue"
    r"|unusual (?:traffic|activity) from your|complete the (?:security check|captcha)|press (?:and|&) hold to confirm"
    r"|ddos protection by|your access (?:to this (?:site|page) )?has been (?:blocked|limited)"
    r"|로봇이 아닙니다|私はロボットではありません|我不是机器人|ich bin kein roboter|no soy un robot|je ne suis pas un robot",
    re.I,
)
_CONSENT = compile_when_used(
    r"^(?:we (?:and our (?:\d+ )?partners |value your privacy|use cookies)|this (?:site|website) uses cookies"
    r"|your privacy (?:is important|matters|choices)|before you continue|manage (?:your )?(?:consent|cookie|privacy)"
    r"|we care about your privacy|accept (?:all )?cookies|cookie (?:settings|consent|notice|policy)"
    r"|wir (?:verwenden|nutzen|benötigen) (?:ihre |cookies)|mit werbung (?:weiter)?lesen|diese (?:web)?seite (?:verwendet|nutzt) cookies"
    r"|nous (?:et nos |utilisons des cookies|respectons votre)|utilizamos cookies|usamos cookies|tu privacidad"
    r"|questo sito utilizza|utilizziamo i cookie|このサイトはcookie|当サイトではcookie|本网站使用cookie|쿠키를 사용"
    r"|мы используем (?:файлы )?cookie|этот сайт использует|نحن نستخدم ملفات)",
    re.I,
)
_LOGIN = compile_when_used(
    r"^(?:(?:please )?(?:log|sign) ?in to (?:continue|read|view)|(?:subscribe|register|sign up)(?: now)? to (?:continue|read|keep)"
    r"|to (?:continue|keep) reading|already (?:a subscriber|have an account)|this (?:article|content|story) is (?:only )?(?:for|available to|reserved for) (?:our )?(?:subscribers|members)"
    r"|you(?:'ve| have) (?:reached|read) your (?:limit|last)|create (?:a free|an) account to"
    r"|bitte (?:melden sie sich an|loggen sie sich ein)|jetzt (?:abonnieren|registrieren|anmelden)|weiterlesen mit|dieser (?:artikel|inhalt) ist (?:nur )?für"
    r"|cet article est réservé|abonnez-vous pour|(?:inicia sesión|suscríbete|regístrate) para|contenido exclusivo para"
    r"|この記事は(?:有料)?会員限定|ログインして|로그인(?:이 필요|하시면| 후)|회원 ?전용|登录后|请登录|订阅后)",
    re.I,
)
_NOT_FOUND = compile_when_used(
    r"(?:page|article|story|content|url)[^.!?\n]{0,40}(?:not found|no longer (?:available|exists)|does(?:n'?t| not) exist|c(?:an(?:'?t|not)|ould(?:n'?t| not)) be found|has been (?:removed|deleted))"
    r"|^(?:error )?404\b|not found$|seite (?:wurde )?(?:leider )?nicht gefunden|page (?:introuvable|non trouvée)|página no (?:encontrada|existe)"
    r"|страница не найдена|ページが見つかりません|페이지를 찾을 수 없|页面不存在|找不到(?:该)?页面|الصفحة غير موجودة",
    re.I,
)

# What machines say in an article's place, each kind with its reason. Tried on titles and on the beginning of short texts.
_MISSING = (
    r"(?:page|article|story|content|file|resource|url|document|seite|artikel|inhalt|datei|beitrag|dokument|page|article|contenu|document|página|pagina|articolo|artículo|artigo|contenido|conteúdo|"
    r"noticia|notícia|contenuto|bericht|sidan|sida|artikeln|siden|side|artikkelen|sivua|artikkelia|strona|strony|artykuł|stránk[au]|oldal|cikk|pagin[aă]|articolul|stranica|strana|članak|stran|"
    r"страниц[аыу]|стать[яю]|материал|сторінк[ау]|страницата|σελίδα|άρθρο|sayfa|haber|halaman|berita|trang|bài viết)"
)
_NOT_THERE = (
    r"(?:(?:was |were |be )?not (?:be )?found|no longer (?:available|exists?|here)|does(?:n['’]?t| not) exist|(?:can(?:not|['’]?t)|could(?:n['’]?t| not)) (?:be )?f(?:ou|i)nd|has been (?:removed|deleted|moved)|"
    r"has moved|is(?:n['’]t| not) available|(?:(?:konnte|wurde|kann) )?(?:leider )?nicht (?:mehr )?(?:gefunden|verfügbar|vorhanden|auffindbar)|existiert (?:leider )?nicht|ist (?:umgezogen|nicht erreichbar)|"
    r"introuvable|non trouvée?|n['’](?:existe|est) (?:pas|plus)|(?:est|a été) (?:supprimée?|déplacée?)|no (?:encontrad[ao]|existe|disponible|se (?:ha )?(?:encontr\w+|pudo encontrar))|não (?:encontrad[ao]|existe|foi encontrad[ao]|disponível)|"
    r"non (?:trovat[ao]|esiste|disponibile|è stat[ao] trovat[ao])|niet (?:gevonden|beschikbaar)|bestaat niet|(?:kunde |hittades |finns )?inte (?:hitta\w*|längre)|hittades inte|finns inte|(?:ble |blev |kunne )?ikke (?:funnet|fundet|findes|tilgjengelig)|"
    r"(?:ei )?(?:löy[td]\w+|ole olemassa)|nie (?:została |istnieje|znaleziono|znaleziona|odnaleziono)|nenalezena|neexistuje|nebyla nalezena|nebola nájdená|nenájdená|nem (?:található|létezik)|nu (?:a fost găsit\w*|există)|nije (?:pronađen\w*|nađen\w*)|ni (?:bila najdena|najdena)|ne postoji|"
    r"не (?:найден\w*|существует|знайден\w*|існує|намерен\w*|постоји|пронађен\w*)|не е намерен\w*|δεν (?:βρέθηκε|υπάρχει)|bulunamadı|bulunmuyor|tidak (?:ditemukan|tersedia)|không (?:tồn tại|tìm thấy))"
)
_ERRORS = compile_when_used(
    rf"{_MISSING}[^.!?\n]{{0,40}}?{_NOT_THERE}|(?:kein(?:e)? |no |pas de |aucune? |nie znaleziono |no se (?:ha )?encontr\w+ (?:la |el )|hittade inte |fant ikke |kunne ikke finde |could(?:n['’]t| not) find (?:the |this |that )?|can(?:not|['’]t) find (?:the |this |that )?|sorry,? (?:that|this) ){_MISSING}(?: (?:gefunden|found|trouvée?|isn['’]t here))?"
    r"|^\W*(?:error |fehler |erreur |fout |fel |błąd |chyba |ошибка |hata )?(?:404|410|500|501|502|503|504|520|521|522|523|524|525|526)\b|^\W*http (?:status |error )?\d{3}|^\W*(?:error|fehler|erreur|errore|erro|fout|fel|feil|fejl|virhe|błąd|chyba|hiba|eroare|greška|ошибка|помилка|грешка|σφάλμα|hata|エラー|错误|錯誤|오류|خطأ|שגיאה)\W*$"
    r"|\b(?:internal server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable|web server is (?:down|returning)|connection timed out|origin (?:is )?unreachable|host error|database (?:connection )?error|error establishing a database|"
    r"an (?:unexpected |internal |unknown )?error (?:has )?occurred|something went wrong|oops|whoops|application error|server error|fatal error|temporarily unavailable|(?:page|site|website) (?:has|was) moved|moved permanently|object moved|"
    r"ein (?:unerwarteter |interner )?fehler (?:ist )?aufgetreten|serverfehler|une erreur (?:est survenue|s['’]est produite|interne)|erreur (?:interne|du serveur)|(?:se )?ha (?:ocurrido|producido) un error|ocurrió un error|error (?:interno|del servidor)|"
    r"ocorreu um erro|erro (?:interno|no servidor)|si è verificato un errore|errore (?:interno|del server)|er is (?:een fout opgetreden|iets misgegaan)|ett fel (?:har )?(?:uppstått|inträffade)|wystąpił błąd|błąd serwera|произошла ошибка|ошибка сервера|сталася помилка|bir hata oluştu|terjadi kesalahan)\b"
    r"|ページ(?:が|は)(?:見つかりません|存在しません|ありません)|お探しのページ|サーバーエラー|エラーが発生|(?:页面|頁面|网页|文章|内容)(?:不存在|未找到|已(?:被)?删除|找不到|无法访问)|找不到(?:该|您|這個)?(?:页面|頁面|网页)|服务器错误|伺服器錯誤|"
    r"(?:페이지|기사)를? ?(?:찾을 수 없|존재하지)|오류가 발생|الصفحة (?:غير موجودة|المطلوبة)|لم يتم العثور|حدث خطأ|(?:העמוד|הדף) (?:לא נמצא|המבוקש)|صفحه (?:مورد نظر )?(?:یافت نشد|پیدا نشد)|(?:पृष्ठ|पेज) नहीं मिला|ไม่พบหน้า",
    re.I,
)
_REFUSALS = compile_when_used(
    r"\baccess (?:to this \w+ )?(?:is |has been |was )?(?:denied|forbidden|restricted|blocked)\b|^\W*(?:error )?(?:401|403|429|451)\b|^\W*forbidden\W*$|\b(?:request|you|ip(?: address)?) (?:have|has|was|is|were|are)? ?(?:been )?(?:temporarily )?blocked\b|"
    r"(?:do(?:n['’]t| not)|no) (?:have )?(?:permission|authorized|authorization) to (?:access|view)|not authorized to|\bunauthorized\b|too many requests|rate limit(?:ed| exceeded)|(?:unusual|suspicious|automated) (?:traffic|activity|requests)|"
    r"(?:not|un)(?: )?available (?:in|from|for) (?:your|this) (?:country|region|location|area|territory)|unavailable for legal reasons|\b(?:the )?request (?:could not be satisfied|was rejected|unsuccessful)|incapsula incident|"
    r"zugriff (?:wurde )?(?:verweigert|gesperrt|nicht erlaubt|untersagt)|kein(?:e)? (?:zugriff|berechtigung)|zu viele anfragen|in ihre[mr] (?:land|region) nicht verfügbar|accès (?:refusé|interdit|bloqué|non autorisé)|trop de requêtes|pas disponible dans votre (?:pays|région)|"
    r"acceso (?:denegado|prohibido|restringido|bloqueado)|demasiadas (?:solicitudes|peticiones)|no (?:está )?disponible en (?:su|tu) (?:país|región)|acesso (?:negado|proibido|bloqueado)|muitas (?:solicitações|requisições)|accesso (?:negato|vietato|bloccato)|troppe richieste|"
    r"toegang (?:geweigerd|verboden)|te veel verzoeken|åtkomst nekad|tilgang nektet|adgang nægtet|pääsy (?:estetty|evätty)|(?:odmowa dostępu|dostęp (?:zabroniony|zablokowany))|přístup (?:odepřen|zamítnut)|hozzáférés megtagadva|acces (?:interzis|refuzat)|pristup (?:odbijen|zabranjen)|"
    r"доступ (?:запрещ[её]н|заборонено|ограничен|забранен|отказан)|слишком много запросов|(?:η )?πρόσβαση (?:απορρίφθηκε|δεν επιτρέπεται)|erişim (?:engellendi|reddedildi)|akses ditolak|truy cập bị từ chối|アクセス(?:が)?(?:拒否|禁止|制限)|(?:访问|存取)(?:被)?(?:拒绝|受限|禁止|被拒)|拒绝访问|存取被拒|접근(?:이)? ?(?:거부|차단|권한)|تم رفض الوصول|الوصول مرفوض|הגישה נדחתה|دسترسی (?:غیرمجاز|ممنوع)",
    re.I,
)
_MAINTENANCE = compile_when_used(
    r"(?:under|down for|in|scheduled|site|undergoing|for) (?:\w+ )?maintenance\b|^\W*maintenance(?: mode)?\W*$|(?:be|come) (?:right )?back (?:soon|shortly|online)|coming soon|under construction|"
    r"wartungs(?:arbeiten|modus|pause)|wegen wartung|im wartungsmodus|sind (?:gleich|bald) (?:wieder|zurück)|en (?:cours de )?maintenance|maintenance (?:en cours|programmée)|de retour (?:bientôt|très vite)|en mantenimiento|(?:tareas|labores) de mantenimiento|volvemos (?:pronto|enseguida)|"
    r"em manutenção|voltamos (?:já|em breve)|in manutenzione|torneremo (?:presto|online)|onderhoud(?:swerkzaamheden)?\b|(?:under|planerat) underhåll|vedlikehold|vedligeholdelse|huolto(?:katko|työ|tila)\w*|prace (?:techniczne|konserwacyjne)|przerwa techniczna|(?:probíhá |právě )údržb[ay]|karbantart\w+|mentenanță|održavanj\w+|vzdrževanj\w+|"
    r"технически(?:е|х) работ\w*|техническ\w+ обслуживани\w+|технічн\w+ роб\w+|поддръжка|εργασίες συντήρησης|bakım (?:çalışması|modu|nedeniyle)|bakımda|(?:sedang )?dalam (?:perbaikan|pemeliharaan)|đang bảo trì|メンテナンス(?:中|のため|を)|(?:系统|系統|网站|網站)?(?:正在)?(?:维护|維護)(?:中|期间)?|점검 ?중|تحت الصيانة|(?:האתר )?בתחזוקה|در دست تعمیر",
    re.I,
)
_SCRIPTS = compile_when_used(
    r"(?:enable|turn on|activate|requires?|needs?|without) java ?script|java ?script (?:is |must be |has to be |to be )?(?:disabled|required|enabled|turned off|not enabled)|browser (?:is )?(?:not supported|unsupported|out ?dated)|unsupported browser|"
    r"java ?script (?:zu )?(?:aktivieren|einschalten|deaktiviert|erforderlich)|aktivieren sie (?:bitte )?java ?script|(?:activer|activez|désactivé) (?:le )?java ?script|(?:active|activa|habilite|habilita|activar|habilitar|ative|ativar) (?:el |o )?java ?script|(?:abilita\w*|attiva\w*) java ?script|"
    r"java ?script (?:inschakelen|uitgeschakeld)|(?:aktivera|aktiver|slå på) java ?script|włącz(?:yć)? (?:obsługę )?java ?script|(?:povolte|zapněte) java ?script|(?:включите|включить|увімкніть) java ?script|java ?script['’]?i? etkinleştirin|aktifkan java ?script|java ?scriptを有効|(?:启用|啟用|开启) ?java ?script|자바스크립트를|java ?script를? (?:활성|사용)",
    re.I,
)
_MACHINES = (
    (_MAINTENANCE, "a maintenance page in place of the article"),
    (_REFUSALS, "the site refuses access to the article"),
    (_SCRIPTS, "the site asks for JavaScript or another browser"),
    (_ERRORS, "an error page, served as if all were well"),
)
OF_MACHINES = frozenset(reason for _, reason in _MACHINES)
_MACHINE_WORDS = 80  # of an undated text in which a machine speaks
_NAME_WORDS = 4  # a title with no more may be the site's name alone
_TITLE_WORDS = 9  # a longer title is a headline
_MOST_SIGNS = 60  # of a title; of scripts without spaces the words are not counted

PROMPTS = (_CONSENT, _LOGIN, _CAPTCHA)


def begins_with_prompt(text: str) -> bool:
    """Whether the first lines of a text ask the reader for something: cookies, a login, a proof of being human."""
    start = text.lstrip(_MARKS)[:_PROMPT_START]
    return any(prompt.match(start) for prompt in PROMPTS)


def _classify_machine(title: str, start: str, words: int) -> str:
    """Return the reason of an undated short page on which a machine speaks: by its title and its text, or by one alone."""
    head, said = title[:_MOST_SIGNS], start[:_ERROR_START]
    short = len(title.split()) <= _TITLE_WORDS and len(title) <= _MOST_SIGNS
    for pattern, reason in _MACHINES:
        if short and pattern.search(head):
            return reason
    first = _FIRST_SENTENCES.match(said)
    if words <= _ERROR_WORDS and first and len(title.split()) <= _NAME_WORDS:
        return next((reason for pattern, reason in _MACHINES if pattern.search(first[0])), "")
    return ""


_FIRST_SENTENCES = compile_when_used(r"(?:[^.!?。！？\n]*[.!?。！？\n]?){1,2}")


def classify(title: str, text: str, words: int, dated: bool = False) -> str:
    """Return what stands in an article's place, in words for an outcome's reason; "" when it is an article.

    `words` is the number of words of the text; `dated` says that the page states or prints when it was published, as
    machines that speak in an article's place never do.
    """
    if words > WALL_WORDS:
        return ""
    start = text.lstrip(_MARKS)
    title = title.strip()
    if words <= _ERROR_WORDS and (_NOT_FOUND.search(title) or _NOT_FOUND.search(start[:_ERROR_START])):
        return "an error page, served as if all were well"
    if _CAPTCHA.search(title) or _CAPTCHA.search(start[:_CAPTCHA_START]):
        return "the site asks for a proof that a person reads (captcha)"
    if not dated and words <= _MACHINE_WORDS and (reason := _classify_machine(title, start, words)):
        return reason
    if _CONSENT.match(start) or _CONSENT.match(title):
        return "a consent wall in place of the article"
    if _LOGIN.match(start) or _LOGIN.match(title):
        return "a login wall in place of the article"
    return ""

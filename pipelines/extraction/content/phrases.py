"""Patterns of bylines, credits, labels and prompts, in the languages that print them.

Each is for a short line or a line at the edge of the text; none is tried on running text. A line costs 1 to 5 µs a pattern,
30 to 300 without `group_by_letter`.
"""

from __future__ import annotations

import re

from pipelines.patterns import group_by_letter

# Labels before links to other articles.
_ALSO = (
    r"(?:also )?read (?:also|more|next|the full|our)|see also|see more|more on|more from|related|related (?:articles?|stor|"
    r"content|posts?|topics?|news|links?|reading|coverage)|recommended|further reading|don't miss|up next|you (?:may|might) also|"
    r"trending|most (?:read|popular|viewed)|keep reading|watch|listen|explore more|read (?:it )?here|click here|"
    r"lesen sie (?:auch|hier|mehr|dazu)|lies auch|mehr (?:themen|artikel|nachrichten|zum thema|dazu|zu|aus|über|von|lesen|infos?)|auch interessant|das könnte sie|weitere (?:artikel|themen|"
    r"meldungen|nachrichten|informationen|videos?|beiträge)|zum thema|siehe auch|meistgelesen|empfohlen|passend dazu|"
    r"lire (?:aussi|également)|à lire|a lire|voir aussi|sur le même sujet|pour aller plus loin|à voir aussi|notre dossier|"
    r"lea (?:también|además|más)|lee también|le puede interesar|te puede interesar|puede interesarle|también te puede|más información|"
    r"lo más (?:leído|visto)|noticias? relacionadas?|ver también|leer más|mira también|relacionado|temas relacionados|"
    r"você (?:também )?pode gostar|talvez você goste|leia (?:também|mais)|veja (?:também|mais)|saiba mais|confira também|notícias relacionadas|relacionadas|"
    r"leggi anche|vedi anche|approfondisci|per approfondire|potrebbe interessarti|articoli correlati|"
    r"lees (?:ook|meer|verder)|zie ook|bekijk ook|meer over|gerelateerd|"
    r"läs (?:också|även|mer)|les (?:også|mer|meir|hele)|læs (?:også|mere|hele)|se også|se också|lue (?:myös|lisää)|katso myös|"
    r"czytaj (?:także|też|więcej)|zobacz (?:także|też|również|więcej)|przeczytaj|polecamy|"
    r"čtěte (?:také|též|více)|přečtěte si|mohlo by vás|súvisiace|prečítajte si|"
    r"olvassa el|kapcsolódó|citește și|vezi și|citiți și|pročitajte|pročitaj|povezane|beri tudi|"
    r"ayrıca bak\w*|ilgili haber(?:ler)?|haberin devamı|bunlar da|"
    r"читайте (?:также|ещё|еще)|смотрите также|по теме|(?:материалы|новости|ссылки) по теме|самое (?:читаемое|популярное)|ещё по теме|подробнее|"
    r"читайте також|дивіться також|більше на тему|прочетете още|вижте още|прочитајте|"
    r"διαβάστε (?:επίσης|ακόμη|ακόμα|περισσότερα)|δείτε (?:επίσης|ακόμα)|σχετικά|"
    r"関連記事|関連リンク|関連ニュース|あわせて読みたい|合わせて読みたい|こちらも|おすすめ|人気記事|続きを読む|"
    r"相关(?:阅读|新闻|链接|报道|文章|推荐)|延伸阅读|推荐阅读|更多(?:新闻|报道|阅读)?|相關(?:閱讀|新聞|報導|文章|連結)|延伸閱讀|看更多|推薦閱讀|"
    r"관련\s?(?:기사|뉴스|글)|더\s?보기|추천\s?기사|많이 본|"
    r"xem thêm|đọc thêm|tin liên quan|baca juga|lihat juga|simak juga|artikel terkait|berita terkait|"
    r"اقرأ (?:أيضا|أيضاً|المزيد)|مواضيع ذات صلة|أخبار ذات صلة|شاهد أيضا|بیشتر بخوانید|"
    r"קרא(?:ו)? (?:גם|עוד)|כתבות נוספות|עוד בנושא|यह भी पढ़ें|ये भी पढ़ें|और पढ़ें|संबंधित|इसे भी पढ़ें|"
    r"อ่าน(?:เพิ่มเติม|ต่อ|ข่าว)|ข่าวที่เกี่ยวข้อง|আরও পড়ুন|மேலும் படிக்க"
)
ALSO = re.compile(rf"^\W*(?:{group_by_letter(_ALSO)})(?!\w)", re.I)
"""A line that leads to other articles."""

_LABEL = (
    r"tags?|topics?|keywords?|share|share this .{0,30}|comments?|advertisement|ads?|sponsored(?: content)?|promoted|newsletter|follow us.*|"
    r"photo|photos|video|videos|gallery|image|images|source|sources|read time|reading time|print|email|subscribe.{0,20}|sign up.{0,20}|log ?in.{0,20}|"
    r"loading.*|table of contents|contents|in this article|skip (?:to|ad).{0,20}|back to top|about the authors?|about us|contact us|copied|copy link|"
    r"link copied.*|latest news|news|breaking news|featured|summary|highlights|key points|key takeaways|sponsor|"
    r"anzeige|werbung|teilen|themen|schlagwörter|stichworte|kommentare?|quelle|bilder|fotos?|autor|drucken|merken|weitersagen|"
    r"ende der weiteren informationen|inhalt|mehr zum artikel|"
    r"publicité|partager|sujets?|mots-clés|commentaires?|imprimer|sommaire|"
    r"publicidad|compartir|etiquetas|temas|comentarios?|imprimir|en este artículo|archivado en.*|"
    r"publicidade|compartilh(?:e|ar)|comentários?|tópicos|assuntos|pubblicità|condividi|commenti|argomenti|tag|"
    r"advertentie|delen|reacties?|annons|annonse|annonce|dela|del|ämnen|kommentarer|mainos|jaa|"
    r"reklama|udostępnij|podziel się|tagi|komentarze|reklám|hirdetés|megosztás|címkék|publicitate|etichete|"
    r"реклама|поделиться|теги|комментарии|источник|поділитися|коментарі|"
    r"διαφήμιση|σχόλια|reklam|etiketler|paylaş|yorumlar|"
    r"広告|シェア(?:する)?|タグ|コメント|印刷|フォロー(?:する)?|保存(?:する)?|キーワード|目次|"
    r"广告|分享(?:到)?|标签|评论|关键词|打印|廣告|標籤|留言|關鍵字|공유|태그|댓글|광고|인쇄|스크랩|"
    r"quảng cáo|chia sẻ|bình luận|iklan|bagikan|komentar|إعلان|مشاركة|التعليقات|פרסומת|תגובות|विज्ञापन|शेयर करें"
)
LABEL = re.compile(rf"^\W*(?:{group_by_letter(_LABEL)})\W*$", re.I)
"""A line that labels another part of the page."""

AGO = re.compile(
    r"^\W*(?:\d+|an?|one) (?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?) ago\W*$|^vor \d+ \w+$|^il y a \d+ \w+$|^hace \d+ \w+$|"
    r"^há \d+ \w+$|^\d+\s*(?:分|時間|日|小时|小時|天|시간|분|일)\s*(?:前|전)$|^\W*\d+ ?-?(?:min(?:ute)?s?)\.?(?: read(?:ing time)?)?\W*$|^(?:lesezeit|tempo di lettura|"
    r"temps de lecture|leestijd|lästid|reading time|lesedauer)\W*\d+.{0,12}$",
    re.I,
)

_BY = (
    r"by|written by|reported by|reporting by|words by|story by|edited by|compiled by|posted by|von|vom|text|text von|aufgezeichnet von|interview|par|propos recueillis par|"
    r"por|texto|redacción|di|a cura di|door|tekst|av|af|skrevet av|skribent|teksti|przez|autor(?:in|en|es|a)?|auteur|autore|автор(?:ы)?|текст|"
    r"author|reporter|redaktion|редактор|ред|yazar|penulis|editor|reporter|oleh|tác giả|theo|文|記者|记者|撰文|作者|编辑|責編|责编|责任编辑|来源|來源|出典|取材|글|기자|كتب|بقلم|מאת"
)
BYLINE = re.compile(rf"^\W*(?:{group_by_letter(_BY)})(?:\s*[:：]\s*|\s+)(?P<name>\S.{{1,90}})$", re.I)
"""A line that begins as bylines do."""
SOURCE = re.compile(
    r"^\W*(?:(?:quelle|source|fuente|fonte|bron|källa|kilde|źródło|zdroj|источник|джерело|πηγή|出典|来源|來源|출처|nguồn|sumber|المصدر)s?\s*[:：].{1,120}|"
    r"(?:with reports? (?:from|by)|with files from|additional reporting|(?-i:[Rr]eporting by [A-Z]|REPORTING BY)|mit (?:material von|agenturmaterial|dpa)|avec (?:afp|reuters|ap)|con información de|com informações|"
    r"com agências|con agencias|met informatie van).{0,200}|"
    r"[(（\[]?(?:责任?编辑?|責任?編輯?|编辑|記者|记者|文|来源)\s*[:：].{1,40}[)）\]]?|"
    r"(?:mit )?[(\[]?(?:dpa|afp|apa|sda|ansa|efe|reuters|ap|epd|kna|sid|tt|ntb|ritzau|belga|lusa|ptì|pti|ani|ians|xinhua|tass)(?:[/,\- ]+(?:dpa|afp|apa|sda|ansa|efe|reuters|ap|epd|kna|sid|[a-z]{2,4}))*[)\]]?\.?|"
    r".{4,150} contributed (?:to this (?:report|story|article)|reporting)\.?|[©ⓒ].{0,160}|\(c\) .{0,120}|copyright\s*(?:©|\(c\)|[:|]|\d{4}).{0,160}|copyright (?-i:[A-Z]).{0,60}|.{0,60}all rights reserved\.?.{0,60}|alle rechte vorbehalten.{0,60}|tous droits réservés.{0,60}|"
    r"(?:dieser (?:artikel|text|beitrag) (?:ist|erschien|wurde)(?: .{0,60})?\b(?:erschienen|veröffentlicht|aktualisiert|publiziert|übernommen|verfasst|übersetzt|zuerst|zunächst|erschien)|"
    r"this (?:article|story|post|piece) (?:(?:was|is|has|been|originally|first|also|previously|last|being) )+(?:published|appeared|updated|amended|produced|reprinted|republished|reproduced|syndicated|posted|written|adapted|translated|reported|created|sponsored|supported|funded|excerpted|provided|distributed|edited|reviewed|part of)|"
    r"this (?:article|story|post|piece) (?:originally |first |also |previously )+(?:appeared|ran|published)|"
    r"cet article (?:a été|est)(?: \w+){0,3} (?:publié|paru|diffusé|mis à jour|tiré|extrait|issu|réservé|traduit|rédigé|initialement)|cet article est paru|"
    r"este artículo (?:fue|se|ha sido)(?: \w+){0,2} (?:publicad|public|actualiz|apareci|traduc|escrit|elaborad)|"
    r"questo articolo (?:è|e'|fa)(?: \w+){0,3} (?:pubblicat|apparso|uscito|aggiornat|tratto|tradott|scritto|parte)).{0,160})\W*$",
    re.I,
)
"""A line that names the source, the agency or the rights."""
CREDIT = re.compile(
    r"^\W*(?:photos?|pictures?|images?|photo(?:graph)? by|credit|foto(?:s|grafie|grafía)?|bild(?:er|quelle)?|abbildung|symbolbild|archivbild|archivfoto|crédit|crédits? photo|"
    r"imagem|immagine|afbeelding|kuva|zdjęcie|fot\.|фото|fotó|ljósmynd|skjáskot|φωτ(?:ογραφία|ο)?|写真|撮影|图|图片|圖|사진|ảnh|صورة|צילום|illustration|grafik|graphic|video)"
    r"(?:\s*(?:von|by|credit|source|courtesy|quelle))?\s*[:：/|].{1,140}$|"
    r"^.{0,80}(?:/|\(|via |\| ?|: ?)(?:getty(?: images)?|reuters|afp|associated press|ap(?: photo)?|dpa|epa|imago(?: images)?|picture[ -]alliance|shutterstock|istock|unsplash|pexels|alamy|wire ?image|"
    r"ap images|file photo|archiv)\b(?:[/, )].{0,60})?\)?$|^\W*(?:getty images|shutterstock|istock(?:photo)?|unsplash|imago images?).{0,60}$|"
    r"^[^\d$€£]{2,60}/(?-i:[A-Z]{2,5}|[A-Z][\w ]{3,30} via [\w ]+)$",
    re.I,
)
"""A line that credits a picture."""
_PROMPT = (
    r"sign up (?:for|to|now|here|today)|subscribe (?:to|now|for|today|here)|newsletter|log ?in to|sign in to|create (?:a free|an) account|join (?:our|the) (?:\w+ )?(?:channel|newsletter|community|conversation|group)|"
    r"follow (?:us|me|\w+) on|follow .{0,40}coverage|reach the (?:reporter|writer|author)|like us on|download (?:our|the) (?:\w+ )?app|support (?:our|independent) journalism|become a (?:member|subscriber|patron)|please consider (?:a )?(?:donat|support|subscrib)|"
    r"(?:click|tap) (?:on )?any word\b.{0,60}\b(?:meaning|definition|dictionary|translat|look)|doppelklick auf (?:ein|jedes) wort|double-cliquez sur (?:un|chaque) mot|doble clic en cualquier palabra|단어를 (?:더블 ?)?(?:클릭|누르)|単語を(?:ダブル)?クリック|双击(?:任意)?(?:单词|词语)|"
    r"leave a comment|post a comment|your email address will not be published|terms of (?:service|use)|privacy policy|cookie|enable javascript|we may (?:earn|receive) (?:a |an )?(?:affiliate )?commission|affiliate (?:links?|commission)|"
    r"(?:found|spotted|noticed|see|report) (?:an?|any) (?:error|mistake|typo)|fehler (?:gefunden|entdeckt|melden)|ctrl\s?[+-]\s?enter|(?:к|для) (?:комментировани|обсуждени)|para comentar|"
    r"share this (?:article|story|post)|click here to|(?:on|di|bei|auf|su|en|på) google news|(?:whatsapp|telegram|viber)[ -](?:channel|kanal|kanał|kanalı)|(?:channel|saluran|kanal|canal|canale|chaîne) (?:de |di )?(?:whatsapp|telegram)|auch (?:bei|auf|in) (?:den )?social media|rss[ -]?(?:feed|2\.0)|durch den rss|read the full (?:article|story)|to write comments|have (?:a|any) (?:news )?tip|haben (?:sie |du )?hinweise|hinweise (?:zum|zu diesem) thema|got a (?:tip|story)|contact (?:the|our) (?:reporter|newsroom|author)|letters? to the editor|"
    r"(?:kostenlos|gratis|unverbindlich) testen|melden sie sich|jetzt (?:abonnieren|anmelden|registrieren|testen)|abonnieren sie|abonniere|newsletter|whatsapp-kanal|folgen sie uns|unterstützen sie uns|hat ihnen dieser|mit absenden|kommentar (?:schreiben|verfassen)|hier geht es zu|"
    r"inscrivez-vous|abonnez-vous|suivez-nous|s'abonner|soutenez|réservé aux abonnés|recevez (?:chaque|notre)|"
    r"suscríb(?:ete|ase)|síguenos|síganos|únete a|regístrate|apúntate|sigue (?:toda|a \w+ en)|boletín|hazte socio|"
    r"assine|inscreva-se|siga(?:-nos| o| a)|receba (?:as|nossas)|entre no (?:grupo|canal)|clique aqui|iscriviti|seguici|abbonati|registrati|unisciti|"
    r"schrijf je in|abonneer|volg ons|meld je aan|prenumerera|följ oss|abonner på|følg oss|tilaa uutiskirje|seuraa meitä|"
    r"zapisz się|obserwuj nas|subskrybuj|dołącz do|odebírejte|sledujte nás|iratkozz|kövess|abonează-te|urmărește|"
    r"подпи(?:сывайтесь|шитесь|саться)|присоединяйтесь|наш(?:ем)? telegram|telegram-канал|підписуйтесь|підпишіться|абонирайте|εγγραφείτε|ακολουθήστε|"
    r"abone ol|takip et|会員(?:限定|登録)|有料会員|メールマガジン|ログイン|フォロー|登録(?:する|は)|購読|会員向け|読み放題|詳しくはこちら|扫码|关注(?:我们|公众号)|下载app|登录|訂閱|追蹤|加入會員|구독|로그인|회원가입|"
    r"đăng ký|theo dõi|berlangganan|ikuti kami|unduh aplikasi|gabung|اشترك|تابعونا|انضم|הירשמו|עקבו|सब्सक्राइब|फॉलो करें|ติดตาม|สมัครสมาชิก"
)
PROMPT = re.compile(group_by_letter(_PROMPT), re.I)
"""A call to subscribe, log in, follow, comment, consent or look a word up, anywhere in a short line."""
_PAIR = r"(?:[^\W\d_][\w/ ]{1,28}?)\s?[:：]\s?[^:：|]{2,60}?"
CREDITS = re.compile(rf"^\W*(?:[\d./: -]{{6,20}}\W+)?{_PAIR}(?:[,;|·•–-]\s*{_PAIR}){{1,9}}$")
"""Labels with their values and nothing else: `Text: A. Smith, Photos: J. Doe`, `12/10/2026 - By: J. Doe - Tags: sea`."""
PICTURED = re.compile(
    r"^\W*(?:pictured|(?:im|auf dem) bild|auf dem foto|sur la photo|en la (?:foto|imagen)|na (?:foto|imagem)|nella foto|op de foto|"
    r"på bilden|på bildet|på billedet|na zdjęciu|na snímku|на (?:фото|снимке|знімку))\b(?=[ ,:(]).{5,260}$",
    re.I,
)
"""A line that says who is in a picture."""
EMAIL = re.compile(r"^\W*(?:[\w .'-]{0,60}[\s:(|]+)?[\w.+-]+@[\w-]+\.[\w.-]+\W*$")
PATH = re.compile(r"^[^→＞>»›.!?]{1,60}\s*(?:→|＞|>|»|›)\s*\S")
"""Names with arrows between."""
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w|https?://|\bwww\.|(?:^|\s)@\w{2,20}\W*$")
"""An address of mail or of the web, or an account."""
COPYRIGHT = re.compile(r"©\s*(?:\d{4}|[^\W\d_])|\ball rights reserved\b|版权所有", re.I)


def states_rights(text: str) -> bool:
    """Whether the mark of the house's rights stands anywhere in a text.

    The pattern alone takes 20 ns a character, and all paragraphs of a page are asked.
    """
    may_state = "©" in text or "版权所有" in text or "reserved" in text.casefold()
    return may_state and COPYRIGHT.search(text) is not None


HANDLE = re.compile(r"^\W*(?:[\w .'-]{0,40}\s)?@\w{2,20}\W*$")
MORE_TO_COME = re.compile(r"^\W*(?:more to (?:come|follow)|this is a (?:developing|breaking)).{0,80}$", re.I)
RIGHTS = re.compile(
    r"^[\W_]*(?:[^\W_]{0,10}(?:免责声明|免責聲明|版权声明|版權聲明|版权说明|声明|聲明)\s*(?:[:：】\])）]|$)|"
    r"(?:disclaimer|terms of use|legal (?:notice|disclaimer)|haftungsausschluss|avis de non-responsabilité|aviso legal|"
    r"descargo de responsabilidad|отказ от ответственности|免責事項|면책(?:조항|공고)|zastrzeżenie)\s*[:：])",
    re.I,
)
"""A label above, or before, the house's rights and its refusals to answer for a text."""

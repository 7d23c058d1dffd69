"""Corrections and editors' notes, told from the story by how they are worded, in the languages we meet."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CORRECTION = r"""
    corrections? | corrigend(?:um|a) | corrected | clarifications? | retractions?
  | update[ds]?[ ]and[ ]corrected | corrections?[ ](?:and|&)[ ]clarifications? | clarifications?[ ](?:and|&)[ ]corrections?
  | korrekturen | korrektur(?:hinweis)? | berichtigung(?:en)? | richtigstellung | klarstellung | korrigiert | gegendarstellung
  | rectificatifs? | errat(?:um|a) | précisions? | correctifs? | mise[ ]au[ ]point | droit[ ]de[ ]réponse
  | corrección | correcciones | fe[ ]de[ ]erratas? | fe[ ]d['’]errates | rectificación | rectificació | aclaración | correcció
  | correzion[ei] | rettific[ah]e? | errata[ ]corrige | precisazion[ei] | correç(?:ão|ões) | retificaç(?:ão|ões) | rectificação
  | esclarecimento | correctie | rectificaties? | verduidelijking | rättelse | förtydligande | rettelse | præcisering | berigtigelse
  | retting | presisering | oikaisu | korjaus | täsmennys | sprostowanie | korekta | wyjaśnienie | oprava | upřesnění | spresnenie
  | helyesbítés | helyreigazítás | erată | rectificare | ispravak | ispravka | popravek | leiðrétting | parandus | õiendus | labojums
  | precizējums | patikslinimas | pataisymas | исправлен[оиа]?е? | исправлено | поправка | поправки | уточнение | опровержение
  | виправлення | уточнення | спростування | корекция | исправка | düzeltme | tekzip | διόρθωση | διευκρίνιση | επανόρθωση
  | תיקון(?:[ ]טעות)? | הבהרה | תיקון[ ]והבהרה | تصحيح | تصويب | توضيح | استدراك | اصلاحیه | تصحیح | सुधार | भूल[ ]सुधार | शुद्धिपत्र
  | स्पष्टीकरण | সংশোধনী | திருத்தம் | تصحیح | koreksi | ralat | klarifikasi | pembetulan | đính[ ]chính | cải[ ]chính
  | お詫びと訂正 | おわびと訂正 | 訂正とお詫び | 訂正とおわび | 訂正 | お詫び | おわび | おことわり | 更正 | 勘误 | 勘誤 | 订正 | 澄清
  | 정정보도(?:문)? | 정정 | 바로잡습니다 | 바로잡음 | 알려드립니다 | 고침 | แก้ไขข่าว | คำชี้แจง | แก้ไขข้อมูล
"""
_NOTE = r"""
    note[ ]from[ ](?:the|our)[ ]editors? | a[ ]note[ ]from[ ](?:the|our)[ ]editors? | editor(?:['’]?s|s['’]|ial)?[ ]note | note[ ](?:to|for)[ ]readers? | ed\.[ ]note
  | publisher['’]?s[ ]note | anmerkung[ ]der[ ]redaktion | hinweis[ ]der[ ]redaktion | nachtrag[ ]der[ ]redaktion | redaktioneller[ ]hinweis
  | anm\.[ ]d(?:er|\.)[ ]red\. | anmerkung[ ]d(?:er|\.)[ ]red\. | transparenzhinweis
  | note[ ]de[ ](?:la[ ]rédaction|l['’]éditeur) | ndlr | note[ ]aux[ ]lecteurs | nota[ ]de[ ]la[ ]redacción | nota[ ]del?[ ](?:el[ ])?editor
  | nota[ ]de[ ]la[ ]redacció | nota[ ](?:della[ ]redazione|del[ ]direttore|dell['’]editore) | ndr | nota[ ]d[ao][ ](?:reda(?:ção|cção)|editor)
  | no[o]?t(?:en)?[ ]van[ ]de[ ]redactie | naschrift(?:[ ]redactie)? | redaktionens[ ](?:anmärkning|kommentar|bemærkning|note)
  | redaktionel[ ]note | redaksjonens[ ]merknad | toimituksen[ ](?:huomautus|huomio) | od[ ]redakcji | przyp(?:is|\.)[ ]redakcji
  | poznámka[ ](?:redakce|redakcie) | a[ ]szerkesztő[ ]megjegyzése | szerkesztői[ ]megjegyzés | nota[ ](?:redacției|redacţiei)
  | napomena[ ](?:redakcije|uredništva|urednika) | от[ ]редакции | примечание[ ](?:редакции|редактора) | від[ ]редакції
  | примітка[ ](?:редакції|редактора) | бележка[ ]на[ ]редакцията | editör(?:ün)?[ ]notu | σημείωση[ ](?:της|του|τησ)[ ]σ[ύυ]ντ[αά][κξ]τ?[\w]* | σημείωση[ ]σύνταξης
  | הערת[ ]ה?(?:מערכת|עורך) | ملاحظة(?:[ ]من)?[ ](?:المحرر|التحرير) | تنويه | یادداشت[ ](?:سردبیر|ویراستار)
  | संपादक(?:ीय)?(?:[ ]क[ाी])?[ ](?:नोट|टिप्पणी) | সম্পাদকের[ ]নোট | catatan[ ](?:redaksi|editor) | nota[ ]pengarang
  | lời[ ]tòa[ ]soạn | ghi[ ]chú[ ]của[ ](?:biên[ ]tập[ ]viên|tòa[ ]soạn) | 編集部注 | 編集部より | 編集部からのお知らせ | 编者按 | 編者按 | 编者注 | 編者註 | 编注
  | 편집자[ ]?주 | 편집자[ ]?주석 | หมายเหตุ(?:จาก)?บรรณาธิการ
"""
_UPDATE = r"""
    update | aktualisierung | nachtrag | mise[ ]à[ ]jour | actualización
  | aggiornamento | atualização | update | uppdatering | opdatering | oppdatering | päivitys | aktualizacja | aktualizace
  | aktualizácia | frissítés | actualizare | обновление | обновлено | оновлення | оновлено | güncelleme | ενημέρωση | עדכון | تحديث | अपडेट
  | pembaruan | cập[ ]nhật | 追記 | 更新 | 업데이트 | 추가 | อัปเดต
"""
# After the word: a number, a date, a bracket; then a colon, a dash, a full stop or the end.
_DATED = r"""(?:\s*\d{1,2}(?=\s*[:：]))?
  (?:\s*[(\[（][^)\]）]{0,60}[)\]）] | \s*[,–—-]\s*(?=[^:：]{0,60}\d)[^:：!?]{1,60}?
   | \s+(?:(?:on|of|at|as[ ]of|from|vom|am|du|le|del|el|van|den|d\.|от|від|z|ze|ve|dnia)\s+)?(?=\S{0,12}[\s.]{0,2}\d)[^:：!?]{1,50}?
   | \s+(?:to[ ](?:this|our)[ ]\w+|appended|added))?
  \s*[)\]】」』〕]?\s*"""
_OPENED = r"^[\s>\-*#!•·–—()\[【「『〔<＜※▼■□◆●★☆《〈“\"]*"
_END = r"(?:[:：|】]|[-–—]\s|\.(?:\s|$)|$)"


def _label(words: str, end: str = _END) -> re.Pattern[str]:
    return compile_when_used(f"{_OPENED}(?:{words}){_DATED}{end}", re.VERBOSE | re.IGNORECASE)


def _starts(*words: str) -> frozenset[str]:
    """Return the first two letters of all these words: most blocks of text begin otherwise."""
    letters = (part.strip().replace("[ ]", " ")[:2] for one in words for part in one.split("|"))
    return frozenset(start for start in letters if start[:1].isalpha())


_CORRECTION_LABEL, _NOTE_LABEL = _label(_CORRECTION), _label(_NOTE)
_UPDATE_LABEL = _label(_UPDATE, "(?:[:：]|[-–—]\\s)")
_ALONE = compile_when_used(
    rf"{_OPENED}(?:(?:{_CORRECTION}|{_NOTE})){_DATED}[:：.]?\s*$", re.VERBOSE | re.IGNORECASE
)
# Words that no story begins a paragraph with. A single ideograph or syllable more would make other words of them.
_SURE = compile_when_used(
    rf"{_OPENED}(?:お詫びと訂正|訂正とお詫び|바로잡습니다|정정보도|编者按|編者按|đính[ ]chính[ ]|ralat[ ]|fe[ ]de[ ]erratas?)",
    re.VERBOSE | re.IGNORECASE,
)
_STARTS = _starts(_CORRECTION, _NOTE, _UPDATE)
_START = compile_when_used(r"[\W_]{0,20}(\w.)")
_FIRST = 600  # characters of a block in which a notice says what it is

_ITEM = (
    r"(?:article|story|post|report|piece|item|page|column|headline|caption|review|interview|obituary|newsletter|"
    r"photograph|picture|graphic|chart|map|video|podcast|transcript|essay|dispatch|profile|timeline|quiz|list|blog)"
)
_CHANGED = (
    r"(?:amended|corrected|clarified|revised|edited|changed|modified|retracted|rewritten|withdrawn|re-?edited|"
    r"updated[ ](?:to|with|after|because|since|following|at|throughout|in[ ]order|and|by|from))"
)
_WRITTEN = rf"""
version of,versions of,edition of,editions of,draft of,drafts of => (?:an?[ ]|the[ ])?(?:earlier|previous|prior|original|first|initial)[ ](?:version|edition|draft)s?[ ]of[ ](?:(?:this|our)[ ](?:\w+[ ])?{_ITEM}|the[ ](?:article|story|headline|caption))\b
version,headline,caption => ^\W*(?:an?[ ]|the[ ])?(?:earlier|previous|original)[ ](?:version|headline|caption)s?[ ](?:incorrectly|wrongly|mistakenly|erroneously|misspelled|misstated|misspelt|misidentified|said|stated|gave|had|of[ ]this)\b
this  => \bthis[ ](?:\w+[ ])?{_ITEM}(?:['’]s[ ](?:headline|caption|text))?[ ](?:was|has[ ]been|is|have[ ]been|had[ ]been)[ ](?:since[ ]|later[ ]|subsequently[ ])?{_CHANGED}\b
this  => \bthis[ ]{_ITEM}[ ](?:was|has[ ]been)[ ]updated[ ]on[ ].{{3,40}}[ ](?:to|with|after|because|following|in[ ]order)\b
this  => \bthis[ ](?:\w+[ ])?{_ITEM}[ ](?:originally|previously|initially|first|incorrectly|mistakenly|wrongly|erroneously)[ ](?:said|stated|reported|gave|named|misstated|misspelled|identified|described|claimed)\b
we regret,we apologi => \bwe[ ](?:regret|apologi[sz]e[ ]for)[ ](?:the|this|any|these)[ ](?:error|mistake|confusion)s?\b
in einer  => in[ ]einer[ ](?:früheren|vorherigen|ersten|ursprünglichen|älteren)[ ](?:fassung|version)[ ](?:dieses|des|unseres|der[ ]meldung|hieß|stand|haben|hatten|war|wurde|schrieben|dieser[ ]meldung)
zunächst,zuvor,ursprünglich,fälschlich,irrtümlich => in[ ](?:diesem|dem)[ ](?:artikel|text|beitrag|bericht)[ ](?:stand|hieß|hatten[ ]wir|war)\b.{{0,60}}\b(?:zunächst|zuvor|ursprünglich|fälschlich|irrtümlich)
artikel wurde,text wurde,beitrag wurde,bericht wurde => (?:dieser|der)[ ](?:artikel|text|beitrag|bericht)[ ]wurde[ ].{{0,60}}(?:korrigiert|berichtigt|geändert|ergänzt|überarbeitet|präzisiert)\b
wir haben den,wir bitten => wir[ ](?:haben[ ]den[ ]fehler[ ]korrigiert|bitten[ ](?:den|die|diesen)[ ](?:fehler|irrtum)\b)
version,première,précédente,antérieure => une?[ ](?:version[ ])?(?:précédente|première|antérieure)[ ](?:version[ ])?(?:de[ ]cet?|de[ ]notre|indiquait|affirmait|mentionnait|faisait|du[ ]texte)
cet ,cette  => cet(?:te)?[ ](?:article|texte|dépêche|version|billet)[ ](?:a[ ]été|est)[ ](?:\w+[ ]){{0,2}}?(?:corrigé|modifié|rectifié|amendé|précisé|mis[ ]à[ ]jour[ ](?:pour|avec|afin|après|à))e?
versión => una[ ]versión[ ](?:anterior|previa|inicial)[ ]de(?:l|[ ]est[ea]|[ ]la[ ](?:nota|noticia))
primera versión => (?:en[ ])?una[ ]primera[ ]versión[ ]de[ ]est[ea]
este ,esta  => est[ea][ ](?:artículo|nota|noticia|texto|información|reportaje)[ ](?:ha[ ]sido|fue|se[ ]ha|ha)[ ](?:\w+[ ])?(?:corregid[oa]|modificad[oa]|rectificad[oa]|editad[oa]|enmendad[oa]|actualizad[oa][ ](?:para|con|tras))
versione => (?:in[ ])?una[ ](?:prima[ ]|precedente[ ])?versione(?:[ ]precedente)?[ ](?:di[ ]quest|dell['’]articolo|del[ ]testo|riportava|indicava)
questo ,questa ,quest’,quest' => quest[oa'’][ ]?(?:articolo|testo|notizia)[ ]è[ ]stat[oa][ ](?:\w+[ ])?(?:corrett[oa]|modificat[oa]|rettificat[oa]|aggiornat[oa][ ](?:per|con|dopo))
versão => (?:uma[ ])?versão[ ](?:anterior|inicial|prévia)[ ]d(?:est[ea]|ess[ea]|o|a)[ ]
foi  => (?:est[ea]|ess[ea])[ ](?:artigo|texto|reportagem|matéria|notícia)[ ]foi[ ](?:\w+[ ])?(?:corrigid[oa]|alterad[oa]|modificad[oa]|retificad[oa]|editad[oa]|atualizad[oa][ ](?:para|com|após))
een eerdere,een vorige => in[ ]een[ ](?:eerdere|vorige)[ ]versie[ ](?:van|stond|werd|schreven)
een eerdere versie => een[ ]eerdere[ ]versie[ ]van[ ](?:dit|deze)
dit  => dit[ ](?:artikel|bericht|stuk|verhaal)[ ](?:is|werd)[ ].{{0,40}}(?:gecorrigeerd|aangepast|gewijzigd|gerectificeerd)
en tidigare => i[ ]en[ ]tidigare[ ]version
ln har,ten har => (?:artikeln|texten)[ ]har[ ](?:\w+[ ])?(?:rättats|korrigerats|ändrats|uppdaterats[ ](?:med|efter|för))
en tidligere => i[ ]en[ ]tidligere[ ](?:udgave|version|versjon|utgave)\b
len er,len har,len ble,sten er,sten har,aken er,aken har => (?:artiklen|artikkelen|teksten|saken)[ ](?:er|har|ble|blev)[ ](?:\w+[ ])?(?:rettet|korrigeret|korrigert|ændret|endret|opdateret[ ]med|oppdatert[ ]med)
versiossa => (?:jutun|artikkelin|uutisen)[ ](?:aiemmassa|aikaisemmassa)[ ]versiossa
korjattu,muutettu,oikaistu => (?:juttua|artikkelia|uutista)[ ]on[ ](?:\w+[ ])?(?:korjattu|muutettu|oikaistu)
wersji => w[ ](?:poprzedniej|wcześniejszej|pierwotnej|pierwszej)[ ]wersji[ ](?:tego|artykułu|tekstu|materiału)
został => (?:artykuł|tekst|materiał)[ ]został[ ](?:\w+[ ])?(?:poprawiony|zmieniony|skorygowany|sprostowany|uzupełniony)
verz => v[ ](?:předchozí|původní|dřívější|pôvodnej|predchádzajúcej)[ ]verz[ií][ ](?:článku|textu|zprávy|tohoto|jsme|sme|správy)
článek,text byl,článok => (?:článek|text|článok)[ ]byl[ ]?(?:opraven|upraven|doplněn)
cikk => (?:a[ ])?cikk(?:ünk)?[ ](?:korábbi|eredeti|első)[ ](?:változatá|verziójá)
versiune => (?:într-o|o)[ ]versiune[ ](?:anterioară|inițială)[ ]a[ ]
verziji,inačici => u[ ](?:ranijoj|prethodnoj|prvoj)[ ](?:verziji|inačici)[ ]
različici => v[ ]prejšnji[ ]različici
версии => в[ ](?:прежней|предыдущей|ранней|первоначальной|более[ ]ранней|первой)[ ]версии[ ](?:этой|этого|статьи|материала|текста|новости|публикации|данно|была|было|был|говорилось|указ)
ошибк,неточност,исправл,уточн => (?:статья|текст|материал|новость|заметка)[ ](?:был[аои]?|исправлен|обновл[её]н)[а]?[ ]?(?:исправлен|изменен|изменён|уточн[её]н|скорректирован|дополнен)?\w*[ ].{{0,40}}(?:ошибк|неточност|исправл|уточн)
версії => у[ ](?:попередній|першій|початковій|ранній)[ ]версії
версия => в[ ](?:предишна|по-ранна)[ ]версия
haberin => haberin[ ](?:önceki|ilk|eski)[ ](?:versiyonu|hali|halinde|sürüm)
düzeltil,tashih => bu[ ](?:haber|yazı|makale)[ ].{{0,40}}(?:düzeltil|tashih)
εκδοχή,έκδοση => (?:σε[ ])?(?:προηγούμενη|παλαιότερη|αρχική)[ ](?:εκδοχή|έκδοση)[ ](?:του|αυτού|της)
بنسخة => بنسخة[ ]سابقة
نسخة => نسخة[ ]سابقة[ ]من
النسخة => النسخة[ ](?:السابقة|الأولى)[ ]من
هذا,هذه => تم[ ](?:تصحيح|تعديل)[ ]هذ[اه]
בגרסה => בגרסה[ ](?:קודמת|הקודמת|ראשונה)
הכתבה => הכתבה[ ](?:תוקנה|עודכנה[ ]לאחר)
نسخه => نسخه[ ](?:قبلی|پیشین|اولیه)[ ](?:این|از)
पिछले => पिछले[ ]संस्करण
सुधार,संशोधन => इस[ ](?:लेख|खबर|रिपोर्ट)[ ]में[ ].{{0,20}}(?:सुधार|संशोधन)
versi  => versi[ ](?:sebelumnya|terdahulu|awal)[ ](?:dari[ ])?(?:artikel|berita|laporan)
ini telah => (?:artikel|berita)[ ]ini[ ]telah[ ](?:dikoreksi|diralat|diperbaiki|diubah|diperbarui[ ](?:untuk|dengan))
bản => (?:trong[ ])?(?:phiên[ ]bản|bản)[ ](?:trước|đầu|cũ)(?:[ ]đó)?[ ]của[ ](?:bài|tin)
版,バージョン,以前の記事 => 以前の(?:版|バージョン|記事)
当初の記事 => 当初の記事
初出時 => 初出時
しました,いたしました,します => (?:記事|本文|見出し|一部)を(?:一部)?(?:訂正|修正)(?:しました|いたしました|します)
版本 => (?:此前|先前|早前|较早|較早|之前)(?:的)?版本
本文 => 本文(?:已|曾)(?:更正|修改|订正|訂正)
이전 => 이전[ ]?(?:판|버전|기사)(?:에서|에는|의)
기사를 => 기사를[ ]?(?:수정|정정)(?:했습니다|합니다|하였습니다)
ก่อนหน้า => (?:ฉบับ|เวอร์ชัน)ก่อนหน้า
"""
"""Sentences that tell of a change: what stands in each, some of it at least, and the pattern."""


def _read_sentences() -> Iterator[tuple[str, re.Pattern[str]]]:
    for line in _WRITTEN.strip().split("\n"):
        hints, _, pattern = line.partition(" => ")
        compiled = compile_when_used(pattern, re.VERBOSE | re.IGNORECASE)
        for hint in hints.split(","):
            yield hint, compiled


Sentences = tuple[tuple[str, re.Pattern[str]], ...]
SENTENCES: Sentences = tuple(_read_sentences())
_SIGNS = tuple(max(hint) for hint, _ in SENTENCES)
"""The sign of each hint that most texts lack. Two of five hints are of other scripts, and one sign is found at ten times the pace of a word."""

_PROMPT = compile_when_used(
    r"""\?\s*(?:$|\S{1,30}\s(?:us|to|here)\b) | \bpolic(?:y|ies)\b | [\w.+-]+@[\w-]+\.\w | \b(?:report|submit|suggest|request|send|flag)\s(?:an?|any|us|the|your)?\s?(?:error|correction|mistake|typo|clarification|problem)s?
      | \b(?:contact|email|e-mail|write\sto|call|tell)\s(?:us|our|the\s(?:editor|news|public|readers?))\b | spot(?:ted)?\s(?:an?|something)\b | see\ssomething\swrong | let\sus\sknow | submit\scorrections | click\shere | learn\smore
      | \bfehler\s(?:gefunden|melden|entdeckt) | schreiben\ssie | korrektur(?:en)?\s(?:melden|senden|einreichen) | signaler\s(?:une|un) | écrivez | contactez | reportar\s(?:un|una|error) | escríban?os | envíe | contáctenos | segnala(?:re|teci|ci)?\s | scriv(?:ete|i)ci
      | (?:informar|reportar|comunicar)\s(?:um\s)?erro | escreva | fout\s(?:gezien|melden|gevonden) | tip\sde\sredactie | rapportera | hittat\s(?:ett\s)?fel | fundet\s(?:en\s)?fejl | funnet\s(?:en\s)?feil | (?:ilmoita|huomasitko)\s | zgłoś | nahlásit | нашли\sошибку | сообщи(?:ть|те)\sоб\sошибке
      | знайшли\sпомилку | повідом(?:ити|те)\sпро\sпомилку | hata\sbildir | βρήκατε\sλάθος | お問い合わせ | ご指摘 | 纠错 | 报错 | 오류\s?신고 | 제보 | מצאתם\sטעות | الإبلاغ\sعن | laporkan | báo\slỗi""",
    re.VERBOSE | re.IGNORECASE,
)
_PROMPT_LENGTH = 240  # a longer block says more than whom to write to

_NAMES = compile_when_used(
    r"""(?:^|[-_\s])(?:corrections? | correction[-_]?(?:note|notice|box|text|block|wrapper|container) | corrigend\w* | errat(?:um|a) | clarifications?
      | editor(?:s|ial)?[-_]?notes? | ed[-_]note | amend(?:ment|ed)?(?:[-_]note)? | update[-_]?note | story[-_]note | article[-_](?:correction|amendment|note)s? | korrektur\w* | berichtigung\w*
      | richtigstellung\w* | redaktionshinweis\w* | rectificati(?:f|on|e)s? | note[-_]redaction | correccion(?:es)? | rectificacion(?:es)? | fe[-_]de[-_]erratas? | aclaracion(?:es)? | nota[-_](?:de[-_]la[-_])?redac\w*
      | correzion[ei] | rettific[ah]e? | errata[-_]corrige | correcao | retificacao | correctie\w* | rectificatie\w* | rattelse\w* | rettelse\w* | oikaisu\w* | sprostowanie\w* | oprava | popravka | duzeltme\w* )(?=$|[-_\s])""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_NAMES = compile_when_used(
    r"(?:report|form|link|button|btn|submit|policy|icon|share|toggle|modal|popup|request)", re.IGNORECASE
)
MARK = "! "
"""What begins a correction or an editor's note in a text."""


def select_sentences(blocks: Iterable[str]) -> Sentences:
    """Return the patterns of sentences that may stand in one of these blocks: they are looked through once, for all."""
    lower = "\n".join([block[:_FIRST] for block in blocks]).lower()
    signed = zip(_SIGNS, SENTENCES, strict=True)
    return tuple(sentence for sign, sentence in signed if sign in lower and sentence[0] in lower)


def is_notice(block: str, sentences: Sentences = SENTENCES) -> bool:
    """Whether a block of text is a correction or an editor's note: by its mark, its first words, an earlier version it names."""
    return block.startswith(MARK) or has_label(block) or tells_of_change(block, sentences)


def is_correction(block: str, sentences: Sentences = SENTENCES) -> bool:
    """Whether a block says that something was wrong or was changed."""
    labelled = _may_be_labelled(block) and (_CORRECTION_LABEL.match(block) or _SURE.match(block))
    return bool(labelled and not is_prompt(block)) or tells_of_change(block, sentences)


def has_label(block: str) -> bool:
    """Whether a block begins with the word for a correction or a note."""
    return (
        _may_be_labelled(block)
        and bool(_CORRECTION_LABEL.match(block) or _SURE.match(block) or _NOTE_LABEL.match(block))
        and not is_prompt(block)
    )


def tells_of_change(block: str, sentences: Sentences = SENTENCES) -> bool:
    """Whether a sentence says that the article was changed, or what an earlier version had."""
    return _tells_of_change(block[:_FIRST], sentences) and not is_prompt(block)


def _may_be_labelled(block: str) -> bool:
    start = _START.match(block)
    return start is not None and start[1].casefold() in _STARTS


def _tells_of_change(text: str, sentences: Sentences) -> bool:
    lower = text.lower()
    likely = [pattern for hint, pattern in sentences if hint in lower]
    return bool(likely) and any(pattern.search(text) for pattern in likely)


def is_update(block: str) -> bool:
    """Whether a block begins as updates of a story do. In a live blog so does every entry."""
    return _may_be_labelled(block) and bool(_UPDATE_LABEL.match(block)) and not is_prompt(block)


def is_label(block: str) -> bool:
    """Whether a block is the word for a correction or a note alone, above what it says."""
    return _may_be_labelled(block) and bool(_ALONE.match(block))


@lru_cache(maxsize=20_000)
def names_notice(names: str) -> bool:
    """Whether class or id names of an element say that it holds a correction or a note."""
    return any(_NAMES.search(name) and not _NO_NAMES.search(name) for name in names.split())


def is_prompt(block: str) -> bool:
    """Whether a block asks the reader to report errors, or leads to the rules for corrections."""
    return len(block) < _PROMPT_LENGTH and _PROMPT.search(block) is not None

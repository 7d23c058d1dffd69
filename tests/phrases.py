"""Sentences to build made-up articles of: templates and words in several languages, all invented here."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass, field
from functools import cached_property

_syllables = "ba be bo da den dor el fen ga gor ha hil ka kel la len lo mar mer mon na nor o pel ra rin ro sa sel ta tor u val ver wen ya".split()


def _made_up(count: int, seed: int) -> list[str]:
    """Names that no language has, the same ones each time."""
    chance = random.Random(seed)
    made = (
        "".join(chance.choice(_syllables) for _ in range(chance.choice((2, 3, 3)))).capitalize()
        for _ in itertools.count()
    )
    return list(itertools.islice(dict.fromkeys(itertools.islice(made, count * 3)), count))


PLACES = _made_up(3000, 5)
FAMILIES = _made_up(1200, 6)


@dataclass(frozen=True)
class Language:
    """Sentence templates with `{slots}`; each slot is filled from its words, the first ones most often."""

    sentences: list[str]
    titles: list[str]
    words: dict[str, list[str]]
    topics: list[str]
    """Each topic has days on which it is in all the papers."""
    heading: str
    item: str
    quotation: str
    caption: str
    old: tuple[str, str] = ("", "")
    """What `reworded` puts in place of what."""
    spaced: bool = True
    slot: re.Pattern[str] = field(default=re.compile(r"\{(\w+)\}"), repr=False)

    @cached_property
    def weighted(self) -> dict[str, tuple[list[str], list[float]]]:
        """The words of each slot with weights that add up, falling as words do in real text."""
        return {
            name: (words, list(itertools.accumulate(1 / (rank + 3) ** 1.2 for rank in range(len(words)))))
            for name, words in self.words.items()
        }

    def story(self, chance: random.Random, day: int) -> tuple[str, str, str, str]:
        """Headline, standfirst, text and topic of one article printed on this day of the archive."""
        if chance.random() < 0.25:  # the subject of the week
            topic = self.topics[(day // 7) % len(self.topics)]
        else:
            topic = chance.choice(self.topics)
        place = self._word("place", chance)
        blocks = []
        for number in range(chance.randrange(4, 13)):
            sentences = [self._sentence(chance, topic, place) for _ in range(chance.randrange(1, 5))]
            blocks.append((" " if self.spaced else "").join(sentences))
            if number and chance.random() < 0.12:
                blocks.append(self.heading.format(topic=topic))
            if number and chance.random() < 0.08:
                blocks.append("> " + self.quotation)
        if chance.random() < 0.1:
            blocks += [f"- {self.item} {number}" for number in range(1, 4)]
        title = self._fill(chance.choice(self.titles), chance, topic, place)
        title = title[:1].upper() + title[1:]
        return title, self._sentence(chance, topic, place), "\n\n".join(blocks), topic

    def reworded(self, text: str) -> str:
        """The text as it stood before its publisher changed it."""
        new, old = self.old
        return text.replace(new, old, 1) if new in text else f"{old} {text}"

    def _sentence(self, chance: random.Random, topic: str, place: str) -> str:
        return self._fill(chance.choice(self.sentences), chance, topic, place)

    def _fill(self, template: str, chance: random.Random, topic: str, place: str) -> str:
        def fill(found: re.Match[str]) -> str:
            name = found[1]
            if name == "topic":
                return topic
            if name == "here":
                return place
            if name == "number":
                return str(chance.randrange(2, 4000))
            return self._word(name, chance)

        return self.slot.sub(fill, template)

    def _word(self, name: str, chance: random.Random) -> str:
        words, weights = self.weighted[name]
        return chance.choices(words, cum_weights=weights)[0]


_english_nouns = (
    "council budget minister school hospital road bridge river company bank union strike court judge police "
    "farm market price tax law vote party leader plan report study scientist storm flood fire harbour ship "
    "train airport museum team coach match season player film author festival church factory worker family "
    "teacher student doctor patient lawyer engineer contract debt loan profit shareholder export tariff border "
    "treaty embassy soldier refugee village forest climate energy gas oil wind power station reactor water "
    "supply housing rent landlord tenant pension insurance budget deficit inflation wage salary bonus fine "
    "inquiry witness evidence verdict appeal prison sentence crime theft fraud scandal resignation election "
    "campaign poll candidate debate speech promise reform proposal amendment committee parliament senate mayor "
    "governor district suburb neighbourhood square theatre orchestra gallery painting novel poem prize award "
    "vaccine virus outbreak clinic surgery nurse ambulance rescue earthquake drought harvest wheat cattle fish"
).split()

ENGLISH = Language(
    sentences=[
        "The {noun} in {here} was told on {weekday} that the {noun} would cost {number} more than planned.",
        "{family}, who has led the {noun} since the {noun} of last year, said the {topic} could not wait.",
        "Officials in {place} {verb} the {noun} after {number} people had signed a letter about the {noun}.",
        "It is the first time that the {noun} has {verb} a {noun} over {topic}, according to a {noun} seen here.",
        "“We have {verb} every {noun} that was put before us,” {family} said outside the {noun}.",
        "The {noun} and the {noun} are to be {verb} before the end of {month}.",
        "Nobody at the {noun} would say why the {noun} had not been {verb} when the {noun} began.",
        "A spokeswoman for the {noun} of {place} {verb} the {noun}, but not the figures behind it.",
        "In {place}, {number} kilometres from {here}, the {noun} has already been {verb}.",
        "Critics call the {topic} a {noun} without a {noun}; its friends say that the {noun} needs time.",
        "The {noun} rose by {number} in {month}, while the {noun} fell for the third {noun} in a row.",
        "{family} and {family} had {verb} the {noun} together before they fell out over the {noun}.",
    ],
    titles=[
        "{here} {verb} its {noun} as {topic} drags on",
        "How {topic} came to {here}",
        "{family} leaves {noun} after row over {noun}",
        "{noun} of {here} to be {verb} by {month}",
        "What the {noun} means for {place}",
        "{number} at {noun} in {here}",
    ],
    words={
        "noun": _english_nouns + [name.lower() for name in _made_up(2000, 7)],
        "verb": "approved rejected delayed defended opened closed repaired questioned announced doubled halved "
        "sold bought inspected revised cancelled welcomed".split(),
        "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
        "month": "January February March April May June July August September October November December".split(),
        "place": PLACES,
        "family": FAMILIES,
    },
    topics=["water tariff", "harbour tunnel", "school merger", "rent freeze", "rail strike", "fishing quota",
            "data centre", "night buses", "wheat blight", "glass recycling", "lantern festival", "ferry timetable"],
    heading="## What is known of the {topic}",
    item="Point",
    quotation="I was there when the gates were closed, and nobody had been told.",
    caption="The gates on the morning after the vote.",
    old=("The", "Sources say the"),
)  # fmt: skip

GERMAN = Language(
    sentences=[
        "Der {noun} in {here} teilte am {weekday} mit, dass der {noun} {number} Euro mehr kosten werde als geplant.",
        "{family} sagte, über {topic} müsse noch in diesem Jahr entschieden werden.",
        "In {place} hat der {noun} den {noun} nach langer Aussprache {verb}.",
        "Warum der {noun} nicht früher {verb} wurde, wollte am {weekday} niemand erklären.",
        "„Wir haben den {noun} {verb} und stehen dazu“, sagte {family} vor dem {noun}.",
    ],
    titles=["{here} streitet über {topic}", "{family} verlässt den {noun}", "{noun} in {here} wird {verb}"],
    words={
        "noun": "Stadtrat Haushalt Minister Bahnhof Hafen Verein Betrieb Vertrag Antrag Prozess Richter Bericht "
        "Flughafen Konzern Tarif Streik Wald Deich Neubau Verkehr Übergang Beschluss".split()
        + _made_up(600, 8),
        "verb": "beschlossen verschoben abgelehnt geprüft eröffnet geschlossen geändert verkauft".split(),
        "weekday": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
        "place": PLACES,
        "family": FAMILIES,
    },
    topics=["Mietendeckel", "Hafentunnel", "Bahnstreik", "Wassergeld", "Schulreform", "Nachtbusse"],
    heading="## Was über {topic} bekannt ist",
    item="Punkt",
    quotation="Ich war dabei, als die Tore schlossen.",
    caption="Die Tore am Morgen danach.",
    old=("Der", "Wie es heißt, hat der"),
)

FRENCH = Language(
    sentences=[
        "Le {noun} de {here} a annoncé {weekday} que le {noun} coûterait {number} euros de plus que prévu.",
        "{family} a déclaré que l’affaire « {topic} » ne pouvait plus attendre l’été.",
        "À {place}, le {noun} a été {verb} après un long débat sur le {noun}.",
        "Personne n’a voulu dire pourquoi le {noun} n’avait pas été {verb} plus tôt.",
    ],
    titles=[
        "{here} : le {noun} {verb}",
        "{topic} : {family} s’explique",
        "Ce que change le {noun} pour {place}",
    ],
    words={
        "noun": "conseil budget ministre port pont tribunal juge marché musée rapport syndicat théâtre projet "
        "contrat préfet maire hôpital lycée".split()
        + [name.lower() for name in _made_up(600, 9)],
        "verb": "adopté repoussé rejeté inauguré fermé révisé vendu défendu".split(),
        "weekday": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
        "place": PLACES,
        "family": FAMILIES,
    },
    topics=["tunnel du port", "grève du rail", "gel des loyers", "réforme scolaire", "bus de nuit"],
    heading="## Ce que l’on sait : {topic}",
    item="Point",
    quotation="J’étais là quand les portes se sont fermées.",
    caption="Les portes, le lendemain matin.",
    old=("Le", "Selon nos informations, le"),
)

JAPANESE = Language(
    sentences=[
        "{place}の{noun}は{weekday}、{topic}について{number}人から意見を聞いたと発表した。",
        "{family}氏は「{noun}を{verb}べきだ」と述べ、{noun}の見直しを求めた。",
        "{here}では{noun}と{noun}をめぐる議論が続いている。",
        "NHKなどによると、{place}の{noun}は来月にも{noun}を{verb}方針だ。",
        "関係者は、{topic}の影響で{noun}が{number}億円増えたと説明する。",
    ],
    titles=[
        "{place}の{noun}、{topic}で揺れる",
        "{topic}　{here}が{noun}を公表",
        "{family}氏が辞意　{noun}巡り",
    ],
    words={
        "noun": "市議会 予算 新空港 病院 地下鉄 裁判所 漁業 半導体 観光客 水道料金 図書館 原子力発電所 オリンピック "
        "台風 地震 選挙 首相 大学 労働組合 株価 スマートフォン 農家 保育園 高速道路".split(),
        "verb": "見直す 承認する 延期する 公開する 廃止する".split(),
        "weekday": "月曜日 火曜日 水曜日 木曜日 金曜日".split(),
        "place": "東京都 大阪府 京都市 北海道 沖縄県 横浜市 名古屋市 福岡市 広島市 仙台市 神戸市 札幌市".split(),
        "family": "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤".split(),
    },
    topics=["水道料金値上げ", "港湾トンネル", "学校統合", "家賃凍結", "夜行バス", "漁獲枠"],
    heading="## {topic}の経緯",
    item="要点",
    quotation="門が閉まったとき、私はそこにいた。",
    caption="採決翌朝の門",
    old=("は", "が"),
    spaced=False,
)

CHINESE = Language(
    sentences=[
        "{place}{noun}{weekday}表示，{topic}将影响{number}户居民。",
        "{family}先生在{here}说，{noun}必须尽快{verb}。",
        "据了解，{place}的{noun}和{noun}都已{verb}。",
        "专家认为，{topic}与{noun}有关，{noun}部门应当公开数据。",
    ],
    titles=["{place}{noun}因{topic}引发讨论", "{topic}：{here}公布{noun}", "{family}谈{noun}"],
    words={
        "noun": "市政府 预算 机场 医院 地铁 法院 渔业 半导体 旅游业 自来水 图书馆 核电站 奥运会 台风 地震 选举 总理 "
        "大学 工会 股市 智能手机 农民 幼儿园 高速公路".split(),
        "verb": "修改 批准 推迟 公开 取消".split(),
        "weekday": "周一 周二 周三 周四 周五".split(),
        "place": "北京 上海 广州 深圳 成都 武汉 南京 杭州 西安 重庆".split(),
        "family": "王 李 张 刘 陈 杨 赵 黄".split(),
    },
    topics=["水价上涨", "港口隧道", "学校合并", "租金冻结", "夜班公交"],
    heading="## 关于{topic}",
    item="要点",
    quotation="大门关上的时候我在场。",
    caption="表决次日清晨的大门",
    old=("将", "可能"),
    spaced=False,
)

KOREAN = Language(
    sentences=[
        "{place}에서 열린 회의에서 {noun} 문제가 {weekday} 논의됐다.",
        '{family} 씨는 {topic}에 대해 "{noun}을 {verb}해야 한다"고 말했다.',
        "{here}의 {noun}과 {noun}은 {number}명의 반대에도 {verb}될 전망이다.",
        "전문가들은 {topic}이 {noun}에 영향을 준다고 설명했다.",
    ],
    titles=["{place} {noun}, {topic} 논란", "{topic}… {here} {noun} 공개", "{family} 씨 사임, {noun} 갈등"],
    words={
        "noun": "시의회 예산 공항 병원 지하철 법원 어업 반도체 관광객 수도요금 도서관 원자력발전소 올림픽 태풍 지진 선거 "
        "대통령 대학교 노동조합 주가 스마트폰 농민 유치원 고속도로".split(),
        "verb": "수정 승인 연기 공개 취소".split(),
        "weekday": "월요일 화요일 수요일 목요일 금요일".split(),
        "place": "서울 부산 대구 인천 광주 대전 울산 제주 수원 전주".split(),
        "family": "김민수 이서연 박지훈 최유진 정도윤".split(),
    },
    topics=["수도요금 인상", "항만 터널", "학교 통합", "임대료 동결", "심야 버스"],
    heading="## {topic}의 경과",
    item="요점",
    quotation="문이 닫힐 때 나는 그곳에 있었다.",
    caption="표결 다음 날 아침의 문",
    old=("됐다", "될 것으로 보인다"),
)

THAI = Language(
    sentences=[
        "{noun}ใน{place}แถลงเมื่อ{weekday}ว่า{topic}จะกระทบประชาชน {number} คน ",
        "{family}กล่าวว่า{noun}ต้อง{verb}โดยเร็ว ",
        "ที่{here}มีการถกเถียงเรื่อง{noun}และ{noun} ",
    ],
    titles=["{place}ถกเรื่อง{topic}", "{noun}{place}{verb}แล้ว", "{family}ลาออกหลังปัญหา{noun}"],
    words={
        "noun": "รัฐบาล งบประมาณ สนามบิน โรงพยาบาล รถไฟฟ้า ศาล การประมง ท่องเที่ยว น้ำประปา ห้องสมุด โรงไฟฟ้า น้ำท่วม "
        "แผ่นดินไหว การเลือกตั้ง นายกรัฐมนตรี มหาวิทยาลัย แรงงาน ตลาดหุ้น โทรศัพท์ ชาวนา โรงเรียน ทางด่วน".split(),
        "verb": "แก้ไข อนุมัติ เลื่อน เปิดเผย ยกเลิก".split(),
        "weekday": "วันจันทร์ วันอังคาร วันพุธ วันพฤหัสบดี วันศุกร์".split(),
        "place": "กรุงเทพ เชียงใหม่ ภูเก็ต ขอนแก่น ชลบุรี สงขลา อยุธยา".split(),
        "family": "สมชาย สมหญิง วิชัย มาลี ประเสริฐ".split(),
    },
    topics=["ค่าน้ำขึ้นราคา", "อุโมงค์ท่าเรือ", "ควบรวมโรงเรียน", "ตรึงค่าเช่า"],
    heading="## เรื่อง{topic}",
    item="ข้อ",
    quotation="ฉันอยู่ที่นั่นตอนประตูปิด",
    caption="ประตูในเช้าวันถัดมา",
    old=("ต้อง", "ควร"),
    spaced=False,
)

LANGUAGES = {
    "en": ENGLISH, "de": GERMAN, "fr": FRENCH, "ja": JAPANESE, "zh": CHINESE, "ko": KOREAN, "th": THAI,
}  # fmt: skip

_first = "Ada Ben Clara Dora Emil Finn Greta Hugo Ida Jonas Kate Leo Mina Noor Otto Pia".split()
_latin = [f"{first} {family}" for family in FAMILIES[:60] for first in _first]
NAMES = dict.fromkeys(("en", "de", "fr"), _latin) | {
    "ja": [
        f"{family}{first}" for family in JAPANESE.words["family"] for first in ("太郎", "花子", "健", "美咲")
    ],
    "zh": [f"{family}{first}" for family in CHINESE.words["family"] for first in ("伟", "芳", "小明", "静")],
    "ko": KOREAN.words["family"] + ["윤하은", "강시우", "조서준"],
    "th": [f"{name} ใจดี" for name in THAI.words["family"]],
}

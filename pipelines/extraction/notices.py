"""Correction notices, in the languages we meet."""

from __future__ import annotations

import re

_NOTICE = re.compile(
    r"""^(?:[>\-*#\s(\[【]*)(?:
        correction | corrected | clarification | editor.?s[ ]note | update[d]?[ ]and[ ]corrected | amendment
      | korrektur | berichtigung | richtigstellung | anmerkung[ ]der[ ]redaktion | korrigiert
      | rectificatif | erratum | précision | correctif | mise[ ]au[ ]point | note[ ]de[ ]la[ ]rédaction
      | corrección | fe[ ]de[ ]erratas? | rectificación | aclaración | nota[ ]de[ ]la[ ]redacción
      | correzione | rettifica | errata[ ]corrige | precisazione
      | correção | errata | retificação | nota[ ]da[ ]redação
      | correctie | rectificatie | rättelse | rettelse | retting | oikaisu | korjaus
      | sprostowanie | korekta | oprava | исправлен | поправка | уточнение | опровержение | виправлення
      | düzeltme | διόρθωση | תיקון | تصحيح | تصويب | توضيح | اصلاحیه | सुधार | शुद्धिपत्र | koreksi | ralat
      | đính[ ]chính | 訂正 | お詫びと訂正 | お詫び | おことわり | 更正 | 勘误 | 勘誤 | 정정 | 바로잡습니다 | 바로잡음 | 알려드립니다 | แก้ไขข่าว
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_WITHIN = re.compile(
    r"""(?:an[ ])?(?:earlier|previous|original)[ ]version[ ]of[ ]this | this[ ](?:article|story|piece)[ ](?:has[ ]been|was)[ ](?:corrected|amended|updated[ ]to[ ]correct)
      | in[ ]einer[ ](?:früheren|vorherigen|ersten)[ ](?:fassung|version) | une[ ]version[ ](?:précédente|antérieure)
      | una[ ]versión[ ](?:anterior|previa) | una[ ]versione[ ]precedente | uma[ ]versão[ ]anterior
      | een[ ]eerdere[ ]versie | i[ ]en[ ]tidigare[ ]version | в[ ](?:прежней|предыдущей|ранней)[ ](?:версии|редакции)
      | we[ ]poprzedniej[ ]wersji | نسخة[ ]سابقة | 以前の版 | 初出時 | 此前版本 | 先前版本 | 이전[ ]판 | 이전[ ]기사""",
    re.VERBOSE | re.IGNORECASE,
)


def is_notice(block: str) -> bool:
    """Whether a block of text is a correction notice: by how it begins, or by an earlier version that it names."""
    return bool(_NOTICE.match(block) or _WITHIN.search(block))

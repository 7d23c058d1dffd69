"""What an extracted article is to the archive: new, unchanged, revised or a duplicate. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.decisions.likeness import is_same_text
from pipelines.items import Outcome

if TYPE_CHECKING:
    from pipelines.items import Article


@dataclass(frozen=True, slots=True)
class ArticleState:
    """What the archive has of an article, as far as decisions need it. `text` is empty where none needs it."""

    id: int
    url: str
    title: str
    content_hash: str
    revision: int = 1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an article: its outcome, the URL to store it under, and the article that it duplicates.

    Of a revision, `change` names its kinds; `before` is the old version by today's rules, when other rules made the
    stored one. `rewrite` puts the new words in place without a revision; where it is `unexplained` whether the
    publisher or the rules changed them, the old words are kept beside. `unconfirmed` says that a change must be
    seen a second time before it counts. `displaces` is the article that lies at `url` though it was found elsewhere,
    and gives way.
    """

    outcome: Outcome
    url: str
    reason: str = ""
    article_id: int | None = None
    duplicate_of: int | None = None
    change: tuple[str, ...] = ()
    before: Article | None = None
    rewrite: bool = False
    unexplained: bool = False
    unconfirmed: bool = False
    displaces: int | None = None


def decide(
    article: Article,
    own_url: str,
    own: ArticleState | None,
    same_url: ArticleState | None,
    same_text: ArticleState | None,
) -> Decision:
    """Decide what an incoming article is.

    `own` is the article that this frontier row led to before; `same_url` the one stored under the page's canonical
    URL; `same_text` the first one of the source with the same content. `own_url` is the page's own address: where a
    canonical URL leads to a different text, the publisher's template is wrong (it names one page for many), and the
    page is stored under its own address rather than lost.
    """
    if own is not None:
        return decide_again(article, own)
    if same_url is None:
        if same_text is not None:
            return Decision(
                Outcome.DUPLICATE, article.url, f"same text as {same_text.url}", duplicate_of=same_text.id
            )
        return Decision(Outcome.NEW, article.url)
    if is_same_article(article, same_url):
        return Decision(Outcome.DUPLICATE, same_url.url, f"another address of {same_url.url}", same_url.id)
    if own_url == article.url:
        # Somebody's canonical link put a text here before its own URL was fetched.
        if same_url.text and not is_same_text(article.text, same_url.text):
            return Decision(Outcome.NEW, own_url, displaces=same_url.id)
        return decide_again(article, same_url)
    if same_text is not None:
        return Decision(
            Outcome.DUPLICATE, own_url, f"same text as {same_text.url}", duplicate_of=same_text.id
        )
    return Decision(Outcome.NEW, own_url, f"its canonical link names a different article, {article.url}")


def is_same_article(article: Article, stored: ArticleState) -> bool:
    """Whether a page whose canonical link names a stored article is that article.

    Letters pages and columns have the same title each week, and further pages that of the first: their texts tell.
    """
    if stored.content_hash == article.content_hash:
        return True
    return stored.title == article.title and (not stored.text or is_same_text(article.text, stored.text))


def decide_again(article: Article, stored: ArticleState, reason: str = "") -> Decision:
    """Decide what the page of a stored article is: unchanged or revised, by its content hash."""
    if stored.content_hash == article.content_hash:
        return Decision(Outcome.UNCHANGED, stored.url, reason, article_id=stored.id)
    return Decision(Outcome.REVISED, stored.url, reason, article_id=stored.id)


def keep_stored(
    decision: Decision,
    reason: str,
    *,
    rewrite: bool = False,
    unexplained: bool = False,
    unconfirmed: bool = False,
) -> Decision:
    """Return the decision as `unchanged`: what differs is no revision."""
    return replace(
        decision,
        outcome=Outcome.UNCHANGED,
        reason=reason,
        rewrite=rewrite,
        unexplained=unexplained,
        unconfirmed=unconfirmed,
    )

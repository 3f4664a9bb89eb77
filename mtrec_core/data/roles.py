"""What the name of a column suggests: synonyms of the shops' exports, and of other fields. No torch here.

A name only suggests; `data.looks` and `data.references` ask the cells before anything is believed.
"""

import re
from functools import lru_cache


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


ENTITY_WORDS: dict[str, frozenset[str]] = {
    "user": _words(
        "user uid customer cust client visitor member buyer shopper account consumer person",
        "subscriber viewer listener reader reviewer patient student learner passenger traveller",
        "traveler guest player employee",
    ),
    "item": _words(
        "item iid product prod sku asin goods article offer listing book movie film song track",
        "game course recipe hotel restaurant place poi video news post",
    ),
    "ad": _words("ad ads advert advertisement creative banner campaign adgroup promotion promo"),
    "query": _words("query search keyword term"),
    "question": _words("question ticket utterance enquiry inquiry request"),
    "answer": _words("answer template reply response solution faq"),
}
"""Role -> words that name such a thing. The role decides on which side of a task it stands."""

WHOLE_NAME_KEYS: dict[str, str] = {
    "uid": "user",
    "iid": "item",
    "sku": "item",
    "asin": "item",
    "ean": "item",
    "gtin": "item",
    "upc": "item",
    "isbn": "book",
    "q": "query",
    "pid": "item",
    "cid": "customer",
}
"""Names that are a key by themselves -> the thing that they name."""

KEY_ENDINGS = _words("id key code no number nr uuid guid ref sku")
GLUED_ENDINGS = ("uuid", "guid", "id")
"""Endings that exports glue to a word, as in `visitorid` and `goodsid`."""

TIME_WORDS = _words("time timestamp ts date datetime day moment when at created updated week month")
TEXT_WORDS = _words(
    "text title name headline description desc summary review body comment content message",
    "question answer query abstract bio sentence document caption subject search",
)
TITLE_WORDS = ("title", "name", "headline", "subject", "caption")
IMAGE_WORDS = _words("image img picture photo thumbnail icon avatar cover")
TAG_WORDS = _words("tag tags genres categories labels topics keywords attributes")
EVENT_NAMES = _words(
    "event event_type eventtype event_name action action_type behavior behaviour",
    "behavior_type behaviour_type activity interaction interaction_type type",
)
EVENT_VALUES: dict[str, str] = {
    **dict.fromkeys(["view", "views", "viewed", "pv", "pageview", "page_view", "detail", "browse"], "view"),
    **dict.fromkeys(["click", "clicks", "clicked"], "click"),
    **dict.fromkeys(["cart", "addtocart", "add_to_cart", "add-to-cart", "basket"], "cart"),
    **dict.fromkeys(["fav", "favorite", "favourite", "wishlist", "like", "collect", "save"], "favourite"),
    **dict.fromkeys(["buy", "purchase", "purchased", "transaction", "order", "bought", "sale"], "purchase"),
    **dict.fromkeys(["impression", "impressions", "exposure", "show", "shown", "display"], "impression"),
    **dict.fromkeys(["remove", "remove_from_cart", "dislike", "hide", "skip", "return"], "rejection"),
}
"""What an event column says -> what happened."""

OUTCOME_WORDS = _words(
    "click clicked clicks isclick converted conversion purchased bought ordered liked watched",
    "played installed opened responded accepted subscribed added read finish completed",
    "convert",
)
"""Yes/no labels whose rows are offers, taken or not: such a row alone is no positive."""

LABEL_WORDS = _words(
    "label target outcome churn churned returned refunded cancelled canceled recommended flag",
    "ind indicator fraud spam sentiment relevant passed dropout readmitted",
)
RISK_WORDS = _words(
    "churn churned returned refunded refund cancelled canceled fraud spam dropout readmitted defaulted",
    "complained complaint unsubscribed disliked skipped bounced",
)
"""Yes/no labels of which a no is the good news."""
GRADE_WORDS = _words("relevance grade relevancy gain judgment judgement")
RATING_WORDS = _words("rating ratings stars star score overall")
PROFILE_WORDS = ("age", "gender", "sex", "income")
"""Facts about a person that are worth predicting where nothing else is, most wanted first."""
COUNT_WORDS = _words("count counts total quantity qty votes revenue amount sum num")
CODE_WORDS = _words("code zip zipcode postcode phone email url link ean gtin upc isbn asin path file hash")
CONTEXT_WORDS = _words(
    "position pos slot hour weekday dayofweek device platform page placement channel country",
    "os browser language locale season weather store region surface layout",
)
SPLIT_NAMES = _words("split fold partition subset set")
SPLIT_VALUES = _words("train training test testing valid validation val dev")


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `Clothing ID`, `clothingId`, `clothing_id` give (clothing, id)."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(word.lower() for word in re.findall(r"[^\W_]+", spaced))


def plain_name(name: str) -> str:
    """A name as one spells it in a `dataset.toml`: lower case, underscores."""
    return "_".join(words_of(name)) or "thing"


def singular(word: str) -> str:
    """An English word without the ending of the plural: `purchases` gives purchase, `categories` category."""
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if (
        len(word) > 2
        and word.endswith("s")
        and not word.endswith(("ss", "us", "is", "news", "goods", "series"))
    ):
        return word[:-1]
    return word


def with_article(noun: str) -> str:
    """The noun behind a or an."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def key_root(name: str) -> str:
    """The thing whose key a column seems to be (`user_id`: user, `sku`: item); "" for any other column."""
    words = words_of(name)
    if not words:
        return ""
    if len(words) == 1:
        return WHOLE_NAME_KEYS.get(words[0], "") or _glued_root(words[0])
    if words[-1] in KEY_ENDINGS:
        root = "_".join(words[:-1])
        return WHOLE_NAME_KEYS.get(root, singular(root))
    return ""


def _glued_root(word: str) -> str:
    for ending in GLUED_ENDINGS:
        root = word.removesuffix(ending)
        if root != word and role_of(root):
            return singular(root)
    return ""


def role_of(name: str) -> str:
    """A key of ENTITY_WORDS for a name that holds such a word, the last one counting; "" for others."""
    for word in reversed(words_of(name)):
        for role, known in ENTITY_WORDS.items():
            if word in known or singular(word) in known:
                return role
    return ""


def is_key_name(name: str) -> bool:
    """Whether a name says that the column identifies something."""
    return bool(key_root(name)) or words_of(name)[-1:] in (("id",), ("uuid",), ("guid",))


def has_word(name: str, known: frozenset[str]) -> bool:
    """Whether one of the words of a name is among the known ones."""
    return any(word in known for word in words_of(name))

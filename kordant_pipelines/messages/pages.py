"""The pages that a message's links lead to, in the customer's language."""

from kordant_pipelines.domain.words import mark
from kordant_pipelines.messages.language import Language
from kordant_pipelines.messages.rendering import BRAND, templates


def unsubscribe_page(language: Language, masked: str) -> str:
    """Asks before it ends messages to an address."""
    return _page(
        language,
        title=language.say(mark("No more messages?")),
        text=language.say(
            mark(
                "{brand} will send no more messages to {masked}: no alerts either, however urgent "
                "they are. Your protection goes on."
            ),
            brand=BRAND,
            masked=masked,
        ),
        button=language.say(mark("Unsubscribe this address")),
    )


def unsubscribed_page(language: Language, masked: str) -> str:
    """Says that it is done."""
    return _page(
        language,
        title=language.say(mark("Unsubscribed")),
        text=language.say(
            mark("{masked} gets no more messages. You may turn them on again in {brand}."),
            brand=BRAND,
            masked=masked,
        ),
    )


def gone_page(language: Language) -> str:
    """Says that a link opens nothing."""
    return _page(
        language,
        title=language.say(mark("This link does not work")),
        text=language.say(
            mark("It is incomplete or too old. Use the link in a newer message from {brand}."),
            brand=BRAND,
        ),
    )


def _page(language: Language, *, title: str, text: str, button: str = "") -> str:
    return (
        templates()
        .get_template("page.html")
        .render(brand=BRAND, language=language, title=title, text=text, button=button)
    )

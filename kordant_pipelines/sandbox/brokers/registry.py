"""The sandbox's brokers as registry entries, so that the real adapters find their way to them."""

from kordant_pipelines.domain.removals.brokers import (
    Broker,
    FormRecipe,
    Limit,
    Method,
    SearchRecipe,
    Sight,
)
from kordant_pipelines.sandbox.world.broker import Asked, BrokerSeed
from kordant_pipelines.sandbox.world.brokers import MAIL_DOMAIN

MOUNT = "/brokers"
_METHODS = {Asked.FORM: Method.WEB_FORM, Asked.LETTER: Method.EMAIL, Asked.GUIDED: Method.GUIDED}
_SEARCH = SearchRecipe(
    path="/search",
    query={"name": "{name}", "city": "{city}"},
    card="div.card",
    name=".card-name",
    place=".card-place",
    link="a.card-link",
    nothing="p.no-results",
    more="a.more",
)


def entry(seed: BrokerSeed, host: str, base_url: str) -> Broker:
    """A broker's entry; `host` is the sandbox's, which every link of its mails leads to."""
    url = f"{base_url}{MOUNT}/{seed.key}"
    sight = {True: Sight.SITE, False: Sight.CUSTOMER, None: Sight.NONE}[seed.shows]
    return Broker(
        key=seed.key,
        name=seed.name,
        domain=host,
        url=url,
        method=_METHODS[seed.asked],
        sight=sight,
        opt_out_url=f"{url}/optout",
        email=f"privacy@{seed.key}.{MAIL_DOMAIN}",
        covered_by=seed.covered_by,
        steps=("Open the page", "File the request") if seed.asked is Asked.GUIDED else (),
        search=_SEARCH if sight is Sight.SITE else None,
        form=_form(seed) if seed.asked is Asked.FORM else None,
        limit=Limit(requests=1000, seconds=1),
        letters_a_day=1000,
    )


def _form(seed: BrokerSeed) -> FormRecipe:
    return FormRecipe(
        path="/optout",
        fields={
            "full_name": "{name}",
            "email": "{reply_to}",
            "profile": "{profile_url}",
            "reference": "{reference}",
        },
        accepted="p.request-received",
        captcha="div.captcha",
        confirms_by_mail=seed.confirms,
        confirmed="p.request-confirmed",
        status="/optout/status" if seed.status_page else None,
        status_query={"reference": "{reference}"},
        known="p.request-known",
        unknown="p.request-unknown",
    )

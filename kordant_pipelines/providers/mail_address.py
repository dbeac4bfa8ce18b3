"""E-mail addresses as mail systems write them."""

from email_validator import EmailNotValidError, validate_email

from kordant_pipelines.domain.notices import Unaddressable


def ascii_address(address: str) -> str:
    """The address with an international domain in its ASCII form ("xn--…").

    Raises:
        Unaddressable: its local part is beyond ASCII, which few mail servers take.
    """
    try:
        written = validate_email(address, check_deliverability=False).ascii_email
    except EmailNotValidError:
        written = None
    if written is None:
        raise Unaddressable("not an address that mail servers take without SMTPUTF8")
    return written

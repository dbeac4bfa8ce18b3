"""E-mail addresses as mail systems write them."""

from email_validator import EmailNotValidError, validate_email


def ascii_address(address: str) -> str:
    """The address with an international domain in its ASCII form ("xn--…").

    A local part beyond ASCII stays as it is: only servers with SMTPUTF8 can take it.
    """
    try:
        parsed = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return address
    return parsed.ascii_email or f"{parsed.local_part}@{parsed.ascii_domain}"

"""Documents as the providers send them, for servers that send exact bytes."""

import json

BREACH = {
    "Name": "Adobe",
    "Title": "Adobe",
    "Domain": "adobe.com",
    "BreachDate": "2013-10-04",
    "AddedDate": "2013-12-04T00:00:00Z",
    "ModifiedDate": "2022-05-15T23:52:49Z",
    "PwnCount": 152445165,
    "Description": "In October 2013, <script>alert(1)</script>see <a href='https://a.b'>this</a>.",
    "DataClasses": ["Email addresses", "Passwords"],
    "IsVerified": True,
    "IsFabricated": False,
    "IsSensitive": False,
    "IsRetired": False,
    "IsSpamList": False,
    "IsInvented": "a field of the future",
}
BREACH_JSON = json.dumps(BREACH)
BREACHES_JSON = json.dumps([BREACH])
PASTES_JSON = json.dumps(
    [
        {"Source": "Pastebin", "Id": "8Q0BvKD8", "Title": "x", "Date": "2014-03-04T19:14:54Z"},
        {"Source": "AdHocUrl", "Id": "http://x.y", "Title": None, "Date": None, "EmailCount": 3},
    ]
)
NOT_FOUND_JSON = json.dumps({"statusCode": 404, "message": "Not found."})

LEAKED_PASSWORD = "correct-horse-battery"


def leak_row(**changes: object) -> dict[str, object]:
    """A LeakCheck row, with a plaintext password as the real service sends it."""
    row: dict[str, object] = {
        "email": "ada@example.com",
        "username": "ada1815",
        "password": LEAKED_PASSWORD,
        "source": {
            "name": "BreachedWebsite.net",
            "breach_date": "2019-07",
            "unverified": 0,
            "passwordless": 0,
            "compilation": 1,
        },
        "fields": ["username", "password", "first_name"],
    }
    return row | changes


def leak_page(*rows: dict[str, object], found: int | None = None) -> str:
    """A LeakCheck answer that succeeded."""
    total = len(rows) if found is None else found
    return json.dumps({"success": True, "found": total, "quota": 400, "result": rows})

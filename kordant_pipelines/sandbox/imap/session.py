"""As much of IMAP4rev1 (RFC 3501) as a reader of one inbox needs, over a world's mailbox."""

import asyncio
import imaplib
import re
from collections.abc import Callable

from kordant_pipelines.sandbox.world.letters import PASSWORD, UID_VALIDITY, USER, Delivered, Mailbox

_LINE = re.compile(rb"^(\S+) (.*?)\r?\n$", re.DOTALL)


class ImapSession:
    """One client's connection."""

    def __init__(
        self, mailbox: Mailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._mailbox = mailbox
        self._reader = reader
        self._writer = writer
        self._signed_in = False
        self._commands: dict[str, Callable[[str], bool]] = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "SELECT": self._select,
            "EXAMINE": self._select,
            "STATUS": self._status,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "NOOP": lambda _: True,
            "CLOSE": lambda _: True,
            "UNSELECT": lambda _: True,
            "LOGOUT": self._logout,
        }

    async def serve(self) -> None:
        """Answer until the client leaves."""
        try:
            self._say("* OK sandbox ready")
            await self._writer.drain()
            while match := _LINE.match(await self._reader.readline()):
                tag, rest = match[1].decode(), match[2].decode()
                self._answer(tag, rest)
                await self._writer.drain()
                if rest.upper().startswith("LOGOUT"):
                    break
        except ConnectionError:
            pass
        finally:
            self._writer.close()

    def _answer(self, tag: str, rest: str) -> None:
        words = rest.split(" ", 2 if rest.upper().startswith("UID ") else 1)
        name = " ".join(words[:-1] if len(words) > 1 else words).upper()
        arguments = words[-1] if len(words) > 1 else ""
        command = self._commands.get(name)
        open_to_all = name in {"CAPABILITY", "LOGIN", "LOGOUT", "NOOP"}
        if command is None:
            self._say(f"{tag} BAD {name} is not known here")
        elif not (self._signed_in or open_to_all):
            self._say(f"{tag} NO Sign in first")
        elif command(arguments):
            self._say(f"{tag} OK {name} completed")
        else:
            self._say(f"{tag} NO {name} refused")

    def _capability(self, _: str) -> bool:
        self._say("* CAPABILITY IMAP4rev1")
        return True

    def _login(self, arguments: str) -> bool:
        self._signed_in = arguments.replace('"', "").split() == [USER, PASSWORD]
        return self._signed_in

    def _select(self, _: str) -> bool:
        inbox = self._mailbox.inbox()
        self._say("* FLAGS (\\Seen)")
        self._say(f"* {len(inbox)} EXISTS")
        self._say("* 0 RECENT")
        self._say(f"* OK [UIDVALIDITY {UID_VALIDITY}] UIDs valid")
        return True

    def _status(self, arguments: str) -> bool:
        name = arguments.split(" ", 1)[0]
        self._say(f"* STATUS {name} (UIDVALIDITY {UID_VALIDITY})")
        return True

    def _search(self, arguments: str) -> bool:
        asked = re.search(r"UID ([\d:,*]+)", arguments)
        found = _chosen(self._mailbox.inbox(), asked[1] if asked else "1:*")
        self._say(" ".join(["* SEARCH", *(str(mail.uid) for mail in found)]))
        return True

    def _fetch(self, arguments: str) -> bool:
        for mail in _chosen(self._mailbox.inbox(), arguments.split(" ", 1)[0]):
            content = mail.content
            section = "HEADER" if "[HEADER]" in arguments else ""
            if section:
                content = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\r\n\r\n"
            date = imaplib.Time2Internaldate(mail.at).strip('"')
            head = (
                f"* {mail.uid} FETCH (UID {mail.uid} FLAGS () "
                f'INTERNALDATE "{date}" RFC822.SIZE {len(mail.content)} '
                f"BODY[{section}] {{{len(content)}}}\r\n"
            )
            self._writer.write(head.encode() + content + b")\r\n")
        return True

    def _logout(self, _: str) -> bool:
        self._say("* BYE until next time")
        return True

    def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")


def _chosen(inbox: list[Delivered], uids: str) -> list[Delivered]:
    """The mails of a set such as "1:*,7". A range names its ends in any order (RFC 3501)."""
    if not inbox:
        return []
    last = inbox[-1].uid
    wanted: set[int] = set()
    for part in uids.split(","):
        ends = [last if end == "*" else int(end) for end in part.split(":")]
        wanted.update(range(min(ends), max(ends) + 1))
    return [mail for mail in inbox if mail.uid in wanted]

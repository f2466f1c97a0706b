"""Mail as a folder of .eml files: the embedded Mailer; the demo shows it at /correo."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_binary_file, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from portal.backends.atomic import atomic_file
from portal.backends.interfaces import MailRefused, MailUnavailable, check_message

_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class MailSummary:
    """A line of the list: `id` is what `read` takes, `written` is UTC."""

    id: str
    subject: str
    sender: str
    to: str
    written: datetime


class FolderMailer:
    """One file for each Message-ID, named by its hash: the same mail sent again replaces itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """See Mailer.send; a full or read-only disk is MailUnavailable."""
        message_id = check_message(message)
        name = hashlib.sha256(message_id.encode()).hexdigest()[:32]
        try:
            content = message.as_bytes(policy=policy.SMTP)
        except (MessageError, ValueError, LookupError, UnicodeError) as error:
            raise MailRefused(f"the message cannot be written: {error}") from error
        try:
            with atomic_file(self._folder / f"{name}.eml", self._folder / ".drafts") as target:
                target.write(content)
        except OSError as error:
            raise MailUnavailable(f"cannot write the mail: {error.strerror}") from error

    def list(self, limit: int = 200) -> "list[MailSummary]":
        """The newest mails first, at most `limit`."""
        stamped = []
        for path in self._folder.glob("*.eml"):
            try:
                stamped.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:
                continue
        return [_summary(path, at) for at, path in sorted(stamped, reverse=True)[:limit]]

    def read(self, mail_id: str) -> EmailMessage:
        """The mail of a MailSummary.id; KeyError when there is none."""
        if not _NAME.fullmatch(mail_id):
            raise KeyError(mail_id)
        try:
            with (self._folder / f"{mail_id}.eml").open("rb") as stream:
                return message_from_binary_file(stream, policy=policy.default)
        except FileNotFoundError:
            raise KeyError(mail_id) from None


def _summary(path: Path, written_ns: int) -> MailSummary:
    with path.open("rb") as stream:
        headers = BytesHeaderParser(policy=policy.default).parse(stream)
    return MailSummary(
        id=path.stem,
        subject=str(headers.get("Subject", "")),
        sender=str(headers.get("From", "")),
        to=str(headers.get("To", "")),
        written=datetime.fromtimestamp(written_ns / 1e9, UTC),
    )

"""The contract of Mailer; the folder that the demo shows; what SMTP answers mean."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from mailbox import Maildir
from uuid import uuid4

import pytest

from portal.backends.eml import FolderMailer
from portal.backends.interfaces import MailRefused, MailUnavailable
from portal.backends.smtp import SmtpMailer


@pytest.fixture
def peer(smtp_peer):
    return smtp_peer


@pytest.fixture
def smtp(peer):
    return SmtpMailer("127.0.0.1", peer.port, tls="no", helo="portal.test", timeout=5)


def set_header(message: EmailMessage, name: str, value: str | None) -> EmailMessage:
    """Set a header as a careless caller could, past the checks of EmailMessage."""
    del message[name]
    if value is not None:
        message._headers.append((name, value))
    return message


def test_a_message_in_order_is_taken(mailer, message):
    mailer.send(message)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Subject", "Aviso\nBcc: otra@persona.test"),
        ("Subject", "Aviso\r\nBcc: otra@persona.test"),
        ("Subject", "Aviso\rBcc: otra@persona.test"),
        ("Subject", "Aviso\0"),
        ("To", "ana@alumnos.test\nBcc: otra@persona.test"),
        ("X-Escuela", "7\n\n<html>"),
        ("To", "ana"),
        ("To", ""),
        ("To", "ana@"),
        ("To", "ana@alumnos.test, @persona.test"),
        ("To", None),
        ("From", None),
        ("Message-ID", None),
        ("Message-ID", "<a@portal.test>\nX: y"),
    ],
)
def test_a_message_with_a_smuggled_line_or_without_its_headers_is_refused_for_good(
    mailer, message, header, value
):
    with pytest.raises(MailRefused):
        mailer.send(set_header(message, header, value))


def test_a_message_with_two_senders_is_refused(mailer, message):
    message._headers.append(("From", "otra@persona.test"))
    with pytest.raises(MailRefused):
        mailer.send(message)


def test_smtp_sends_nothing_of_a_message_that_is_refused(smtp, peer, message):
    with pytest.raises(MailRefused):
        smtp.send(set_header(message, "Subject", "Aviso\nBcc: otra@persona.test"))
    assert peer.received == []


def test_the_same_message_id_twice_is_one_mail_in_the_folder(tmp_path, message):
    mailer = FolderMailer(tmp_path)
    mailer.send(message)
    mailer.send(message)
    assert len(mailer.list()) == 1
    message.replace_header("Message-ID", "<aviso-2@portal.test>")
    mailer.send(message)
    assert len(mailer.list()) == 2


def test_the_folder_lists_and_reads_what_was_sent_with_its_accents(tmp_path, message):
    mailer = FolderMailer(tmp_path)
    mailer.send(message)
    [line] = mailer.list()
    assert (line.subject, line.sender) == (message["Subject"], message["From"])
    assert "ana@alumnos.test" in line.to
    assert "la coordinación" in mailer.read(line.id).get_content()
    assert [path.stat().st_mode & 0o777 for path in tmp_path.glob("*.eml")] == [0o600]


def test_the_folder_lists_the_newest_first_and_no_more_than_asked(tmp_path, message):
    mailer = FolderMailer(tmp_path)
    for number in range(3):
        message.replace_header("Message-ID", f"<orden-{number}@portal.test>")
        message.replace_header("Subject", f"Aviso {number}")
        mailer.send(message)
    assert [line.subject for line in mailer.list(limit=2)] == ["Aviso 2", "Aviso 1"]


@pytest.mark.parametrize("mail_id", ["", "../portal", "a" * 32, "A" * 32, "a" * 31 + "\n"])
def test_a_mail_that_is_not_in_the_folder_is_a_key_error(tmp_path, mail_id):
    with pytest.raises(KeyError):
        FolderMailer(tmp_path).read(mail_id)


def test_an_empty_folder_lists_nothing(tmp_path):
    assert FolderMailer(tmp_path / "nada").list() == []


def test_a_folder_that_cannot_be_written_is_a_temporary_failure(tmp_path, message):
    (tmp_path / "file").touch()
    with pytest.raises(MailUnavailable):
        FolderMailer(tmp_path / "file" / "correo").send(message)


def test_smtp_delivers_to_the_recipients_and_keeps_bcc_to_itself(smtp, peer, message):
    message["Bcc"] = "archivo@escuela.test"
    smtp.send(message)
    [(recipients, content)] = peer.received
    assert ["ana@alumnos.test" in recipients[0], "archivo@escuela.test" in recipients[1]] == [True, True]
    received = message_from_bytes(content, policy=policy.default)
    assert received["Bcc"] is None
    assert received["Message-ID"] == message["Message-ID"]
    assert "la coordinación" in received.get_content()


@pytest.mark.services
def test_a_real_server_takes_a_mail_with_its_accents_and_its_message_id(smtp_server, services, message):
    message.replace_header("Message-ID", f"<{uuid4().hex}@portal.test>")
    smtp_server.send(message)
    folder = Maildir(services["PORTAL_TEST_MAILDIR"], factory=None, create=False)
    [(key, raw)] = [(k, m.as_bytes()) for k, m in folder.items() if m["Message-ID"] == message["Message-ID"]]
    folder.remove(key)
    received = message_from_bytes(raw, policy=policy.default)
    assert (received["Subject"], received["To"]) == (message["Subject"], message["To"])
    assert "la coordinación" in received.get_content()


def test_smtp_signs_in_when_it_has_a_password(peer, message):
    SmtpMailer("127.0.0.1", peer.port, tls="no", user="portal", password="x", timeout=5).send(message)
    assert len(peer.received) == 1


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("CONNECT", "421 too busy", MailUnavailable),
        ("CONNECT", "554 not for you", MailUnavailable),
        ("AUTH", "535 wrong password", MailUnavailable),
        ("MAIL", "530 sign in first", MailUnavailable),
        ("MAIL", "451 later", MailUnavailable),
        ("RCPT", "450 greylisted", MailUnavailable),
        ("RCPT", "550 no such person", MailRefused),
        ("RCPT TO:<LUIS@ALUMNOS.TEST>", "550 no such person", MailRefused),
        ("RCPT TO:<LUIS@ALUMNOS.TEST>", "451 later", MailUnavailable),
        ("DATA", "451 later", MailUnavailable),
        ("CONTENT", "452 disk full", MailUnavailable),
        ("CONTENT", "554 looks like spam", MailRefused),
    ],
)
def test_smtp_tells_what_is_refused_for_good_from_what_may_be_repeated(peer, message, verb, answer, error):
    message.replace_header("To", "ana@alumnos.test, luis@alumnos.test")
    peer.replies[verb] = answer
    with pytest.raises(error):
        SmtpMailer("127.0.0.1", peer.port, tls="no", user="portal", password="x", timeout=5).send(message)


def test_a_server_without_starttls_gets_neither_password_nor_mail(peer, message):
    mailer = SmtpMailer("127.0.0.1", peer.port, tls="starttls", user="portal", password="x", timeout=5)
    with pytest.raises(MailUnavailable):
        mailer.send(message)
    assert peer.received == []


def test_a_server_that_is_not_there_is_a_temporary_failure(message):
    with pytest.raises(MailUnavailable):
        SmtpMailer("127.0.0.1", 1, tls="no", timeout=2).send(message)


def test_one_recipient_that_was_put_off_makes_the_mail_worth_repeating(smtp, peer, message):
    message.replace_header("To", "ana@alumnos.test, luis@alumnos.test, eva@alumnos.test")
    peer.replies["RCPT TO:<LUIS@ALUMNOS.TEST>"] = "550 no such person"
    peer.replies["RCPT TO:<EVA@ALUMNOS.TEST>"] = "450 greylisted"
    with pytest.raises(MailUnavailable):
        smtp.send(message)

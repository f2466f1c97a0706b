"""Mail through an SMTP server: the production Mailer."""

import smtplib
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from portal.backends.interfaces import MailRefused, MailUnavailable, check_message


class SmtpMailer:
    """One connection for each mail; `tls` is "no", "starttls" or "tls". Certificates are checked.

    A server that is slow costs at most `timeout` s for one answer and `limit` s for a mail, from greeting to
    acceptance: the caller's lease on the mail outlasts it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: str = "starttls",
        user: str | None = None,
        password: str | None = None,
        helo: str | None = None,
        timeout: float = 20.0,
        limit: float = 70.0,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._user = user
        self._password = password
        self._helo = helo
        self._timeout = timeout
        self._limit = limit

    def send(self, message: EmailMessage) -> None:
        """See Mailer.send. 5xx for this mail is MailRefused; 4xx, a wrong password, our own
        address, TLS or the network are MailUnavailable: the operator or time can mend them."""
        check_message(message)
        with _errors(), self._connection() as server:
            refused = server.send_message(message)
            if refused:
                # Some recipients have it already: a repetition keeps its Message-ID, so it is the same mail.
                _raise_for_recipients(refused)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """A server that has let us in; everything that fails before that is MailUnavailable."""
        try:
            server = self._connect()
        except smtplib.SMTPResponseException as error:
            raise MailUnavailable(f"the server did not let us in ({error.smtp_code})") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"no connection: {type(error).__name__}") from error
        try:
            yield server
        finally:
            # The mail was accepted at the end of DATA: a connection that breaks afterwards changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        where = (self._host, self._port, self._helo)
        limits = {"timeout": self._timeout, "limit": self._limit}
        server: smtplib.SMTP
        if self._tls == "tls":
            # SMTP_SSL takes other arguments by position than SMTP does.
            server = _PatientTls(*where[:2], local_hostname=self._helo, **limits, context=context)
        else:
            server = _Patient(*where, **limits)
        try:
            if self._tls == "starttls":
                server.starttls(context=context)
            if self._user is not None and self._password is not None:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


class _Patient(smtplib.SMTP):
    """An SMTP client whose patience ends: with one answer after `timeout` s, with a whole mail after `limit` s."""

    def __init__(self, *where: Any, timeout: float, limit: float, **rest: Any) -> None:
        self._each, self._limit, self._end = timeout, limit, time.monotonic() + limit
        super().__init__(*where, timeout=timeout, **rest)

    def getreply(self) -> tuple[int, bytes]:
        """The next answer, or an end of patience as the broken connection that it is."""
        self._wait_at_most(self._each)
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand the mail over; the server may want to look at it, so its answer has all the time left."""
        each, self._each = self._each, self._limit
        try:
            return super().data(msg)
        finally:
            self._each = each

    def quit(self) -> tuple[int, bytes]:
        """Say goodbye; the mail is handed over, so nobody waits for the answer."""
        self._each = 2.0
        return super().quit()

    def _wait_at_most(self, seconds: float) -> None:
        left = min(seconds, self._end - time.monotonic())
        if left <= 0:
            self.close()
            raise smtplib.SMTPServerDisconnected("the server took too long")
        if self.sock is not None:
            self.sock.settimeout(left)


class _PatientTls(_Patient, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


@contextmanager
def _errors() -> Iterator[None]:
    """smtplib's errors for one mail, permanent or temporary."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        _raise_for_recipients(error.recipients)
    except smtplib.SMTPSenderRefused as error:
        raise MailUnavailable(f"the server refuses our own address ({error.smtp_code})") from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise MailRefused(f"the server refused the mail ({error.smtp_code})") from error
        raise MailUnavailable(f"the server put it off ({error.smtp_code})") from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefused("the server takes no such address") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnavailable(f"the connection broke: {type(error).__name__}") from error
    except (ValueError, LookupError) as error:
        raise MailRefused(f"the message cannot be written: {error}") from error


def _raise_for_recipients(refused: Mapping[str, tuple[int, bytes]]) -> None:
    """Any recipient that was put off makes the mail worth repeating; otherwise it is refused."""
    codes = sorted({code for code, _ in refused.values()})
    text = f"{len(refused)} recipients refused ({', '.join(map(str, codes))})"
    if any(code < 500 for code in codes):
        raise MailUnavailable(text)
    raise MailRefused(text)

"""One mail, by SMTP."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from gitmlops.errors import InputError, ToolError

_TIMEOUT = 20.0


@dataclass(frozen=True)
class Server:
    """A server that takes mail. encryption: `starttls`, `tls` or `none`; user: empty if it does not ask."""

    host: str
    port: int
    encryption: str
    user: str = ""
    password: str = ""


def send(server: Server, *, sender: str, to: Sequence[str], subject: str, text: str, id_: str) -> None:
    """Send a plain text. id_: the same for the same news, so that a mail that comes twice is seen to be the same.

    Raises InputError for a password that would go without encryption, ToolError if the server does not take it.
    """
    if server.user and server.encryption == "none":
        mend = "use `encryption: starttls` or `tls`"
        raise InputError("the password would be readable on the way", where=server.host, mend=mend)
    message = _message(sender=sender, to=to, subject=subject, text=text, id_=id_)
    try:
        with _opened(server) as connection:
            if server.encryption == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
            refused = connection.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        mend = "look at host, port, encryption and the secrets, then tell again"
        raise ToolError(f"the mail was not taken: {_words(error)}", where=server.host, mend=mend) from error
    if refused:
        what = f"the mail was not taken for {', '.join(sorted(refused))}"
        raise ToolError(what, where=server.host, mend="mend the addresses")


def _opened(server: Server) -> smtplib.SMTP:
    if server.encryption == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)


def _message(*, sender: str, to: Sequence[str], subject: str, text: str, id_: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    message["X-Gitmlops-Alert"] = id_
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"SMTP {error.smtp_code}"
    return type(error).__name__

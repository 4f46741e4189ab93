"""Three SMTP servers (plain, STARTTLS with a password, TLS from the start) that report each mail as a JSON line."""
import asyncio
import json
import random
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult

import mail_reader

connections = 0


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("blocked"):
            return "550 5.7.1 sender refused"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        if address.startswith("later"):
            return "451 4.7.1 greylisted, try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("full"):
            return "452 4.2.2 mailbox full"
        if to.startswith("spam"):
            return "554 5.7.1 message refused"
        if to.startswith("silent"):
            await asyncio.sleep(3600)
        document = {
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "isTLS": session.ssl is not None,
            "isAuthenticated": session.authenticated, "connections": connections,
            "message": mail_reader.read(envelope.content),
        }
        print(json.dumps(document), flush=True)
        return "250 queued"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"duely" and data.password == b"secret", handled=False)


class Counting(SMTP):
    def connection_made(self, transport):
        global connections
        # STARTTLS makes the same connection a second time.
        if self._original_transport is None:
            connections += 1
        super().connection_made(transport)


async def listen(factory, context=None):
    while True:
        port = random.randrange(20000, 32768)
        try:
            await asyncio.get_running_loop().create_server(factory, "127.0.0.1", port, ssl=context)
            return port
        except OSError:
            continue


async def refuse(reader, writer):
    writer.write(b"554 5.3.2 no service here\r\n")
    await writer.drain()
    writer.close()


async def main():
    folder = sys.argv[1]
    key, cert = f"{folder}/smtp-key.pem", f"{folder}/smtp-cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
         "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    common = {"hostname": "localhost", "enable_SMTPUTF8": True}
    plain = await listen(lambda: Counting(Handler(), **common))
    start = await listen(lambda: Counting(
        Handler(), tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True,
        **common))
    secure = await listen(lambda: Counting(Handler(), **common), context)
    refusing = 0
    while not refusing:
        port = random.randrange(20000, 32768)
        try:
            await asyncio.start_server(refuse, "127.0.0.1", port)
            refusing = port
        except OSError:
            continue
    print(json.dumps({
        "plain": plain, "startTLS": start, "secure": secure, "refusing": refusing, "certificate": cert}), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())

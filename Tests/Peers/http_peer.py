"""An HTTP/1.1 server that answers, misbehaves and counts on request. Prints its ports as one JSON line."""
import asyncio
import json
import os
import random
import socket
import ssl
import struct
import subprocess
import sys

connections = 0
requests = 0
seen = []


def listening_socket():
    while True:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", random.randrange(20000, 32768)))
            sock.listen(1024)
            sock.setblocking(False)
            return sock
        except OSError:
            sock.close()


def reply(status, body=b"", headers=()):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
    length = int(dict((k.lower(), v) for k, v in headers).get("content-length", 0))
    body = await reader.readexactly(length)
    return method, target, headers, body


async def answer(writer, method, target, headers, body, served, stop_listening):
    """False closes the connection without more."""
    path, _, argument = target[1:].partition("/")
    if path == "ping":
        writer.write(reply(200, b"pong"))
    elif path == "echo":
        document = {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")}
        writer.write(reply(200, json.dumps(document).encode(), [("X-Twice", "one"), ("x-TWICE", " two ")]))
    elif path == "status":
        writer.write(reply(int(argument), b"{}", [("Location", "/ping")]))
    elif path == "slow":
        await asyncio.sleep(float(argument) / 1000)
        writer.write(reply(200, b"late"))
    elif path == "hang":
        await asyncio.sleep(3600)
    elif path == "big":
        writer.write(reply(200, b"x" * int(argument)))
    elif path == "headers":
        writer.write(reply(200, b"", [(f"H{i}", "v" * 1000) for i in range(int(argument))]))
    elif path == "half":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        return False
    elif path == "garbage":
        writer.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        return False
    elif path == "close":
        return False
    elif path == "reset":
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    elif path == "interim":
        writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n" + reply(200, b"final", [("X-Final", "yes")]))
    elif path == "die-when-kept":
        # Answers the first request of a connection; a later one is read and then everything is gone: what a server
        # looks like that is killed while it handles a request.
        if served == 0:
            writer.write(reply(200, b"alive"))
        else:
            stop_listening()
            return False
    elif path == "counts":
        document = {"connections": connections, "requests": requests, "bodies": seen[-50:]}
        writer.write(reply(200, json.dumps(document).encode()))
    else:
        writer.write(reply(404))
    return True


def handler(stop_listening):
    async def handle(reader, writer):
        global connections, requests
        connections += 1
        served = 0
        try:
            while True:
                method, target, headers, body = await read_request(reader)
                requests += 1
                if body:
                    seen.append(body.decode("latin-1")[:100])
                if not await answer(writer, method, target, headers, body, served, stop_listening):
                    break
                served += 1
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        writer.close()

    return handle


def certificate(folder):
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
         "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


async def main():
    folder = sys.argv[1]
    cert, context = certificate(folder)
    plain, secure, mortal, silent = (listening_socket() for _ in range(4))
    servers = []
    servers.append(await asyncio.start_server(handler(lambda: None), sock=plain))
    servers.append(await asyncio.start_server(handler(lambda: None), sock=secure, ssl=context))
    dying = await asyncio.start_server(handler(lambda: dying.close()), sock=mortal)

    async def say_nothing(reader, writer):
        await asyncio.sleep(3600)

    servers.append(await asyncio.start_server(say_nothing, sock=silent))
    ports = {
        "plain": plain.getsockname()[1], "secure": secure.getsockname()[1], "mortal": mortal.getsockname()[1],
        "silent": silent.getsockname()[1], "certificate": cert,
    }
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())

"""Reads a mail with Python's own parser and says what it found, as JSON: a second opinion on what we compose."""
import base64
import email
import email.policy
import email.utils
import json
import sys
from email.header import decode_header, make_header


def read(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = []
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    for part in message.walk():
        if part.is_multipart():
            continue
        text = part.get_content().replace("\r\n", "\n") if part.get_content_maintype() == "text" else None
        parts.append({
            "type": part.get_content_type(),
            "text": text,
            "content": base64.b64encode(part.get_payload(decode=True)).decode(),
            "fileName": part.get_filename(),
            "encoding": part["content-transfer-encoding"],
        })
    lines = content.split(b"\r\n")
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "subject": str(message["subject"]),
        "plainFrom": str(make_header(decode_header(email.message_from_bytes(content)["from"]))),
        "from": [[a.display_name, a.addr_spec] for a in message["from"].addresses],
        "to": [[a.display_name, a.addr_spec] for a in message["to"].addresses],
        "date": int(email.utils.parsedate_to_datetime(str(message["date"])).timestamp()),
        "structure": [part.get_content_type() for part in message.walk()],
        "parts": parts,
        "defects": defects,
        "longestLine": max(len(line) for line in lines),
        "bareLineEnds": content.replace(b"\r\n", b"").count(b"\n") + content.replace(b"\r\n", b"").count(b"\r"),
        "isASCII": all(byte < 128 for byte in content),
    }


if __name__ == "__main__":
    print(json.dumps(read(base64.b64decode(sys.argv[1]))))

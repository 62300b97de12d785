about='a key file that asks for 2^31-1 rounds of key derivation is not waited for'
prepare() { lock_as -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 2048
    # 02 02 08 00 (2048) becomes 02 04 7f ff ff ff; two bytes longer, and so are the structures around it.
    python3 -c '
import base64, sys
def element(data):
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7f
        size = int.from_bytes(data[2:at], "big")
    return data[:1], data[at:at + size], data[at + size:]
def encoded(tag, value):
    size = len(value).to_bytes(2, "big")
    return tag + (size[1:] if len(value) < 128 else b"\x81" + size[1:] if len(value) < 256 else b"\x82" + size) + value
def changed(data):
    out = b""
    while data:
        tag, value, data = element(data)
        value = changed(value) if tag == b"\x30" else b"\x7f\xff\xff\xff" if (tag, value) == (b"\x02", b"\x08\x00") else value
        out += encoded(tag, value)
    return out
begin, *body, end = sys.stdin.read().split("\n")[:-1]
print(begin, base64.encodebytes(changed(base64.b64decode("".join(body)))).decode(), end, sep="\n")
' <outputs/vendor.key >k
    chmod 600 k
    mv k outputs/vendor.key
}
err='outputs/vendor.key
more key derivation rounds'

# A TLS client with certificate and key in one PEM: python3 client.py PORT SERVER_CERT PEM prints what an HTTP server answers.
import socket
import ssl
import sys

port, server_cert, pem = sys.argv[1:]
context = ssl.create_default_context(cafile=server_cert)
context.load_cert_chain(pem)
with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as plain:
    with context.wrap_socket(plain, server_hostname="localhost") as tls:
        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while data := tls.recv(4096):
            sys.stdout.write(data.decode("utf-8", "replace"))

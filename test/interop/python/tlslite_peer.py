# tlslite-ng as a peer: tlslite_peer.py server PORT VERSION CIPHER EXCHANGE CERT KEY, or client with the same. VERSION is the minor number of the
# protocol, CIPHER and EXCHANGE are tlslite's names. A server answers two connections with what they say, a client says a line twice.

import socket
import sys

from tlslite.api import HandshakeSettings, SessionCache, TLSConnection, X509CertChain, parsePEMKey

mode, port, version, cipher, exchange, cert, key = sys.argv[1:8]


def settings():
    made = HandshakeSettings()
    made.minVersion = made.maxVersion = (3, int(version))
    made.cipherNames = [cipher]
    made.macNames = ["sha", "md5"]
    made.keyExchangeNames = [exchange]
    return made


def identity():
    chain = X509CertChain()
    with open(cert) as file:
        chain.parsePemList(file.read())
    with open(key) as file:
        return chain, parsePEMKey(file.read(), private=True)


def tell(connection):
    shown = connection.session.clientCertChain is not None
    print("DONE", connection.getVersionName(), connection.getCipherName(), connection.resumed, shown, flush=True)


def read_line(connection):
    line = b""
    while not line.endswith(b"\n"):
        more = connection.recv(100)
        if not more:
            break
        line += bytes(more)
    return line


def serve():
    chain, private = identity()
    cache = SessionCache()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    print("LISTENING", listener.getsockname()[1], flush=True)
    for _ in range(2):
        accepted, _ = listener.accept()
        connection = TLSConnection(accepted)
        connection.handshakeServer(
            certChain=chain, privateKey=private, sessionCache=cache, reqCert=True, settings=settings()
        )
        tell(connection)
        connection.send(read_line(connection))
        connection.recv(1)
        connection.close()


def connect():
    chain, private = identity()
    session = None
    for _ in range(2):
        connection = TLSConnection(socket.create_connection(("127.0.0.1", int(port))))
        name = "example.test" if int(version) > 0 else None
        connection.handshakeClientCert(chain, private, session=session, settings=settings(), serverName=name)
        session = connection.session
        tell(connection)
        connection.send(b"a line of tlslite\n")
        print("ECHO", read_line(connection).decode().strip(), flush=True)
        connection.close()


serve() if mode == "server" else connect()

// Reads a pfx with Node's TLS: node node.js FILE PASSWORD_FILE DIR (what is written: openssl.sh)
// A secure context shows neither its key nor its certificates. So a client of it shakes hands with a server: the server
// writes the certificates that it is shown, and the handshake ends well only with the first one's private key.
'use strict';
const { execFileSync } = require('child_process');
const { X509Certificate } = require('crypto');
const fs = require('fs');
const tls = require('tls');

const [file, passwordFile, dir] = process.argv.slice(2);
const context = tls.createSecureContext({
  pfx: fs.readFileSync(file),
  passphrase: fs.readFileSync(passwordFile, 'utf8').trimEnd(),
});

function serverPair() {
  const pair = `${dir}/server.pem`;
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1',
    '-keyout', pair, '-out', `${pair}.cert`], { stdio: 'ignore' });
  return { key: fs.readFileSync(pair), cert: fs.readFileSync(`${pair}.cert`) };
}

// The peer's certificates, the first of all, then what issued the one before. A root names itself as its issuer.
function chainOf(socket) {
  const chain = [];
  for (let cert = socket.getPeerCertificate(true); cert && cert.raw; cert = cert.issuerCertificate) {
    const read = new X509Certificate(cert.raw);
    if (chain.some((known) => known.fingerprint256 === read.fingerprint256)) break;
    chain.push(read);
  }
  return chain;
}

const server = tls.createServer({ ...serverPair(), requestCert: true, rejectUnauthorized: false }, (socket) => {
  const chain = chainOf(socket);
  fs.writeFileSync(`${dir}/certs.pem`, chain.map((cert) => cert.toString()).join(''));
  fs.writeFileSync(`${dir}/public.pem`, chain[0].publicKey.export({ type: 'spki', format: 'pem' }));
  socket.end();
  server.close();
});
server.on('tlsClientError', (error) => { throw error; });
server.listen(0, '127.0.0.1', () => {
  tls.connect({ host: '127.0.0.1', port: server.address().port, secureContext: context, rejectUnauthorized: false })
    .resume();
});

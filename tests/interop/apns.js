// As much of APNs as an MDM server meets, on loopback: HTTP/2, a client certificate that must come from the push CA, a topic
// that must be that certificate's UID, and Apple's words about what is wrong. `seen` holds what came: {fingerprint, trusted}
// for each TLS connection with a certificate, {fingerprint, status, reason} for each push.
'use strict';
const http2 = require('http2');

const KNOWN_TOKEN = 'ab'.repeat(32);

function isPush(body) {
  try {
    return typeof JSON.parse(body).mdm === 'string';
  } catch {
    return false;
  }
}

function answer(headers, body, cert, trusted) {
  const token = /^\/3\/device\/([0-9a-f]*)$/.exec(headers[':path']);
  if (!cert.raw) return [403, 'MissingProviderToken'];
  if (!trusted) return [403, 'BadCertificate'];
  if (headers[':method'] !== 'POST') return [405, 'MethodNotAllowed'];
  if (!token) return [404, 'BadPath'];
  if (!headers['apns-topic']) return [400, 'MissingTopic'];
  if (headers['apns-topic'] !== cert.subject.UID) return [400, 'TopicDisallowed'];
  if (!isPush(body)) return [400, 'PayloadEmpty'];
  return token[1] === KNOWN_TOKEN ? [200, ''] : [400, 'BadDeviceToken'];
}

// options: key, cert, ca (of the clients' certificates)
function serve(options) {
  const seen = [];
  const sessions = new Set();
  const server = http2.createSecureServer({ ...options, requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket) => {
    const cert = socket.getPeerCertificate();
    if (cert.raw) seen.push({ fingerprint: cert.fingerprint256, trusted: socket.authorized });
  });
  // Who only shows a certificate does not speak HTTP/2, and may hang up in the middle of a handshake.
  server.on('unknownProtocol', (socket) => socket.end());
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    let body = '';
    stream.on('error', () => {});
    stream.on('data', (data) => { body += data; });
    stream.on('end', () => {
      const { socket } = stream.session;
      const cert = socket.getPeerCertificate();
      const [status, reason] = answer(headers, body, cert, socket.authorized);
      seen.push({ fingerprint: cert.fingerprint256, status, reason });
      stream.respond({ ':status': status, 'apns-id': '00000000-0000-0000-0000-000000000000' });
      stream.end(reason && JSON.stringify({ reason }));
    });
  });
  const close = () => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port, seen, close }));
  });
}

module.exports = { KNOWN_TOKEN, serve };

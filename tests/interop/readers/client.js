// A TLS client with a pfx: node client.js PORT SERVER_CERT TLS_VERSION PFX PASSWORD_FILE prints what an HTTP server answers.
'use strict';
const fs = require('fs');
const https = require('https');

const [port, serverCert, version, pfx, passwordFile] = process.argv.slice(2);
https.get({
  host: '127.0.0.1',
  port,
  servername: 'localhost',
  ca: fs.readFileSync(serverCert),
  minVersion: version,
  maxVersion: version,
  pfx: fs.readFileSync(pfx),
  passphrase: fs.readFileSync(passwordFile, 'utf8').trimEnd(),
}, (answer) => {
  console.log(`HTTP/${answer.httpVersion} ${answer.statusCode}`);
  answer.pipe(process.stdout);
});

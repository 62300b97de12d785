// Pushes with @parse/node-apn, which takes a certificate for production for Apple's own host name only: here that is loopback.
'use strict';
const dns = require('dns');
const fs = require('fs');
const apn = require('@parse/node-apn');

const { P12, CERT, KEY, PASSWORD, PORT, CA, TOPIC, TOKEN, PAYLOAD } = process.env;
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup.call(dns, '127.0.0.1', ...rest);
const provider = new apn.Provider({
  ...(P12 ? { pfx: P12 } : { cert: CERT, key: KEY }),
  passphrase: PASSWORD,
  ca: [fs.readFileSync(CA)],
  port: Number(PORT),
  production: true,
  connectionRetryLimit: 1,
});
const push = new apn.Notification();
push.topic = TOPIC;
push.pushType = 'mdm';
push.rawPayload = JSON.parse(PAYLOAD);
provider.send(push, TOKEN).then(({ sent, failed }) => {
  if (sent.length) console.log(200);
  for (const { status, response, error } of failed) console.log(status, response ? response.reason : error);
  provider.shutdown();
  process.exitCode = failed.some(({ error }) => error) ? 1 : 0;
});

// Reads with PKIjs, whose cryptography is WebCrypto's.
'use strict';
const fs = require('fs');
const { webcrypto, X509Certificate, createPublicKey } = require('crypto');
const pkijs = require('pkijs');

const { P12, PASSWORD, DIR } = process.env;
pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));
const password = new TextEncoder().encode(PASSWORD).buffer;

async function read() {
  const pfx = pkijs.PFX.fromBER(fs.readFileSync(P12));
  await pfx.parseInternalValues({ password, checkIntegrity: true });
  const safe = pfx.parsedValue.authenticatedSafe;
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) });
  const bags = safe.parsedValue.safeContents.flatMap(({ value }) => value.safeBags.map((bag) => bag.bagValue));
  const certs = [];
  for (const bag of bags) {
    if (bag instanceof pkijs.CertBag) {
      certs.push(new X509Certificate(Buffer.from(bag.parsedValue.toSchema().toBER())));
    } else {
      await bag.parseInternalValues({ password });
      const der = Buffer.from(bag.parsedValue.toSchema().toBER());
      fs.writeFileSync(`${DIR}/public.pem`,
        createPublicKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'spki', format: 'pem' }));
    }
  }
  fs.writeFileSync(`${DIR}/certs.pem`, certs.join(''));
}

read().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

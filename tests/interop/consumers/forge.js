// Reads with node-forge, or with @expo/pkcs12 in front of it.
'use strict';
const fs = require('fs');
const forge = require('node-forge');
const expo = require('@expo/pkcs12');

const { P12, CERT, KEY, PASSWORD, DIR } = process.env;

function readP12() {
  const bytes = fs.readFileSync(P12);
  if (process.argv[2] === 'expo') {
    const p12 = expo.parsePKCS12(bytes, PASSWORD);
    return [p12, [expo.getX509Certificate(p12)]];
  }
  const p12 = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(bytes.toString('binary')), PASSWORD);
  return [p12, p12.getBags({ bagType: forge.pki.oids.certBag })[forge.pki.oids.certBag].map((bag) => bag.cert)];
}

function read() {
  if (!P12) {
    return [forge.pki.decryptRsaPrivateKey(fs.readFileSync(KEY, 'latin1'), PASSWORD),
      [forge.pki.certificateFromPem(fs.readFileSync(CERT, 'latin1'))]];
  }
  const [p12, certs] = readP12();
  const bagType = forge.pki.oids.pkcs8ShroudedKeyBag;
  return [p12.getBags({ bagType })[bagType][0].key, certs];
}

const [key, certs] = read();
fs.writeFileSync(`${DIR}/certs.pem`, certs.map((cert) => forge.pki.certificateToPem(cert)).join(''));
fs.writeFileSync(`${DIR}/public.pem`, forge.pki.publicKeyToPem(forge.pki.setRsaPublicKey(key.n, key.e)));

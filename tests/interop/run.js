// The programs and libraries that are to take what we make, each with each form. TAP, and at its end the table; what is
// expected of whom is the table in docs/servers.md. MDM_INTEROP=all tries all of them (scripts/test interop), else those marked
// `short`, with all forms or with those named there. MDMVENDOR and PRACTICE_APPLE name the two programs, BUILD_DIR a folder to build in; ctest sets them.
//
// A consumer is a program that is run for each form with these variables: FORM, and P12 or CERT and KEY, the files; PASSWORD;
// DIR, a folder of its own; CA, PORT, TOPIC, TOKEN, PAYLOAD, for a push to apns.js. Success is what can be proven from outside:
//   push    the server took the push, over a connection with our certificate
//   shown   the server saw a connection with our certificate
//   loaded  it wrote DIR/certs.pem, our certificate and no other, and DIR/public.pem, the public half of its key
//   no      it ended with an error, in the words that are expected of it
'use strict';
const { spawn, spawnSync } = require('child_process');
const { X509Certificate, createPublicKey } = require('crypto');
const fs = require('fs');
const http2 = require('http2');
const os = require('os');
const path = require('path');
const apns = require('./apns');

const root = path.resolve(__dirname, '../..');
const here = (name) => path.join(__dirname, 'consumers', name);
const modules = path.join(process.env.BUILD_DIR, '../interop/node_modules');
const built = (name) => path.join(process.env.BUILD_DIR, 'interop', name);
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'interop-'));
process.on('exit', () => fs.rmSync(tmp, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const ci = process.env.CI === 'true';
const all = process.env.MDM_INTEROP === 'all';
const password = 'customer-pass-1';
const goEnv = { GO111MODULE: 'off', GOTOOLCHAIN: 'local', GOPATH: '/usr/share/gocode', GOCACHE: built('go-cache') };
const goServers = { version: ['go', 'env', 'GOVERSION'], build: ['go', 'build', '-o', built('servers'), here('servers.go')] };
const bcJars = ['bcprov', 'bcpkix', 'bcutil'].map((name) => `/usr/share/java/${name}.jar`);
const java = (how, ...options) => ({
  version: ['sh', '-c', 'java -version 2>&1 | sed -n \'1s/[^"]*"\\([^"]*\\)".*/\\1/p\''],
  build: ['javac', '-d', built('java'), here('Push.java')],
  run: ['java', ...options, '-cp', [built('java'), ...bcJars].join(':'), 'Push', how],
});
const npm = (name, ...run) => ({
  version: ['node', '-p', `JSON.parse(fs.readFileSync('${modules}/${name}/package.json')).version`],
  run: ['node', ...run],
});
const python = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import cryptography, httpx, h2']).status === 0)
  || 'python3';
const py = (module, ...run) => ({ version: [python, '-c', `import ${module}; print(${module}.__version__)`], run: [python, ...run] });
const c = (name, versionOf, ...libraries) => ({
  version: ['pkg-config', '--modversion', versionOf],
  build: ['cc', here(`${name}.c`), '-o', built(name), ...libraries],
  run: [built(name)],
});
const ofPackage = (name) => ['sh', '-c', `dpkg-query -W -f '\${Version}' ${name} | sed 's/^[0-9]*://; s/-.*//'`];

// `why`: the words of a refusal by form; `wrong`: those to a wrong password.
const sha256 = /unknown digest algorithm/;
const consumers = {
  curl: { short: true, version: ['sh', '-c', 'curl -V | grep -q HTTP2 && curl -V | cut -d " " -f 2 | head -n 1'], run: ['sh', here('curl.sh')] },
  'PHP, curl and openssl': { version: ['php', '-r', 'echo curl_version()["version"] && openssl_get_md_methods() ? PHP_VERSION : exit(1);'], run: ['php', here('curl.php')] },
  'Ruby, openssl and http-2': { version: ['ruby', '-ropenssl', '-rhttp/2', '-e', 'print RUBY_VERSION'], run: ['ruby', here('http2.rb')] },
  'Python, httpx': py('httpx', here('httpx_push.py')),
  'Python, cryptography': { short: true, ...py('cryptography', here('cryptography_read.py')) },
  'node-apn': { short: ['compat', 'pem', 'pkcs1'], ...npm('@parse/node-apn', here('node_apn.js')) },
  'node-forge': npm('node-forge', here('forge.js')),
  '@expo/pkcs12': npm('@expo/pkcs12', here('forge.js'), 'expo'),
  PKIjs: { short: true, ...npm('pkijs', here('pkijs_read.js')), why: { compat: /./ } },
  'Java, SunJSSE and HttpClient': { ...java('jsse') },
  'Java before 8u301': { ...java('before8u301', '--add-opens=java.base/java.security=ALL-UNNAMED'), why: { modern: /HmacPBESHA256 not available/ } },
  'WSO2 IoT Server': java('jsse', `-Djava.security.properties=${here('java8.security')}`, '-Djdk.tls.client.protocols=TLSv1.2'),
  BouncyCastle: { ...java('bc'), version: ['sh', '-c', 'readlink -f /usr/share/java/bcprov.jar | grep -o "[0-9][0-9.]*[0-9]"'] },
  keytool: { short: true, ...java(), build: null, run: ['sh', here('keytool.sh')] },
  'Go, x/crypto/pkcs12 and crypto/tls': { short: true, ...goServers, run: [built('servers'), 'xcrypto'], why: { modern: sha256, locked: /failed to find PEM block|private key/ } },
  NanoMDM: { short: true, ...goServers, run: [built('servers'), 'nanomdm'], why: { locked: /"ENCRYPTED PRIVATE KEY"/ } },
  'mdmctl (MicroMDM)': { short: true, ...goServers, run: [built('servers'), 'mdmctl'], why: { compat: /invalid PEM/, modern: /invalid PEM/, pem: /tags don't match/, locked: /./ } },
  Fleet: { ...goServers, run: [built('servers'), 'fleet'] },
  Zentral: py('httpx', here('httpx_push.py'), 'zentral'),
  'OpenSSL, s_client': { version: ['sh', '-c', 'openssl version | cut -d " " -f 2'], run: ['sh', here('openssl.sh')] },
  'Perl, Net::SSLeay': { version: ['perl', '-MNet::SSLeay', '-e', 'print $Net::SSLeay::VERSION'], run: ['perl', here('net_ssleay.pl')] },
  'Erlang, ssl': {
    version: ['erl', '-noshell', '-eval', 'io:put_chars(erlang:system_info(otp_release)), {ok, _} = application:ensure_all_started(ssl), halt().'],
    build: ['erlc', '-o', built(''), here('ssl_show.erl')],
    run: ['erl', '-noshell', '-pa', built(''), '-run', 'ssl_show', 'main'],
  },
  GnuTLS: { version: ['sh', '-c', 'gnutls-cli --version | sed -n "1s/.* //p"'], run: ['sh', here('gnutls.sh')] },
  NSS: { version: ofPackage('libnss3-tools'), run: ['sh', here('nss.sh')] },
  mbedTLS: { ...c('mbedtls', 'mbedtls', '-lmbedtls', '-lmbedx509', '-lmbedcrypto'), version: ofPackage('libmbedtls-dev'), why: { locked: /./ } },
  wolfSSL: c('wolfssl', 'wolfssl', '-lwolfssl'),
  gpgsm: { version: ['sh', '-c', 'gpgsm --version | sed -n "1s/.* //p"'], run: ['sh', here('gpgsm.sh')], why: { modern: /./ } },
};

// --- The files: a finished work folder, with a practice Apple

function must(command, args, options = {}, status = 0) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.status === status) return done.stdout;
  console.log(`Bail out! ${command} ${args.join(' ')}: ${done.error || done.status}\n${done.stdout}${done.stderr}`);
  process.exit(1);
}

function makeFiles() {
  const at = (name) => path.join(tmp, name);
  const apple = (...args) => must(process.env.PRACTICE_APPLE, [args[0], at('apple'), ...args.slice(1)]);
  fs.writeFileSync(at('vendor.pass'), 'vendor pass 1\n', { mode: 0o600 });
  fs.writeFileSync(at('customer.pass'), `${password}\n`, { mode: 0o600 });
  fs.mkdirSync(at('work'));
  const mdmvendor = (status, ...args) => must(process.env.MDMVENDOR, ['-C', at('work'), '--ca-file', at('ca.pem'),
    '--vendor-password-file', at('vendor.pass'), '--customer-password-file', at('customer.pass'), ...args], {}, status);
  apple('init');
  fs.writeFileSync(at('ca.pem'), apple('bundle'));
  fs.writeFileSync(at('push-ca.pem'), apple('ca', 'aai2') + apple('ca', 'root'));
  mdmvendor(3);
  apple('vendor', at('work/outputs/vendor.csr'), at('work/inputs/mdm.cer'));
  mdmvendor(3);
  apple('push', at('work/outputs/plist_encode.txt'), at('work/inputs/MDM_Certificate.pem'));
  const topic = /^Topic ID: (.*)$/m.exec(mdmvendor(0))[1];
  fs.copyFileSync(at('work/outputs/MDM_APNSCert.pfx'), at('compat.pfx'));
  mdmvendor(0, '3', '--pfx', 'modern');
  fs.copyFileSync(at('work/outputs/MDM_APNSCert.pfx'), at('modern.pfx'));
  fs.copyFileSync(at('compat.pfx'), at('push.p12'));
  mdmvendor(0, 'export', '--pem', at('push.pem'));
  must('openssl', ['x509', '-in', at('push.pem'), '-out', at('push.crt')]);
  fs.copyFileSync(at('push.crt'), at('work/outputs/MDM_APNSCert.crt'));
  must('openssl', ['pkey', '-traditional', '-in', at('push.pem'), '-out', at('push.key')]);
  const certify = (name, ...args) => must('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout',
    at(`${name}.key`), '-out', at(`${name}.pem`), ...args]);
  certify('server-ca', '-subj', '/CN=server CA', '-addext', 'keyUsage=critical,keyCertSign');
  certify('server', '-subj', '/CN=api.push.apple.com', '-CA', at('server-ca.pem'), '-CAkey', at('server-ca.key'), '-addext',
    'subjectAltName=DNS:api.push.apple.com,DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE');
  const cert = new X509Certificate(fs.readFileSync(at('push.crt')));
  return {
    topic,
    fingerprint: cert.fingerprint256,
    publicKey: cert.publicKey,
    server: { key: fs.readFileSync(at('server.key')), cert: fs.readFileSync(at('server.pem')), ca: fs.readFileSync(at('push-ca.pem')) },
    forms: {
      compat: { P12: at('compat.pfx') },
      modern: { P12: at('modern.pfx') },
      p12: { P12: at('push.p12') },
      pem: { CERT: at('push.pem'), KEY: at('push.pem') },
      pkcs1: { CERT: at('push.crt'), KEY: at('push.key') },
      locked: { CERT: at('push.crt'), KEY: at('work/outputs/customer.key') },
    },
  };
}

// --- What is expected: the rows of docs/servers.md

const servers = fs.readFileSync(path.join(root, 'docs/servers.md'), 'utf8');
const columns = ['compat', 'modern', 'p12', 'pem', 'pkcs1', 'locked'];

function readTable() {
  const rows = {};
  for (const line of servers.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length === columns.length + 4 && cells[1] !== 'consumer' && !cells[1].startsWith('--')) {
      rows[cells[1]] = Object.fromEntries(columns.map((form, i) => [form, cells[i + 3]]));
    }
  }
  return rows;
}

// What a cell expects of this version: "no, from 3.6: shown".
function expectedOf(cell, version) {
  const [old, since, now] = cell.split(/, from |: /);
  const number = (text) => text.split('.').reduce((sum, part) => sum * 1000 + parseInt(part, 10), 0);
  return since && number(version.split('.').slice(0, 2).join('.')) >= number(since) ? now : old;
}

// --- TAP

let number = 0;
let failures = 0;

function report(good, name, detail = '') {
  number += 1;
  if (!good) failures += 1;
  console.log(`${good ? 'ok' : 'not ok'} ${number} - ${name}`);
  if (!good) console.log(detail.replace(/^/gm, '#   '));
}

function skip(name, why) {
  if (ci) return report(false, name, why);
  number += 1;
  return console.log(`ok ${number} - ${name} # SKIP ${why}`);
}

// --- What the table rests on

// The server does look: nobody, and who comes from another CA, is kept out.
async function checkServer(files) {
  const strangers = { MissingProviderToken: {}, BadCertificate: { key: files.server.key, cert: files.server.cert } };
  for (const [reason, identity] of Object.entries(strangers)) {
    const server = await apns.serve(files.server);
    const client = http2.connect(`https://127.0.0.1:${server.port}`, { ca: fs.readFileSync(path.join(tmp, 'server-ca.pem')), ...identity });
    const request = client.request({ ':method': 'POST', ':path': `/3/device/${apns.KNOWN_TOKEN}`, 'apns-topic': files.topic });
    let body = '';
    request.end('{"mdm":"magic"}');
    for await (const data of request) body += data;
    report(body.includes(reason), `the server answers ${reason}`, body);
    client.destroy();
    server.close();
  }
}

// The line of docs/servers.md that asks Apple, as it stands there but for the topic, at a terminal.
async function checkProof(files) {
  const proof = /^curl .*api\.push\.apple\.com.*$/m.exec(servers)[0];
  const server = await apns.serve(files.server);
  fs.writeFileSync(path.join(tmp, '.curlrc'), `connect-to = "api.push.apple.com:443:127.0.0.1:${server.port}"\ncacert = "${tmp}/server-ca.pem"\n`);
  const script = 'set timeout 60\nspawn sh -c $env(LINE)\nexpect {\n"phrase" { send "$env(PASSWORD)\\r"; exp_continue }\neof\n}';
  const at = (line) => start(['expect', '-c', script], { LINE: line, PASSWORD: password, CURL_HOME: tmp, DIR: path.join(tmp, 'work') });
  const lines = {
    BadDeviceToken: proof.replace('TOPIC', files.topic),
    TopicDisallowed: proof.replace('TOPIC', `${files.topic}0`),
    'curl: (58)': proof.replace('TOPIC', files.topic).replace(/--cert .*customer.key/, '--cert-type P12 --cert outputs/MDM_APNSCert.pfx'),
  };
  for (const [answer, line] of Object.entries(lines)) {
    const { output } = await at(line);
    report(output.includes(answer) && output.includes('phrase') === line.includes('--key'), `curl's proof: ${answer}`, output);
  }
  server.close();
}

// --- One consumer

const environment = { ...process.env, ...goEnv, LC_ALL: 'C.UTF-8', ERL_CRASH_DUMP_SECONDS: '0', NODE_PATH: modules };
delete environment.OPENSSL_CONF;

function start(command, env, limit = 120) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { cwd: env.DIR, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000);
    let output = '';
    let stdout = '';
    child.stdout.on('data', (data) => { output += data; stdout += data; });
    child.stderr.on('data', (data) => { output += data; });
    child.on('error', (error) => resolve({ status: 127, output: String(error), stdout }));
    child.on('close', (status) => { clearTimeout(timer); resolve({ status, output, stdout }); });
  });
}

function loaded(dir, files) {
  try {
    const certs = fs.readFileSync(`${dir}/certs.pem`, 'utf8');
    return certs.split('-----BEGIN CERTIFICATE').length === 2 && new X509Certificate(certs).fingerprint256 === files.fingerprint
      && createPublicKey(fs.readFileSync(`${dir}/public.pem`)).equals(files.publicKey);
  } catch {
    return false;
  }
}

// attempt CONSUMER FORM: what came of it, and what was said.
async function attempt(consumer, form, files, changes = {}) {
  const server = await apns.serve(files.server);
  const dir = fs.mkdtempSync(path.join(tmp, 'run-'));
  const env = { FORM: form, ...files.forms[form], PASSWORD: password, DIR: dir, CA: path.join(tmp, 'server-ca.pem'),
    PORT: String(server.port), TOPIC: files.topic, TOKEN: apns.KNOWN_TOKEN, PAYLOAD: '{"mdm":"magic"}', ...changes };
  const { status, output, stdout } = await start(consumer.run, env);
  // A client of TLS 1.3 can be gone before the server has read its certificate.
  if (status === 0 && !loaded(dir, files)) await new Promise((resolve) => { setTimeout(resolve, server.seen.length ? 0 : 300); });
  server.close();
  const ours = server.seen.filter(({ fingerprint }) => fingerprint === files.fingerprint);
  let result = 'no';
  if (ours.some((seen) => seen.status === 200) && /\b200\b/.test(stdout)) result = 'push';
  else if (ours.some(({ trusted }) => trusted)) result = 'shown';
  else if (loaded(dir, files)) result = 'loaded';
  else if (status === 0) result = 'nothing';
  return { result, output: `${output}\nstatus ${status}; the server saw ${JSON.stringify(server.seen)}`, stdout };
}

async function tryForms(name, consumer, cells, version, files) {
  const row = {};
  const expected = Object.fromEntries(columns.map((form) => [form, expectedOf(cells[form], version)]));
  for (const form of columns) {
    row[form] = expected[form];
    if (expected[form] === '–' || (!all && Array.isArray(consumer.short) && !consumer.short.includes(form))) continue;
    const { result, output } = await attempt(consumer, form, files);
    const words = result !== 'no' || (consumer.why && consumer.why[form] || /./).test(output);
    row[form] = result;
    report(result === expected[form] && words, `${name}: ${form}: ${expected[form]}`, `${result}\n${output}`);
  }
  const loads = columns.filter((form) => !['–', 'no'].includes(row[form]));
  if (loads.some((form) => files.forms[form].P12)) {
    const form = loads.find((candidate) => files.forms[candidate].P12);
    const { result, output } = await attempt(consumer, form, files, { PASSWORD: 'not-the-password' });
    report(result === 'no', `${name}: ${form}: refuses a wrong password`, output);
  }
  const pushed = columns.find((form) => row[form] === 'push');
  if (pushed) {
    for (const [change, reason] of [[{ TOPIC: `${files.topic}0` }, 'TopicDisallowed'], [{ TOKEN: 'cd'.repeat(32) }, 'BadDeviceToken']]) {
      const { stdout, output } = await attempt(consumer, pushed, files, change);
      report(stdout.includes('400') && stdout.includes(reason), `${name}: hears ${reason}`, output);
    }
  }
  return row;
}

const builds = {};

async function tryConsumer(name, consumer, expected, files) {
  const version = await start(consumer.version, {});
  const text = version.stdout.trim();
  const missing = version.status !== 0 || !text;
  if (missing) {
    skip(name, `not installed (scripts/setup --interop): ${version.output.trim().split('\n').pop()}`);
    return [text, Object.fromEntries(columns.map((form) => [form, 'skipped']))];
  }
  if (consumer.build) {
    builds[consumer.build] = builds[consumer.build] || start(consumer.build, {}, 300);
    const { status, output } = await builds[consumer.build];
    if (status !== 0) {
      report(false, `${name}: build`, output);
      return [text, {}];
    }
  }
  return [text, await tryForms(name, consumer, expected, text, files)];
}

async function main() {
  const expected = readTable();
  fs.mkdirSync(built(''), { recursive: true });
  const chosen = Object.keys(consumers).filter((name) => all || consumers[name].short);
  for (const name of Object.keys({ ...consumers, ...expected })) {
    if (!(name in consumers && name in expected)) report(false, `${name} is tried, and in docs/servers.md`);
  }
  const files = makeFiles();
  await checkServer(files);
  await checkProof(files);
  const rows = {};
  const queue = chosen.filter((name) => name in expected);
  await Promise.all(os.cpus().map(async () => {
    for (let name = queue.shift(); name; name = queue.shift()) rows[name] = await tryConsumer(name, consumers[name], expected[name], files);
  }));
  const lines = chosen.filter((name) => rows[name]).map((name) => `| ${[name, rows[name][0], ...columns.map((form) => rows[name][1][form])].join(' | ')} |`);
  for (const line of lines) console.log(`# ${line}`);
  if (all) fs.writeFileSync(built('table.md'), `${lines.join('\n')}\n`);
  console.log(`1..${number}`);
  process.exitCode = failures ? 1 : 0;
}

main();

<?php
// Pushes with PHP's curl, after PHP's openssl has read the file.
function fail($why)
{
    fwrite(STDERR, "$why\n");
    exit(1);
}

$p12 = getenv('P12');
if ($p12 && !openssl_pkcs12_read(file_get_contents($p12), $read, getenv('PASSWORD')))
    fail('openssl_pkcs12_read: ' . openssl_error_string());
if (!$p12 && !openssl_pkey_get_private('file://' . getenv('KEY'), getenv('PASSWORD')))
    fail('openssl_pkey_get_private: ' . openssl_error_string());
$curl = curl_init('https://127.0.0.1:' . getenv('PORT') . '/3/device/' . getenv('TOKEN'));
curl_setopt_array($curl, [
    CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_2_0,
    CURLOPT_CAINFO => getenv('CA'),
    CURLOPT_SSLCERTTYPE => $p12 ? 'P12' : 'PEM',
    CURLOPT_SSLCERT => $p12 ?: getenv('CERT'),
    CURLOPT_KEYPASSWD => getenv('PASSWORD'),
    CURLOPT_POSTFIELDS => getenv('PAYLOAD'),
    CURLOPT_HTTPHEADER => ['apns-topic: ' . getenv('TOPIC'), 'apns-push-type: mdm'],
    CURLOPT_RETURNTRANSFER => true,
] + ($p12 ? [] : [CURLOPT_SSLKEY => getenv('KEY')]));
$body = curl_exec($curl);
if ($body === false)
    fail(curl_error($curl));
echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), " $body\n";

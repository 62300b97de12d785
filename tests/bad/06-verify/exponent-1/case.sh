about='a CSR for an RSA key with the exponent 1, which takes no private key to make: neither verified nor signed'
from=signing
prepare() {
    perl -e 'sub der { my ($tag, $body) = @_; my $n = length $body;
            pack("C", $tag) . ($n < 128 ? chr $n : "\x82" . pack("n", $n)) . $body }
        my $key = der(48, der(2, "\0" . "\xff" x 256) . der(2, "\1"));
        my $info = der(48, der(2, "\0") . der(48, "") . der(48, pack("H*", "300d06092a864886f70d0101010500") . der(3, "\0$key")) . "\xa0\0");
        open my $file, ">", "info"; print $file $info; close $file;
        my $signature = "\0\1" . "\xff" x 202 . "\0" . pack("H*", "3031300d060960864801650304020105000420") . qx(openssl dgst -sha256 -binary info);
        print der(48, $info . pack("H*", "300d06092a864886f70d01010b0500") . der(3, "\0$signature"))' >e1.der
    request csr=e1.der | encode >request.txt
}
run() { mdm sign -o request e1.der; mdm verify request.txt; }
err="the key of 'e1.der' has a public exponent that is 1 or even"
out='✗ csr key: '
check() { [ ! -e request ]; }

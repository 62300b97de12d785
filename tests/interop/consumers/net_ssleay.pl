# Shows the certificate with Perl's Net::SSLeay.
use strict;
use warnings;
use IO::Socket::INET;
use Net::SSLeay;

my $context = Net::SSLeay::CTX_new() or die;
Net::SSLeay::CTX_load_verify_locations($context, $ENV{CA}, '') or die;
Net::SSLeay::CTX_set_verify($context, &Net::SSLeay::VERIFY_PEER, 0);
if ($ENV{P12}) {
    my ($key, $cert) = Net::SSLeay::P_PKCS12_load_file($ENV{P12}, 0, $ENV{PASSWORD});
    die "P_PKCS12_load_file: " . Net::SSLeay::ERR_error_string(Net::SSLeay::ERR_get_error()) . "\n" unless $key && $cert;
    Net::SSLeay::CTX_use_certificate($context, $cert) or die;
    Net::SSLeay::CTX_use_PrivateKey($context, $key) or die;
} else {
    Net::SSLeay::CTX_set_default_passwd_cb($context, sub { $ENV{PASSWORD} });
    Net::SSLeay::set_cert_and_key($context, $ENV{CERT}, $ENV{KEY}) or die;
}
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ENV{PORT}) or die;
my $tls = Net::SSLeay::new($context);
Net::SSLeay::set_fd($tls, fileno($socket));
Net::SSLeay::connect($tls) == 1 or die Net::SSLeay::print_errs('connect');
Net::SSLeay::shutdown($tls);

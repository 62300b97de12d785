/*
 * How each kind of certificate looks, after Apple's own: Apple Root CA, WWDR G3 (AppleIncRootCertificate.cer,
 * AppleWWDRCAG3.cer from https://www.apple.com/certificateauthority/), vendor certificates of 2025 and 2026, and push
 * certificates of 2021 (micromdm/nanomdm test/e2e/testdata/push.pem) to 2026. Apple's OIDs lie
 * below 1.2.840.113635.100.
 */
#include "practice/profile.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#define NOTICE                                                                                                         \
    "[notice]\n"                                                                                                       \
    "explicitText = UTF8:PRACTICE ONLY. Made on this machine for a rehearsal. Nobody vouches for this certificate "    \
    "and "                                                                                                             \
    "no service accepts it.\n"

const char mdm_profile_vendor[] = "[extensions]\n"
                                  "basicConstraints = critical, CA:FALSE\n"
                                  "authorityKeyIdentifier = keyid:always\n"
                                  "authorityInfoAccess = caIssuers;URI:http://certs.practice.invalid/${ca}.der, "
                                  "OCSP;URI:http://ocsp.practice.invalid/ocsp03-${ca}10\n"
                                  "certificatePolicies = @policy\n"
                                  "subjectKeyIdentifier = hash\n"
                                  "keyUsage = critical, digitalSignature\n";
const char mdm_profile_vendor_marker[] = "1.2.840.113635.100.4.12 = DER:0500\n";
const char mdm_profile_vendor_policy[] = "[policy]\n"
                                         "policyIdentifier = 1.2.840.113635.100.5.1\n"
                                         "userNotice.1 = @notice\n"
                                         "CPS.1 = https://practice.invalid/certificateauthority/\n" NOTICE;

const char mdm_profile_push[] = "[extensions]\n"
                                "basicConstraints = CA:FALSE\n"
                                "authorityKeyIdentifier = keyid:always\n"
                                "certificatePolicies = @policy\n"
                                "extendedKeyUsage = clientAuth\n"
                                "crlDistributionPoints = URI:http://crl.practice.invalid/${ca}ca.crl\n"
                                "subjectKeyIdentifier = hash\n"
                                "keyUsage = digitalSignature\n";
const char mdm_profile_push_marker[] = "1.2.840.113635.100.6.3.2 = DER:0500\n";
const char mdm_profile_push_policy[] = "[policy]\n"
                                       "policyIdentifier = 1.2.840.113635.100.5.1\n"
                                       "userNotice.1 = @notice\n"
                                       "CPS.1 = http://practice.invalid/certificateauthority\n" NOTICE;

static const char root_extensions[] = "[extensions]\n"
                                      "keyUsage = critical, keyCertSign, cRLSign\n"
                                      "basicConstraints = critical, CA:TRUE\n"
                                      "subjectKeyIdentifier = hash\n"
                                      "authorityKeyIdentifier = keyid:always\n"
                                      "certificatePolicies = @policy\n"
                                      "[policy]\n"
                                      "policyIdentifier = 1.2.840.113635.100.5.1\n"
                                      "CPS.1 = https://practice.invalid/appleca/\n"
                                      "userNotice.1 = @notice\n" NOTICE;

#define INTERMEDIATE_EXTENSIONS(marker)                                                                                \
    "[extensions]\n"                                                                                                   \
    "basicConstraints = critical, CA:TRUE, pathlen:0\n"                                                                \
    "authorityKeyIdentifier = keyid:always\n"                                                                          \
    "authorityInfoAccess = OCSP;URI:http://ocsp.practice.invalid/ocsp03-applerootca\n"                                 \
    "crlDistributionPoints = URI:http://crl.practice.invalid/${ca}.crl\n"                                              \
    "subjectKeyIdentifier = hash\n"                                                                                    \
    "keyUsage = critical, keyCertSign, cRLSign\n" marker " = DER:0500\n"

static const char wwdr_extensions[] = INTERMEDIATE_EXTENSIONS("1.2.840.113635.100.6.2.1");
static const char push_ca_extensions[] = INTERMEDIATE_EXTENSIONS("1.2.840.113635.100.6.2.3");

#define ORGANISATION "Practice Apple Inc."
#define DEPARTMENT   "PRACTICE Certification Authority"
#define YEARS(n)     ((n)*365)

#define WWDR_SUBJECT(generation)                                                                                       \
    {                                                                                                                  \
        {NID_commonName, V_ASN1_UTF8STRING, "PRACTICE Worldwide Developer Relations Certification Authority"},         \
            {NID_organizationalUnitName, V_ASN1_UTF8STRING, generation},                                               \
            {NID_organizationName, V_ASN1_UTF8STRING, ORGANISATION},                                                   \
        {                                                                                                              \
            NID_countryName, V_ASN1_PRINTABLESTRING, "US"                                                              \
        }                                                                                                              \
    }

const struct mdm_ca_profile mdm_ca_profiles[MDM_PRACTICE_CA_COUNT] = {
    [MDM_PRACTICE_ROOT] = {"root",
                           {{NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
                            {NID_organizationName, V_ASN1_PRINTABLESTRING, ORGANISATION},
                            {NID_organizationalUnitName, V_ASN1_PRINTABLESTRING, DEPARTMENT},
                            {NID_commonName, V_ASN1_PRINTABLESTRING, "PRACTICE Root CA"}},
                           1,
                           YEARS(15),
                           YEARS(15),
                           root_extensions},
    [MDM_PRACTICE_WWDR] = {"wwdrg3", WWDR_SUBJECT("G3"), 16, YEARS(5), YEARS(5), wwdr_extensions},
    [MDM_PRACTICE_WWDR_OTHER] = {"wwdrg4", WWDR_SUBJECT("G4"), 20, YEARS(5), YEARS(5), wwdr_extensions},
    [MDM_PRACTICE_PUSH] = {"aai2",
                           {{NID_commonName, V_ASN1_UTF8STRING,
                             "PRACTICE Application Integration 2 Certification Authority"},
                            {NID_organizationalUnitName, V_ASN1_UTF8STRING, DEPARTMENT},
                            {NID_organizationName, V_ASN1_UTF8STRING, ORGANISATION},
                            {NID_countryName, V_ASN1_PRINTABLESTRING, "US"}},
                           8,
                           YEARS(5),
                           YEARS(5),
                           push_ca_extensions},
    [MDM_PRACTICE_WWDR_UNKNOWN] = {"wwdrg9", WWDR_SUBJECT("G9"), 16, YEARS(1), YEARS(10), wwdr_extensions},
    [MDM_PRACTICE_WWDR_EXPIRED] = {"wwdrg1", WWDR_SUBJECT("G1"), 8, YEARS(10), -30, wwdr_extensions},
};

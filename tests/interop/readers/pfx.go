// Reads a pfx with x/crypto/pkcs12, as MicroMDM does: pfx FILE PASSWORD_FILE DIR (what is written: openssl.sh)
package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/pkcs12"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

func write(name, kind string, der []byte) {
	must(os.WriteFile(filepath.Join(os.Args[3], name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func main() {
	log.SetFlags(0)
	password := strings.TrimRight(string(read(os.Args[2])), "\n")
	// Decode takes one key and one certificate, and nothing beside them.
	key, cert, err := pkcs12.Decode(read(os.Args[1]), password)
	must(err)
	write("certs.pem", "CERTIFICATE", cert.Raw)
	public, err := x509.MarshalPKIXPublicKey(key.(*rsa.PrivateKey).Public())
	must(err)
	write("public.pem", "PUBLIC KEY", public)
}

// Reads the PEM of export as the MDM servers in Go do: pem nanomdm|mdmctl FILE DIR writes DIR/certs.pem, what certificates
// it found, and DIR/public.pem, the public half of the key.
package main

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log"
	"os"
	"path/filepath"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func write(name, kind string, ders ...[]byte) {
	var text []byte
	for _, der := range ders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	must(os.WriteFile(filepath.Join(os.Args[3], name), text, 0o600))
}

// NanoMDM hands certificate and key of one file to X509KeyPair, which wants the key clear and theirs to be one pair.
func nanomdm(text []byte) *rsa.PrivateKey {
	pair, err := tls.X509KeyPair(text, text)
	must(err)
	write("certs.pem", "CERTIFICATE", pair.Certificate...)
	return pair.PrivateKey.(*rsa.PrivateKey)
}

// mdmctl takes a key in the form of PKCS#1 only.
func mdmctl(text []byte) *rsa.PrivateKey {
	var certs [][]byte
	var key *rsa.PrivateKey
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certs = append(certs, block.Bytes)
			continue
		}
		read, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		must(err)
		key = read
	}
	write("certs.pem", "CERTIFICATE", certs...)
	return key
}

func main() {
	log.SetFlags(0)
	text, err := os.ReadFile(os.Args[2])
	must(err)
	read := map[string]func([]byte) *rsa.PrivateKey{"nanomdm": nanomdm, "mdmctl": mdmctl}[os.Args[1]]
	public, err := x509.MarshalPKIXPublicKey(read(text).Public())
	must(err)
	write("public.pem", "PUBLIC KEY", public)
}

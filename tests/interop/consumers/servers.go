// Loads as the MDM servers in Go do, and pushes with what it got: servers xcrypto|nanomdm|mdmctl|fleet. Of NanoMDM, mdmctl
// and Fleet these are the loaders' rules, as strict as theirs, over the same library calls.
package main

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/pkcs12"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func read(name string) []byte { return must(os.ReadFile(os.Getenv(name))) }

// x/crypto/pkcs12 takes one key and one certificate, and nothing beside them.
func fromP12() tls.Certificate {
	key, cert, err := pkcs12.Decode(read("P12"), os.Getenv("PASSWORD"))
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key.(*rsa.PrivateKey)}
}

func xcrypto() tls.Certificate {
	if os.Getenv("P12") != "" {
		return fromP12()
	}
	return fleet()
}

// Two files, or two variables with their contents.
func fleet() tls.Certificate { return must(tls.X509KeyPair(read("CERT"), read("KEY"))) }

// One body with one certificate and one unencrypted key.
func nanomdm() tls.Certificate {
	var body []byte
	if os.Getenv("P12") != "" {
		body = read("P12")
	} else if body = read("CERT"); os.Getenv("CERT") != os.Getenv("KEY") {
		body = append(body, read("KEY")...)
	}
	var cert, key []byte
	for block, rest := pem.Decode(body); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE" && cert == nil:
			cert = pem.EncodeToMemory(block)
		case (block.Type == "PRIVATE KEY" || block.Type == "RSA PRIVATE KEY") && key == nil && block.Headers["DEK-Info"] == "":
			key = pem.EncodeToMemory(block)
		default:
			log.Fatalf("unexpected PEM block %q", block.Type)
		}
	}
	return must(tls.X509KeyPair(cert, key))
}

// A name that ends with .p12, or a certificate alone beside a key whose first block is in the form of PKCS#1.
func mdmctl() tls.Certificate {
	if filepath.Ext(os.Getenv("P12")) == ".p12" {
		return fromP12()
	}
	if os.Getenv("P12") != "" {
		os.Setenv("CERT", os.Getenv("P12"))
		os.Setenv("KEY", os.Getenv("P12"))
	}
	block, _ := pem.Decode(read("KEY"))
	if block == nil {
		log.Fatal("invalid PEM data for the private key")
	}
	key := must(x509.ParsePKCS1PrivateKey(block.Bytes))
	block, rest := pem.Decode(read("CERT"))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		log.Fatal("not a certificate alone")
	}
	cert := must(x509.ParseCertificate(block.Bytes))
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func push(cert tls.Certificate) (*http.Response, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(read("CA")) {
		return nil, errors.New("no CA")
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: roots}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	url := "https://127.0.0.1:" + os.Getenv("PORT") + "/3/device/" + os.Getenv("TOKEN")
	request := must(http.NewRequest("POST", url, strings.NewReader(os.Getenv("PAYLOAD"))))
	request.Header.Set("apns-topic", os.Getenv("TOPIC"))
	request.Header.Set("apns-push-type", "mdm")
	return client.Do(request)
}

func main() {
	log.SetFlags(0)
	load := map[string]func() tls.Certificate{"xcrypto": xcrypto, "nanomdm": nanomdm, "mdmctl": mdmctl, "fleet": fleet}
	answer := must(push(load[os.Args[1]]()))
	fmt.Println(answer.StatusCode, string(must(io.ReadAll(answer.Body))))
}

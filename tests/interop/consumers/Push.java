import java.io.FileInputStream;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Pushes with Java: a KeyStore of type PKCS12 and its password, as WSO2 IoT Server takes them, SunJSSE and HttpClient.
 * Push jsse, Push bc (the KeyStore is BouncyCastle's), Push before8u301 (without what Java 8u301 and 11.0.12 brought).
 */
public final class Push {
    static KeyStore keyStore(String how) throws Exception {
        if (how.equals("before8u301")) {
            Provider sun = Security.getProvider("SunJCE");
            Method remove = Provider.class.getDeclaredMethod("removeService", Provider.Service.class);
            remove.setAccessible(true);
            remove.invoke(sun, sun.getService("Mac", "HmacPBESHA256"));
        }
        if (how.equals("bc")) {
            Security.addProvider((Provider) Class.forName("org.bouncycastle.jce.provider.BouncyCastleProvider")
                .getDeclaredConstructor().newInstance());
            return KeyStore.getInstance("PKCS12", "BC");
        }
        return KeyStore.getInstance("PKCS12");
    }

    static SSLContext context(KeyStore store, char[] password) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, password);
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = new FileInputStream(System.getenv("CA"))) {
            trusted.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    public static void main(String[] args) throws Exception {
        char[] password = System.getenv("PASSWORD").toCharArray();
        KeyStore store = keyStore(args[0]);
        try (InputStream in = new FileInputStream(System.getenv("P12"))) {
            store.load(in, password);
        }
        URI uri = URI.create("https://127.0.0.1:" + System.getenv("PORT") + "/3/device/" + System.getenv("TOKEN"));
        HttpRequest request = HttpRequest.newBuilder(uri).header("apns-topic", System.getenv("TOPIC"))
            .header("apns-push-type", "mdm").POST(HttpRequest.BodyPublishers.ofString(System.getenv("PAYLOAD"))).build();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2)
            .sslContext(context(store, password)).build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}

// Java's TLS as a peer of the tests, with nothing disabled. Jsse server|client PORT PROTOCOL SUITE STORE TRUST AUTH TIMES:
// the server echoes lines, the client sends TIMES lines over as many connections. STORE and TRUST: PKCS#12, password "secret".

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Jsse {
  public static void main(String[] args) throws Exception {
    for (String name : new String[] {"jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms", "jdk.tls.legacyAlgorithms"}) {
      Security.setProperty(name, "");
    }
    int port = Integer.parseInt(args[1]);
    String[] protocols = {args[2]};
    String[] suites = {args[3]};
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store(args[4]), "secret".toCharArray());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store(args[5]));
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    if (args[0].equals("server")) {
      SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 8, InetAddress.getLoopbackAddress());
      server.setEnabledProtocols(protocols);
      server.setEnabledCipherSuites(suites);
      server.setNeedClientAuth(args[6].equals("need"));
      System.out.println("LISTENING " + server.getLocalPort());
      for (;;) {
        try (SSLSocket socket = (SSLSocket) server.accept()) {
          String line = lines(socket).readLine();
          if (line != null) socket.getOutputStream().write((line + "\n").getBytes());
          say(socket);
        } catch (Exception error) {
          System.out.println("FAILED " + error);
        }
      }
    }
    for (int i = Integer.parseInt(args[7]); i > 0; i--) {
      try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
        socket.setEnabledProtocols(protocols);
        socket.setEnabledCipherSuites(suites);
        socket.startHandshake();
        socket.getOutputStream().write("a line of Java\n".getBytes());
        System.out.println("ECHO " + lines(socket).readLine());
        say(socket);
      }
    }
  }

  static KeyStore store(String file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(file)) {
      store.load(in, "secret".toCharArray());
    }
    return store;
  }

  static BufferedReader lines(SSLSocket socket) throws Exception {
    return new BufferedReader(new InputStreamReader(socket.getInputStream()));
  }

  static void say(SSLSocket socket) {
    System.out.println("SPOKE " + socket.getSession().getProtocol() + " " + socket.getSession().getCipherSuite());
  }
}

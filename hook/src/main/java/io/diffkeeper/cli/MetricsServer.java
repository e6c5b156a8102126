package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of HTTP as whoever collects metrics needs: every request is answered with the metrics,
 * and the connection closed. Who is slower than ten seconds is dropped.
 */
final class MetricsServer {
  private static final int THREADS = 4;
  private static final int REQUEST_BYTES_MAX = 16 << 10;
  private static final long SECONDS_MAX = 10;
  private static final int TYPE = 0170000; // S_IFMT
  private static final int SOCKET = 0140000; // S_IFSOCK
  private static final int PORT_MAX = 65535;
  private static final Pattern TCP = Pattern.compile("(\\[[0-9a-f:]+\\]|[0-9.]+):([0-9]{1,5})");

  private final Supplier<String> metrics;
  private final ScheduledExecutorService limits = Executors.newScheduledThreadPool(1, this::daemon);

  private MetricsServer(Supplier<String> metrics) {
    this.metrics = metrics;
  }

  private Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "metrics");
    thread.setDaemon(true);
    return thread;
  }

  /** Serves until the process ends. */
  static void serve(String address, Supplier<String> metrics) throws IOException {
    MetricsServer server = new MetricsServer(metrics);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS, server::daemon);
    try (ServerSocketChannel listening = listen(address)) {
      while (true) {
        SocketChannel peer = listening.accept();
        threads.execute(() -> server.answer(peer));
      }
    }
  }

  private static ServerSocketChannel listen(String text) throws IOException {
    Matcher tcp = TCP.matcher(text);
    if (!tcp.matches()) {
      return listen(Path.of(text));
    }
    int port = Integer.parseInt(tcp.group(2));
    InetAddress host = InetAddress.getByName(tcp.group(1)); // digits only: nothing is looked up
    if (!host.isLoopbackAddress() || port > PORT_MAX) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "--listen " + text + ": not a loopback address and port");
    }
    return bound(StandardProtocolFamily.INET, new InetSocketAddress(host, port), text);
  }

  private static ServerSocketChannel listen(Path socket) throws IOException {
    if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      free(socket);
    }
    ServerSocketChannel channel =
        bound(
            StandardProtocolFamily.UNIX,
            UnixDomainSocketAddress.of(socket.toAbsolutePath()),
            socket.toString());
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    return channel;
  }

  /** Removes a socket that nobody listens on any more, and nothing else. */
  private static void free(Path socket) throws IOException {
    int mode = (int) Files.getAttribute(socket, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & TYPE) != SOCKET || isAnswered(socket)) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT, "--listen " + socket + ": is there already, and in use");
    }
    Files.delete(socket);
  }

  private static boolean isAnswered(Path socket) {
    try (SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return peer.connect(UnixDomainSocketAddress.of(socket.toAbsolutePath()));
    } catch (IOException nobody) {
      return false;
    }
  }

  private static ServerSocketChannel bound(
      StandardProtocolFamily family, SocketAddress address, String shown) throws IOException {
    ServerSocketChannel channel =
        family == StandardProtocolFamily.UNIX
            ? ServerSocketChannel.open(family)
            : ServerSocketChannel.open();
    try {
      return channel.bind(address);
    } catch (IOException e) {
      channel.close();
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT, "--listen " + shown + ": " + e.getMessage(), e);
    }
  }

  private void answer(SocketChannel peer) {
    var limit = limits.schedule(() -> close(peer), SECONDS_MAX, TimeUnit.SECONDS);
    try (peer) {
      if (request(peer)) {
        byte[] body = metrics.get().getBytes(StandardCharsets.UTF_8);
        String head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                + "Content-Length: "
                + body.length
                + "\r\nConnection: close\r\n\r\n";
        write(peer, head.getBytes(StandardCharsets.US_ASCII));
        write(peer, body);
      }
    } catch (IOException gone) {
      // Whoever asked does not want to know any more, or was too slow.
    } catch (DiffKeeperException e) {
      System.err.println("diffkeeper: " + e.getMessage()); // the connection ends without an answer
    } finally {
      limit.cancel(false);
    }
  }

  private static void close(SocketChannel peer) {
    try {
      peer.close();
    } catch (IOException already) {
      // It is closed.
    }
  }

  /** Reads a request to its end; false if there is none. */
  private static boolean request(SocketChannel peer) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(REQUEST_BYTES_MAX);
    while (bytes.hasRemaining() && peer.read(bytes) >= 0) {
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
      if (text.contains("\r\n\r\n") || text.contains("\n\n")) {
        return text.startsWith("GET ");
      }
    }
    return false;
  }

  private static void write(SocketChannel peer, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      peer.write(left);
    }
  }
}

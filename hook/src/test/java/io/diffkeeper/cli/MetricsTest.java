package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Metrics, and what is built on them. */
@Timeout(120)
class MetricsTest {
  private static final Path MONITORING = Path.of("../docs/monitoring");
  private static final Pattern SERIES = Pattern.compile("diffkeeper_[a-z_]+");
  private static final Pattern SAMPLE =
      Pattern.compile("diffkeeper_[a-z_]+(\\{([a-z]+=\"[^\"]*\",?)+\\})? [0-9.e+-]+");

  @TempDir Path scratch;

  private String metrics() throws IOException {
    Path store = scratch.resolve("store");
    Store.open(store).close();
    Files.createDirectories(scratch.resolve("shim"));
    for (String service : Set.of("nri", "events")) {
      Files.writeString(
          scratch.resolve("shim").resolve(service + ".prom"),
          """
          diffkeeper_shim_connected{service="%1$s"} 1
          diffkeeper_shim_containers_total{service="%1$s",outcome="uninjected"} 2
          """
              .formatted(service));
    }
    return Metrics.of(store, new Keepers(new Kernel(), scratch), scratch, true);
  }

  private static Set<String> families(String metrics) {
    Set<String> names = new TreeSet<>();
    metrics
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .forEach(
            line -> {
              String[] words = line.split(" ");
              assertTrue(names.add(words[2]), line);
              if (words[3].equals("histogram")) {
                Set.of("_bucket", "_sum", "_count").forEach(each -> names.add(words[2] + each));
              }
            });
    return names;
  }

  @Test
  void everyLineIsAsPrometheusWantsIt() throws IOException {
    String metrics = metrics();
    metrics.lines().forEach(line -> assertTrue(isLine(line), line));
    assertTrue(metrics.endsWith("\n") && metrics.contains("diffkeeper_store_file_bytes "), metrics);
    assertEquals("n=\"a\\\\b\\\"c\\nd\"", Metrics.label("n", "a\\b\"c\nd"));
  }

  private static boolean isLine(String line) {
    return line.matches("# (HELP|TYPE) diffkeeper_[a-z_]+ .+") || SAMPLE.matcher(line).matches();
  }

  @Test
  void sayNothingOfAStoreThatThereIsNotYet() throws IOException {
    Path store = scratch.resolve("store");
    Keepers keepers = new Keepers(new Kernel(), scratch);
    String without = Metrics.of(store, keepers, scratch, true);
    Files.createDirectory(store);
    assertEquals(without, Metrics.of(store, keepers, scratch, true));
    assertFalse(without.contains("diffkeeper_store_"), without);
    assertTrue(without.contains("diffkeeper_keeper_info"), without);
    Files.write(store.resolve("data.mdb"), new byte[100_000]);
    assertThrows(
        DiffKeeperException.class, () -> Metrics.of(store, keepers, scratch, true), "damaged");
  }

  @Test
  void dashboardAndAlertsUseWhatThereIs() throws IOException {
    Set<String> families = families(metrics());
    for (String name : Set.of("dashboard.json", "alerts.yml")) {
      String text = Files.readString(MONITORING.resolve(name));
      Set<String> used = new TreeSet<>();
      SERIES.matcher(text).results().forEach(each -> used.add(each.group()));
      assertFalse(used.isEmpty());
      used.removeAll(families);
      assertEquals(Set.of(), used, name);
    }
    assertTrue(
        new ObjectMapper().readTree(MONITORING.resolve("dashboard.json").toFile()).isObject());
  }

  @Test
  void servesThemOnASocketForItsOwner() throws Exception {
    Path socket = scratch.resolve("s");
    Thread server = new Thread(() -> serve(socket));
    server.setDaemon(true);
    server.start();
    while (!Files.exists(socket)) {
      LockSupport.parkNanos(1_000_000);
    }
    assertTrue(
        answer(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").endsWith("\r\n\r\nmetric 1\n"));
    assertEquals("", answer(socket, "BREW /coffee HTTP/1.1\r\n\r\n"));
  }

  private static void serve(Path socket) {
    try {
      MetricsServer.serve(socket.toString(), () -> "metric 1\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String answer(Path socket, String request) throws IOException {
    while (true) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
      } catch (ConnectException notYet) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  @Test
  void servesNobodyElse() {
    for (String address : new String[] {"0.0.0.0:1", "192.0.2.1:80", "127.0.0.1:99999"}) {
      DiffKeeperException refused =
          assertThrows(DiffKeeperException.class, () -> MetricsServer.serve(address, () -> ""));
      assertEquals(ExitCode.USAGE, refused.exitCode(), address);
    }
  }
}

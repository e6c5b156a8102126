package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mirror of our own on this machine, for a kernel that describes nothing. */
class KernelTypesTest {
  private static final String OS = "NAME=x\nID=debian\nVERSION_ID=\"12\"\nHOME=a b\n";
  private static final String PATH = "/archive/debian/12/x86_64/5.0.1.btf.tar.xz";

  @TempDir Path scratch;
  private final Map<String, byte[]> pages = new HashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private HttpServer mirror;

  @BeforeEach
  void serve() throws IOException {
    mirror = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    mirror.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          byte[] page = pages.get(exchange.getRequestURI().getPath());
          exchange.sendResponseHeaders(page == null ? 404 : 200, page == null ? -1 : page.length);
          if (page != null) {
            exchange.getResponseBody().write(page);
          }
          exchange.close();
        });
    mirror.start();
  }

  @AfterEach
  void stop() {
    mirror.stop(0);
  }

  private KernelTypes types(Path own, boolean download) {
    URI address = URI.create("http://127.0.0.1:" + mirror.getAddress().getPort() + "/archive");
    return new KernelTypes(own, scratch.resolve("cache"), address, download);
  }

  private Path find() throws IOException {
    return types(scratch.resolve("none"), true).find("5.0.1", "x86_64", OS);
  }

  private String refusal() {
    String message = assertThrows(IOException.class, this::find).getMessage();
    assertFalse(Files.exists(scratch.resolve("cache/5.0.1.btf")));
    return message;
  }

  private void publish(byte[] content) throws IOException {
    Path file = Files.write(scratch.resolve("5.0.1.btf"), content);
    Path archive = scratch.resolve("archive.tar.xz");
    Command.run("tar", "-cJf", archive.toString(), "-C", scratch.toString(), "5.0.1.btf");
    pages.put(PATH, Files.readAllBytes(archive));
    String sum = Command.run("sha256sum", archive.toString());
    pages.put(PATH + ".sha256", (sum + "\n").getBytes());
    Files.delete(file);
  }

  @Test
  void nothingIsAskedOfAKernelThatDescribesItself() throws IOException {
    Path own = Files.writeString(scratch.resolve("vmlinux"), "x");
    assertNull(types(own, true).find("5.0.1", "x86_64", OS));
    assertEquals(0, requests.get());
  }

  @Test
  void isDownloadedOnceAndFitsTheProgramsToTheKernel() throws IOException {
    assumeTrue(Files.exists(KernelTypes.OWN), "this kernel does not describe itself");
    byte[] own = Files.readAllBytes(KernelTypes.OWN);
    publish(own);
    Path found = find();
    assertArrayEquals(own, Files.readAllBytes(found));
    int asked = requests.get();
    assertEquals(found, find());
    assertEquals(asked, requests.get(), "asked again");
    try (Stream<Path> left = Files.list(scratch.resolve("cache"))) {
      assertEquals(List.of(found), left.toList());
    }
    Rung own1 = EventSources.probe(new BpfFiles(Path.of("target/bpf"), null)).get(0);
    assumeTrue(own1.usable(), own1.reason());
    Rung by = EventSources.probe(new BpfFiles(Path.of("target/bpf"), found)).get(0);
    assertTrue(by.usable(), by.reason());
    Programs.own(Path.of("target/bpf/diffkeeper.bpf.o"), found).close();
    Path wrong = Files.write(scratch.resolve("wrong"), new byte[100]);
    assertThrows(
        RuntimeException.class,
        () -> Programs.own(Path.of("target/bpf/diffkeeper.bpf.o"), wrong),
        "the path makes no difference");
  }

  @Test
  void refusesWhatIsNotWhatItsChecksumSays() throws IOException {
    publish(new byte[] {(byte) 0x9f, (byte) 0xeb, 0, 0});
    pages.put(PATH + ".sha256", "00  archive\n".getBytes());
    assertTrue(refusal().endsWith("does not match its .sha256"));
    pages.remove(PATH + ".sha256");
    assertTrue(refusal().endsWith("no .sha256 beside it, and not https"));
  }

  @Test
  void refusesWhatIsTooLargeOrNoArchiveOrNoTypes() throws IOException {
    pages.put(PATH, new byte[(16 << 20) + 1]);
    assertTrue(refusal().endsWith("larger than 16777216 bytes"));
    publish("text".getBytes());
    assertEquals("what was downloaded does not describe types", refusal());
    publish(new byte[(64 << 20) + 1]);
    assertEquals("unpacked types: larger than 67108864 bytes", refusal());
  }

  @Test
  void tellsWhatTheMirrorDoesNotHave() {
    assertTrue(refusal().endsWith(PATH + ": not found"), refusal());
    String disabled =
        assertThrows(
                IOException.class,
                () -> types(scratch.resolve("none"), false).find("5.0.1", "x86_64", OS))
            .getMessage();
    assertTrue(disabled.endsWith("cache/5.0.1.btf does not exist"), disabled);
  }
}

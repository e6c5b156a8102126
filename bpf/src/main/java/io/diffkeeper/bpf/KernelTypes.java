package io.diffkeeper.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Where the running kernel's types are described (BTF), by which the programs fit themselves to it:
 * in the kernel itself, else in a cache, else in an archive laid out as BTFHub's.
 *
 * @param own where the kernel describes itself
 * @param cache a folder for what was downloaded
 * @param mirror URL of the archive
 * @param download whether it may be asked
 */
public record KernelTypes(Path own, Path cache, URI mirror, boolean download) {
  /** Where a kernel that describes itself does so. */
  public static final Path OWN = Path.of("/sys/kernel/btf/vmlinux");

  private static final Path OS_RELEASE = Path.of("/etc/os-release");
  private static final int CONNECT_MILLIS_MAX = 3000;
  private static final int READ_MILLIS_MAX = 5000;
  private static final int UNPACK_SECONDS_MAX = 20;
  private static final int ARCHIVE_BYTES_MAX = 16 << 20;
  private static final int TYPES_BYTES_MAX = 64 << 20;
  private static final int CHECKSUM_BYTES_MAX = 1024;
  private static final int MAGIC = 0xeb9f;

  /**
   * Finds the description of the running kernel.
   *
   * @return null if the kernel describes itself: then nobody need be told
   * @throws IOException in one line, if there is none
   */
  public Path find() throws IOException {
    return find(
        System.getProperty("os.version"),
        System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64",
        Files.isReadable(OS_RELEASE) ? Files.readString(OS_RELEASE) : "");
  }

  Path find(String release, String architecture, String osRelease) throws IOException {
    if (Files.exists(own)) {
      return null;
    }
    Path cached = cache.resolve(release + ".btf");
    if (Files.exists(cached)) {
      return cached;
    }
    if (!download) {
      throw new IOException(
          "the kernel does not describe its types, and " + cached + " does not exist");
    }
    Map<String, String> os = values(osRelease);
    String path =
        String.join(
            "/",
            os.getOrDefault("ID", "unknown"),
            os.getOrDefault("VERSION_ID", "unknown"),
            architecture,
            release + ".btf.tar.xz");
    byte[] types = unpacked(archive(mirror.resolve(mirror.getPath() + "/").resolve(path)));
    keep(types, cached);
    return cached;
  }

  /** The lines KEY=VALUE of os-release(5). */
  private static Map<String, String> values(String text) {
    Map<String, String> values = new TreeMap<>();
    for (String line : text.lines().toList()) {
      String[] pair = line.split("=", 2);
      if (pair.length == 2 && pair[1].matches("\"?[A-Za-z0-9._-]+\"?")) {
        values.put(pair[0], pair[1].replace("\"", ""));
      }
    }
    return values;
  }

  /** What is at an address, checked against its checksum; without one only https is believed. */
  private static byte[] archive(URI from) throws IOException {
    byte[] archive = get(from, ARCHIVE_BYTES_MAX);
    if (archive == null) {
      throw new IOException(from + ": not found");
    }
    byte[] checksum = get(URI.create(from + ".sha256"), CHECKSUM_BYTES_MAX);
    if (checksum == null && !"https".equals(from.getScheme())) {
      throw new IOException(from + ": no .sha256 beside it, and not https");
    }
    if (checksum != null) {
      String expected = new String(checksum, StandardCharsets.US_ASCII).strip().split("\\s", 2)[0];
      if (!expected.equalsIgnoreCase(sha256(archive))) {
        throw new IOException(from + ": does not match its .sha256");
      }
    }
    return archive;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The bytes at an address; null if it does not exist. */
  private static byte[] get(URI from, int bytesMax) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) from.toURL().openConnection();
    connection.setConnectTimeout(CONNECT_MILLIS_MAX);
    connection.setReadTimeout(READ_MILLIS_MAX);
    try {
      int status = connection.getResponseCode();
      if (status == HttpURLConnection.HTTP_NOT_FOUND) {
        return null;
      }
      if (status != HttpURLConnection.HTTP_OK) {
        throw new IOException(from + ": status " + status);
      }
      try (InputStream in = connection.getInputStream()) {
        return limited(in, bytesMax, from.toString());
      }
    } finally {
      connection.disconnect();
    }
  }

  private static byte[] limited(InputStream in, int bytesMax, String what) throws IOException {
    byte[] bytes = in.readNBytes(bytesMax + 1);
    if (bytes.length > bytesMax) {
      throw new IOException(what + ": larger than " + bytesMax + " bytes");
    }
    return bytes;
  }

  /** The one file of an archive, by the host's tar and xz. */
  private static byte[] unpacked(byte[] archive) throws IOException {
    Path file = Files.createTempFile("diffkeeper", ".tar.xz");
    try {
      Files.write(file, archive);
      Process tar =
          new ProcessBuilder("tar", "-xJOf", file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (InputStream in = tar.getInputStream()) {
        byte[] types = limited(in, TYPES_BYTES_MAX, "unpacked types");
        if (!tar.waitFor(UNPACK_SECONDS_MAX, TimeUnit.SECONDS) || tar.exitValue() != 0) {
          throw new IOException("tar cannot unpack the types (needs xz)");
        }
        return types;
      } finally {
        tar.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Files.delete(file);
    }
  }

  /** All of it or nothing, and nothing that is not BTF. */
  private static void keep(byte[] types, Path cached) throws IOException {
    ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(types, 2)).order(ByteOrder.nativeOrder());
    if ((header.getShort() & 0xffff) != MAGIC) {
      throw new IOException("what was downloaded does not describe types");
    }
    Files.createDirectories(cached.getParent());
    Path part = Files.createTempFile(cached.getParent(), "part", "");
    try {
      Files.write(part, types);
      Files.move(part, cached, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}

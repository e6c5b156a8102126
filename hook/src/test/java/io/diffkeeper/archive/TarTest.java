package io.diffkeeper.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Mutations;
import io.diffkeeper.store.Contents;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives: ours read by ourselves and by tar, and those of tar read by us. */
class TarTest {
  private static final StateName STATE = new StateName("test", "state");
  private static final List<Name> DATA = List.of(Name.of("/data"));
  private static final int ROUNDS = 20;
  private static final int FUZZ_ROUNDS = 3000;

  @TempDir Path scratch;
  private Store store;

  @BeforeEach
  void open() {
    store = Store.open(scratch.resolve("store"));
    store.create(STATE, HashAlgorithm.SHA256, "");
  }

  @AfterEach
  void close() {
    store.close();
  }

  // --- random trees ------------------------------------------------------------------------------

  private static Name name(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 255 : 12)];
    do {
      random.nextBytes(bytes); // mostly not UTF-8
    } while (!Name.of(bytes).isComponent());
    return Name.of(bytes);
  }

  private static Metadata metadata(Random random, FileType type) {
    SortedMap<Name, byte[]> xattrs = new TreeMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      byte[] value = new byte[random.nextInt(200)];
      random.nextBytes(value);
      String odd = List.of("", "=", "%3D", "%25=").get(random.nextInt(4));
      xattrs.put(Name.of("user." + odd + random.nextInt(100)), value);
    }
    boolean device = type == FileType.CHAR_DEVICE || type == FileType.BLOCK_DEVICE;
    boolean odd = random.nextInt(4) == 0;
    return new Metadata(
        type,
        random.nextInt(010000),
        odd ? random.nextInt() & 0xffffffffL : random.nextInt(70000),
        odd ? random.nextInt() & 0xffffffffL : random.nextInt(70000),
        odd ? random.nextLong() >> 20 : random.nextInt(Integer.MAX_VALUE),
        random.nextBoolean() ? 0 : random.nextInt(1_000_000_000),
        device ? (long) random.nextInt(4096) << 32 | random.nextInt(1 << 20) : 0,
        xattrs);
  }

  private Digest tree(Random random, VersionWriter writer, int depth) throws IOException {
    Map<Name, Entry> entries = new TreeMap<>();
    FileType[] types = FileType.values();
    for (int i = random.nextInt(7); i > 0; i--) {
      FileType type = types[random.nextInt(depth > 0 ? types.length - 1 : 1)];
      Name name = name(random);
      FileContent file = null;
      Digest content = null;
      if (type == FileType.FILE) {
        byte[] bytes = new byte[random.nextInt(3) * random.nextInt(100_000)];
        random.nextBytes(bytes);
        file = writer.file(Contents.of(bytes));
        content = file.digest();
      } else if (type == FileType.DIRECTORY) {
        content = tree(random, writer, depth - 1);
      }
      Name target = type == FileType.SYMLINK ? name(random) : null;
      long size = file == null ? 0 : file.size();
      entries.put(name, new Entry(name, metadata(random, type), size, content, target, 0));
    }
    return writer.directory(List.copyOf(entries.values()));
  }

  private Version commit(VersionWriter writer, Digest root) {
    Origin origin = new Origin("test", "");
    return writer.commit(
        new Draft(
            Draft.LATEST, root, null, Instant.now(), origin, Cut.SETTLED, "test", false, 0, 0));
  }

  private Version random(long seed) throws IOException {
    Random random = new Random(seed);
    try (VersionWriter writer = store.writer(STATE)) {
      Digest data = tree(random, writer, 3);
      Metadata metadata = metadata(random, FileType.DIRECTORY);
      Entry top = new Entry(DATA.get(0), metadata, 0, data, null, 0);
      return commit(writer, writer.directory(List.of(top)));
    }
  }

  private byte[] export(Digest root) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Version any = store.versions(STATE).get(0);
    TarExport.write(store, new VersionRef.Found(STATE, any, root), Channels.newChannel(bytes));
    return bytes.toByteArray();
  }

  private Digest read(byte[] archive, List<Name> dirs) throws IOException {
    try (VersionWriter writer = store.writer(STATE)) {
      Digest root = TarImport.read(new ByteArrayInputStream(archive), dirs, writer).root();
      commit(writer, root);
      return root;
    }
  }

  @Test
  void whatWasExportedIsImportedAsItWas() throws IOException {
    for (long seed = 1; seed <= ROUNDS; seed++) {
      Digest root = random(seed).root();
      assertEquals(root, read(export(root), DATA), "seed " + seed);
    }
  }

  // --- tar(1) ------------------------------------------------------------------------------------

  private String run(String... words) throws IOException, InterruptedException {
    Path out = scratch.resolve("out");
    Process process =
        new ProcessBuilder(words)
            .directory(scratch.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    int code = process.waitFor();
    assertEquals(0, code, () -> String.join(" ", words) + "\n" + text(out));
    return text(out);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void makeTree() throws IOException, InterruptedException {
    String longName = "n".repeat(200);
    run(
        "sh",
        "-c",
        "umask 022; mkdir -p data/d/"
            + longName
            + " && cd data && echo text > f && ln f d/hard && ln -s ../f d/soft && mkfifo p"
            + " && head -c 100000 /dev/urandom > d/"
            + longName
            + "/"
            + longName
            + " && truncate -s 3M sparse && printf end >> sparse && chmod 4711 f"
            + " && setfattr -n user.bytes -v 0x00ff0a3d f && touch -d @-5.25 d/soft -h");
  }

  @Test
  void readsWhatTarWrites() throws Exception {
    makeTree();
    run("sh", "-c", "find data -exec touch -h -d @1700000000 {} +"); // gnu has whole seconds only
    for (String format : List.of("gnu", "pax", "pax --sparse", "pax --xattrs")) {
      run("sh", "-c", "tar -c --format=" + format + " -f in.tar ./data");
      Digest root = read(Files.readAllBytes(scratch.resolve("in.tar")), DATA);
      Files.write(scratch.resolve("our.tar"), export(root));
      run("tar", "-d", "-f", "our.tar"); // fails if anything differs from the files
    }
  }

  /** As a capture counts: each name of a file, at the length that it has. */
  @Test
  void countsEveryName() throws Exception {
    run("sh", "-c", "mkdir data && head -c 100 /dev/zero > data/a && ln data/a data/b");
    run("sh", "-c", "ln -s a data/c && tar -c -f in.tar data && tar -r -f in.tar data/a");
    try (VersionWriter writer = store.writer(STATE);
        var in = Files.newInputStream(scratch.resolve("in.tar"))) {
      TarImport.Done done = TarImport.read(in, DATA, writer);
      assertEquals(2, done.files(), "what comes twice in an archive is there once");
      assertEquals(200, done.bytes());
    }
  }

  @Test
  void tarExtractsWhatWeWrite() throws Exception {
    makeTree();
    run("sh", "-c", "tar -c --format=pax --xattrs -f in.tar data");
    Digest root = read(Files.readAllBytes(scratch.resolve("in.tar")), DATA);
    Files.write(scratch.resolve("our.tar"), export(root));
    run("sh", "-c", "mkdir again && tar -x --xattrs -p -f our.tar -C again");
    String xattr = run("getfattr", "--encoding=hex", "-n", "user.bytes", "again/data/f");
    assertTrue(xattr.contains("0x00ff0a3d"), xattr);
    assertEquals(
        run("sh", "-c", "cd data && find . -printf '%P %y %m %n %T@ %s\\n' | sort"),
        run("sh", "-c", "cd again/data && find . -printf '%P %y %m %n %T@ %s\\n' | sort"));
  }

  @Test
  void sparseFilesStaySparse() throws Exception {
    String holes =
        "mkdir data && cd data && truncate -s 3M front && printf end >> front"
            + " && printf start > back && truncate -s 3M back && truncate -s 3M all"
            + " && truncate -s 9G huge && printf x | dd of=huge bs=1 seek=5G conv=notrunc";
    run("sh", "-c", holes);
    run("sh", "-c", "tar -c --format=pax --sparse -f in.tar data");
    Digest root = read(Files.readAllBytes(scratch.resolve("in.tar")), DATA);
    byte[] exported = export(root);
    assertTrue(exported.length < 200_000, exported.length + " bytes");
    Files.write(scratch.resolve("our.tar"), exported);
    run("tar", "-d", "-f", "our.tar");
    run("sh", "-c", "mkdir again && tar -x -f our.tar -C again");
    String blocks = run("sh", "-c", "cd again/data && stat -c '%n %b' front back all huge");
    for (String line : blocks.split("\n")) {
      assertTrue(Long.parseLong(line.split(" ")[1]) <= 64, blocks);
    }
    assertEquals(root, read(exported, DATA));
  }

  // --- what is refused ---------------------------------------------------------------------------

  private void assertRefused(String because, String shell) throws Exception {
    run("sh", "-c", "rm -rf data x in.tar; mkdir -p data x; " + shell);
    byte[] archive = Files.readAllBytes(scratch.resolve("in.tar"));
    DiffKeeperException refused =
        assertThrows(DiffKeeperException.class, () -> read(archive, DATA), shell);
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.getMessage().contains(because), refused::getMessage);
  }

  @Test
  void refusesWhatIsNotInTheStateDirs() throws Exception {
    assertRefused("in none of the state-dirs", "tar -cf in.tar data x");
    assertRefused("not taken", "touch x/f; tar -cPf in.tar --transform=s,x/f,data/../f, data x/f");
    assertRefused("/data: is a state-dir", "tar -cf in.tar -T /dev/null");
    assertRefused("is no directory", "rmdir data; touch data; tar -cf in.tar data");
    assertRefused("no tar header", "head -c 2000 /dev/urandom > in.tar");
    assertRefused(
        "cut short", "head -c 9000 /dev/urandom > data/f; tar -c data | head -c 5000 > in.tar");
    assertRefused(
        "beneath what is no directory",
        "ln -s / data/l; touch x/f; tar -cf in.tar --transform=s,x/f,data/l/f, data x/f");
    assertRefused(
        "hard link to what is not there",
        "touch x/f; ln x/f data/f; tar -cf in.tar --transform=s,^x,data/y, x/f data/f;"
            + "tar --delete -f in.tar data/y/f");
  }

  @Test
  void damagedArchivesAreReadOrRefused() throws Exception {
    makeTree();
    run(
        "sh",
        "-c",
        "rm -r data/sparse data/d/n*; truncate -s 70k data/sparse; echo >> data/sparse");
    run("sh", "-c", "tar -c --format=pax --sparse --xattrs -b 1 -f in.tar data");
    byte[] sample = Files.readAllBytes(scratch.resolve("in.tar"));
    try (VersionWriter writer = store.writer(STATE)) {
      Mutations.feed(
          sample,
          FUZZ_ROUNDS,
          damaged -> {
            try {
              TarImport.read(new ByteArrayInputStream(repaired(damaged)), DATA, writer);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  /** With right checksums, or a damaged header would never be looked at. */
  private static byte[] repaired(byte[] archive) {
    for (int at = 0; at + TarFormat.BLOCK_BYTES <= archive.length; at += TarFormat.BLOCK_BYTES) {
      byte[] block = Arrays.copyOfRange(archive, at, at + TarFormat.BLOCK_BYTES);
      if (new String(block, TarFormat.MAGIC, 5, StandardCharsets.US_ASCII).equals("ustar")) {
        byte[] sum =
            String.format("%06o\0 ", TarFormat.checksum(block)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(sum, 0, archive, at + TarFormat.CHECKSUM, sum.length);
      }
    }
    return archive;
  }
}

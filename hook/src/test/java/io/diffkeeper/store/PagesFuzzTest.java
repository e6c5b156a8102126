package io.diffkeeper.store;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Whatever LMDB's pages and our packs say, those who read them without LMDB's help find a fault, or
 * what is there. See {@code DeltaFuzzTest} for how it is run.
 *
 * <pre>
 * input of pages   any number of: u24 place, modulo the sample's length │ u8 what it is changed by
 * input of a pack  u32 offset of an object │ u32 its length │ the pack
 * </pre>
 */
class PagesFuzzTest {
  private static final Path SAMPLE = Path.of("src/test/resources/store/format-1/data.mdb");
  private static final int EDIT_BYTES = 4;
  private static final AtomicLong packs = new AtomicLong(1);

  private static byte[] sample;
  private static Path folder;
  private static FileChannel file;
  private static Store store;

  @BeforeAll
  static void open() throws IOException {
    sample = Files.readAllBytes(SAMPLE);
    folder = Files.createTempDirectory("pages");
    Path pages = folder.resolve("pages");
    Files.write(pages, sample);
    file = FileChannel.open(pages, StandardOpenOption.READ, StandardOpenOption.WRITE);
    store = Store.open(folder.resolve("store"));
  }

  @AfterAll
  static void close() throws IOException {
    file.close();
    store.close();
    for (String name : new String[] {"store/data.mdb", "store/lock.mdb", "store/gc.lock"}) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder.resolve("store"));
    Files.delete(folder.resolve("pages"));
    Files.delete(folder);
  }

  /** What is done with a damaged file. */
  private interface Look {
    void at(FileChannel damaged) throws IOException, PageFault;
  }

  private static void damaged(byte[] input, Look look) {
    try {
      edit(input, true);
      look.at(file);
    } catch (PageFault found) {
      // As it should be.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      edit(input, false);
    }
  }

  private static void edit(byte[] input, boolean damage) {
    for (int i = 0; i + EDIT_BYTES <= input.length; i += EDIT_BYTES) {
      int place = (input[i] & 0xff) << 16 | (input[i + 1] & 0xff) << 8 | input[i + 2] & 0xff;
      int at = place % sample.length;
      byte now = (byte) (damage ? sample[at] ^ input[i + 3] : sample[at]);
      try {
        file.write(ByteBuffer.wrap(new byte[] {now}), at);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** As {@code verify} does. */
  @FuzzTest
  void check(byte[] input) {
    damaged(input, PageCheck::checkAll);
  }

  /** As whoever opens a store does. */
  @FuzzTest
  void opening(byte[] input) {
    damaged(input, found -> new PageCheck(found, MetaPage.read(found)[1]).checkOpening());
  }

  /** As {@code repair} does. */
  @FuzzTest
  void salvage(byte[] input) {
    damaged(
        input,
        found ->
            new Salvage(
                    found,
                    (database, key, value) -> {
                      if (!Environment.NAMES.contains(database) || !value.hasRemaining()) {
                        throw new AssertionError(database + " " + value);
                      }
                    },
                    what -> {})
                .run());
  }

  /** A pack, and an object that is said to be in it; nothing of it is committed. */
  @FuzzTest
  void pack(byte[] input) {
    if (input.length < 2 * Integer.BYTES + Packs.HEADER_BYTES) {
      return;
    }
    long number = packs.getAndIncrement();
    ByteBuffer pack = ByteBuffer.allocateDirect(input.length).put(input).flip();
    ByteBuffer object =
        ByteBuffer.allocateDirect(StoredObject.HEADER_BYTES + StoredObject.PLACE_BYTES);
    StoredObject.putHeader(object, Kind.LEAF, StoredObject.PACKED, 0, Manifest.LEAF_BYTES);
    object.putLong(number).putInt(pack.getInt()).putInt(pack.getInt());
    StoredObject packed = StoredObject.parse(object.flip());
    try (Scratch scratch = new Scratch()) {
      Objects objects = store.objects();
      store
          .environment()
          .write(
              txn -> {
                objects.packs().put(txn, number, pack.slice());
                objects.unpack(txn, packed, scratch);
                throw new Undone();
              });
    } catch (Undone asItShouldBe) {
      // The next one finds an empty store again.
    }
  }

  private static final class Undone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Undone() {
      super(null, null, false, false);
    }
  }
}

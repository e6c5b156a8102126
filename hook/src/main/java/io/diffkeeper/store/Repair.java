package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.lmdbjava.Dbi;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * Makes a damaged store sound again: drops what cannot be saved, and says which versions lost what.
 * Whole versions stay as they are, byte by byte; one that lost something keeps the rest, and is
 * {@link Cut#DAMAGED} from then on.
 *
 * <p>If the file's pages are sound, that is one transaction. Else what can be read is written into
 * a new file, which takes the other one's place when it is complete; the damaged one stays beside
 * it. So whoever is killed leaves the store as it was or as it is to be.
 */
public final class Repair {
  private static final String WORK = "repair";
  private static final String KEPT = ".damaged-";
  private static final int BATCH_BYTES = 8 << 20;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path store;
  private final StateName only;
  private final boolean dry;
  private final Collection<StateName> known;
  private final Meter meter;
  private final Problems losses = new Problems(Integer.MAX_VALUE);

  private Repair(
      Path store, StateName only, boolean dry, Collection<StateName> known, Meter meter) {
    this.store = store;
    this.only = only;
    this.dry = dry;
    this.known = known;
    this.meter = meter;
  }

  /**
   * Repairs a store that no process has open.
   *
   * @param only the only state whose versions are repaired; null for the whole store
   * @param dry whether only to say what would be done
   * @param known names of states that there may be, for records that do not tell theirs any more
   * @throws DiffKeeperException NOT_FOUND if there is no store; BUSY if a process has it open;
   *     CORRUPT if it is of a newer format, or one state is to be repaired and the whole file is
   *     damaged
   */
  public static RepairReport run(
      Path dir, StateName only, boolean dry, Collection<StateName> known, Meter meter) {
    StoreDirectory.prepareExisting(dir);
    return Environments.alone(
        dir, "repaired", (real, gate) -> new Repair(real, only, dry, known, meter).run(gate));
  }

  private RepairReport run(WriterGate gate) throws IOException {
    clean(); // what a killed one left
    String fault = DataFile.faultOf(store);
    if (fault != null) {
      return rewrite(fault);
    }
    Environment environment;
    try {
      environment = Environments.within(store, gate);
    } catch (DiffKeeperException e) {
      if (e.exitCode() != ExitCode.CORRUPT) {
        throw e;
      }
      return rewrite(e.getMessage()); // which refuses what is of a newer format
    }
    try (Store open = new Store(environment)) {
      return mend(open, dry);
    }
  }

  private RepairReport mend(Store open, boolean justLook) {
    return new Mending(open, only, known, losses).run(justLook, meter);
  }

  private RepairReport rewrite(String fault) throws IOException {
    if (only != null) {
      throw LmdbErrors.corrupt(store, fault + "; this is not of one state: repair the whole store");
    }
    StoreDirectory.make(work());
    try {
      losses.add(null, 0, "", null, fault);
      RepairReport report;
      try (Store anew = Store.open(work())) {
        copyInto(anew);
        report = mend(anew, false);
      }
      Path kept = dry ? null : swap();
      return new RepairReport(
          report.versions(),
          report.damaged(),
          report.dropped(),
          report.objects(),
          report.losses(),
          kept);
    } finally {
      clean();
    }
  }

  private Path work() {
    return store.resolve(WORK);
  }

  private void clean() throws IOException {
    if (Files.exists(work())) {
      try (Stream<Path> files = Files.list(work())) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(work());
    }
  }

  private void copyInto(Store anew) throws IOException {
    List<Entry> batch = new ArrayList<>();
    long[] bytes = new long[1];
    Scratch scratch = anew.borrow();
    try (FileChannel file =
        FileChannel.open(store.resolve(StoreDirectory.DATA), StandardOpenOption.READ)) {
      new Salvage(
              file,
              (database, key, value) -> {
                batch.add(new Entry(database, Records.direct(key), copy(value)));
                bytes[0] += value.remaining();
                if (bytes[0] > BATCH_BYTES) {
                  put(batch, anew, scratch);
                  bytes[0] = 0;
                }
              },
              what -> losses.add(null, 0, "", null, what))
          .run();
    }
    put(batch, anew, scratch);
    anew.release(scratch);
  }

  private record Entry(String database, ByteBuffer key, ByteBuffer value) {}

  private static ByteBuffer copy(ByteBuffer value) {
    return ByteBuffer.allocateDirect(value.remaining()).put(value.duplicate()).flip();
  }

  private void put(List<Entry> batch, Store anew, Scratch scratch) {
    anew.environment()
        .write(
            txn -> {
              batch.forEach(entry -> put(txn, anew, entry, scratch));
              return null;
            });
    batch.clear();
  }

  private void put(Txn<ByteBuffer> txn, Store anew, Entry entry, Scratch scratch) {
    Dbi<ByteBuffer> dbi = anew.environment().dbi(entry.database);
    if (entry.database.equals(Environment.META)) {
      int version = StoreFormat.read(entry.value.duplicate());
      if (version != StoreFormat.DAMAGED && StoreFormat.CURRENT.isOlder(version, store)) {
        StoreFormat.put(txn, dbi, version); // migrated when it is opened
      }
    } else if (!dbi.put(txn, entry.key, entry.value, PutFlags.MDB_NOOVERWRITE)
        && entry.database.equals(Environment.OBJECTS)
        && Objects.isSoundAlone(entry.key, entry.value, scratch)) {
      // An older copy: one that needs no other object may serve where another does not.
      dbi.put(txn, entry.key, entry.value);
    }
  }

  /** Puts the new file in the place of the damaged one, which is kept under another name. */
  private Path swap() throws IOException {
    Path data = store.resolve(StoreDirectory.DATA);
    Path kept = keep(data);
    StoreDirectory.sync(store);
    Files.move(
        work().resolve(StoreDirectory.DATA),
        data,
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    StoreDirectory.sync(store);
    return kept;
  }

  private static Path keep(Path data) throws IOException {
    try (DirectoryStream<Path> others =
        Files.newDirectoryStream(data.getParent(), StoreDirectory.DATA + KEPT + "*")) {
      for (Path other : others) {
        if (Files.isSameFile(other, data)) {
          return other; // by a repair that was killed then
        }
      }
    }
    String name = StoreDirectory.DATA + KEPT + TIME.format(Instant.now());
    for (int n = 1; ; n++) {
      Path kept = data.resolveSibling(n == 1 ? name : name + "-" + n);
      try {
        return Files.createLink(kept, data);
      } catch (FileAlreadyExistsException taken) {
        // Another repair in the same second.
      }
    }
  }
}

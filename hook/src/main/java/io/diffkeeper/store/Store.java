package io.diffkeeper.store;

import io.diffkeeper.DedupScope;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Meter;
import io.diffkeeper.Retention;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.lmdbjava.Meta;

/**
 * A store of versioned trees in a directory of its own: docs/store-format.md.
 *
 * <p>For all threads, and for many processes at once. Everything that is read is verified. Unless a
 * method says otherwise it throws {@link DiffKeeperException}: CORRUPT if something does not
 * verify, NO_SPACE if the disk is full, NOT_FOUND if there is no such state.
 */
public final class Store implements AutoCloseable {
  private final Environment environment;
  private final Objects objects;
  private final Catalog catalog;
  private final Prints prints = new Prints();
  private final Scratches scratches = new Scratches();

  Store(Environment environment) {
    this.environment = environment;
    this.objects = new Objects(environment);
    this.catalog = new Catalog(environment);
  }

  /**
   * Opens the store in a directory, and makes it (mode 0700) where there is none.
   *
   * @throws DiffKeeperException BAD_INPUT if others than the owner have access to the directory, or
   *     it holds something else; CORRUPT if it is a store that cannot be used
   */
  public static Store open(Path dir) {
    return open(dir, Environment.MAP_BYTES);
  }

  /**
   * Opens the store in a directory; makes none.
   *
   * @throws DiffKeeperException NOT_FOUND if there is none, else as {@link #open(Path)}
   */
  public static Store openExisting(Path dir) {
    StoreDirectory.prepareExisting(dir);
    return open(dir, Environment.MAP_BYTES, StoreFormat.CURRENT, true);
  }

  /** Has all stores of this process compute digests with these hashers from now on. */
  public static void hashWith(Hasher.Factory hashers) {
    Hashers.use(hashers);
  }

  /**
   * Loads the native library, which takes longer than everything else that the first {@link #open}
   * does: for a thread that has nothing better to do.
   */
  public static void load() {
    Meta.version();
  }

  /** Opens with a map of that size, to be grown from there. */
  static Store open(Path dir, long mapBytes) {
    return open(dir, mapBytes, StoreFormat.CURRENT);
  }

  /** The same, as a store of another format. */
  static Store open(Path dir, long mapBytes, StoreFormat format) {
    StoreDirectory.prepare(dir);
    return open(dir, mapBytes, format, false);
  }

  private static Store open(Path dir, long mapBytes, StoreFormat format, boolean existing) {
    return new Store(Environments.acquire(dir, mapBytes, format, existing));
  }

  Environment environment() {
    return environment;
  }

  Objects objects() {
    return objects;
  }

  Prints prints() {
    return prints;
  }

  Catalog catalog() {
    return catalog;
  }

  /** All states, ordered by name. */
  public List<StateInfo> states() {
    environment.catchUp();
    return environment.read(
        txn -> {
          List<StateInfo> infos = new ArrayList<>();
          catalog.states(txn).forEach(state -> infos.add(catalog.info(txn, state)));
          infos.sort(Comparator.comparing(StateInfo::name));
          return List.copyOf(infos);
        });
  }

  /** The state of that name, if there is one. */
  public Optional<StateInfo> state(StateName name) {
    environment.catchUp();
    return environment.read(
        txn -> Optional.ofNullable(catalog.find(txn, name)).map(s -> catalog.info(txn, s)));
  }

  /**
   * Creates a state without versions; where there is one of that name, it stays as it is.
   *
   * @param imageRepository the image repository of the container that the state is for
   * @return the state as it is now
   */
  public StateInfo create(StateName name, HashAlgorithm hash, String imageRepository) {
    return create(name, hash, DedupScope.CLUSTER, imageRepository);
  }

  /** The same, with a scope within which what versions have in common is stored once. */
  public StateInfo create(
      StateName name, HashAlgorithm hash, DedupScope scope, String imageRepository) {
    Space space = Space.of(name, hash, scope);
    return state(name)
        .orElseGet(
            () ->
                environment.write(
                    txn -> {
                      Records.State state = catalog.find(txn, name);
                      if (state == null) {
                        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
                        state =
                            new Records.State(name, space, imageRepository, Set.of(), now, 0, "");
                        catalog.put(txn, state);
                      }
                      return catalog.info(txn, state);
                    }));
  }

  /** Lets containers of a further image repository name the state by annotation. */
  public void allow(StateName name, String imageRepository) {
    environment.write(
        txn -> {
          catalog.put(txn, catalog.state(txn, name).allowing(imageRepository));
          return null;
        });
  }

  /**
   * Records, before a container starts, that it takes the state over: from now on its live tree may
   * be newer than the newest version.
   */
  public void started(StateName name, String container) {
    environment.write(
        txn -> {
          catalog.put(txn, catalog.state(txn, name).startedBy(container));
          return null;
        });
  }

  /**
   * Records how a container ended with the last version that it wrote. What is known of that
   * already stays.
   *
   * @return that version, as it is now; empty if the container wrote none of the newest
   */
  public Optional<Version> ended(StateName name, String container, Ending ending) {
    return environment.write(txn -> Optional.ofNullable(catalog.end(txn, name, container, ending)));
  }

  /** A state's versions, newest first. */
  public List<Version> versions(StateName name) {
    return environment.read(
        txn -> List.copyOf(catalog.versions(txn, catalog.state(txn, name).name())));
  }

  /** The newest version that a container wrote, if there is one. */
  public Optional<Version> newest(StateName name, String container) {
    return environment.read(
        txn ->
            Optional.ofNullable(catalog.newest(txn, catalog.state(txn, name).name(), container)));
  }

  /** A version, if there is one of that number. */
  public Optional<Version> version(StateName name, long number) {
    return environment.read(
        txn -> Optional.ofNullable(catalog.version(txn, catalog.state(txn, name).name(), number)));
  }

  /** A directory of one of the state's versions: its entries, ordered by name; unmodifiable. */
  public List<Entry> directory(StateName name, Digest digest) {
    return directory(space(name), digest);
  }

  /** A directory in that space. */
  public List<Entry> directory(Space space, Digest digest) {
    return with(scratch -> objects.directory(space, digest, scratch));
  }

  /**
   * Reads a regular file of one of the state's versions.
   *
   * @throws IOException as the sink throws it
   */
  public void read(StateName name, Entry file, ContentSink sink) throws IOException {
    read(space(name), file, sink);
  }

  /**
   * Reads a regular file in that space. Memory is constant; what the sink gets has been verified,
   * but a damaged leaf further on is noticed only when it is reached.
   *
   * @throws IOException as the sink throws it
   */
  public void read(Space space, Entry file, ContentSink sink) throws IOException {
    read(space, file, 0, Math.max(1, file.size()), sink);
  }

  /**
   * Reads the part of a regular file whose leaves start in a range, as {@link #read(Space, Entry,
   * ContentSink)} does. For any number of threads, each with a range of its own.
   *
   * @param from in bytes
   * @param to in bytes, exclusive
   * @throws IOException as the sink throws it
   */
  public void read(Space space, Entry file, long from, long to, ContentSink sink)
      throws IOException {
    with(
        scratch -> {
          new FileReader(objects, space, scratch, sink, from, to).read(file);
          return null;
        });
  }

  /**
   * Where a regular file has data; its holes are between that.
   *
   * @param countMax how many extents are wanted at most
   * @return start and end of each extent in turn, ascending; null if there are more
   */
  public long[] extents(Space space, Entry file, int countMax) {
    return with(scratch -> DataExtents.of(objects, space, scratch, file, countMax));
  }

  /** How many bytes this object has read so far, deltas applied: for whoever shows progress. */
  public long bytesRead() {
    return objects.decodedBytes();
  }

  /** A writer of the state's next version, to be closed by the caller. */
  public VersionWriter writer(StateName name) {
    return writer(name, Tuning.DEFAULT);
  }

  /** A writer that stores in that way, to be closed by the caller. */
  public VersionWriter writer(StateName name, Tuning tuning) {
    return new StoreWriter(this, name, space(name), tuning, this::borrow);
  }

  /**
   * Hashes again everything that a state's versions consist of.
   *
   * @param name the state; null for the whole store, what no version needs included
   * @return what was covered and what is wrong; damage is reported, not thrown
   */
  public VerifyReport verify(StateName name) {
    return verify(name, VerifyReport.ALL_VERSIONS, Meter.unwatched());
  }

  /** The same of one version, or of all, telling how far it is. */
  public VerifyReport verify(StateName name, long version, Meter meter) {
    return with(scratch -> new Verify(this, scratch, meter).run(name, version));
  }

  /**
   * Forgets versions; the room they take is free after a {@link #collect}.
   *
   * @param now the time that ages are counted from
   * @return the numbers of the versions that are no more, newest first
   */
  public List<Long> forget(StateName name, Retention retention, Instant now) {
    return environment.write(
        txn -> {
          Records.State state = catalog.state(txn, name);
          List<Version> versions = catalog.versions(txn, state.name());
          Set<Long> kept = Kept.of(retention, versions, now);
          List<Long> forgotten =
              versions.stream().map(Version::number).filter(n -> !kept.contains(n)).toList();
          forgotten.forEach(number -> catalog.remove(txn, name, number));
          return forgotten;
        });
  }

  /** Removes a state with all of its versions; nobody may be writing it. */
  public void remove(StateName name) {
    environment.write(
        txn -> {
          Records.State state = catalog.state(txn, name);
          catalog.versions(txn, name).forEach(v -> catalog.remove(txn, name, v.number()));
          catalog.remove(txn, state);
          return null;
        });
  }

  /**
   * Removes what no version needs and packs what is in use, while others read and write. The file
   * does not become smaller by it: what is free is used again.
   *
   * @param all whether to pack everything, however little it is
   * @throws DiffKeeperException CORRUPT if a version cannot be followed: nothing is removed then;
   *     BUSY if writers never pause
   */
  public CollectReport collect(boolean all) {
    return collect(all, Meter.unwatched());
  }

  /** The same, telling how far it is. */
  public CollectReport collect(boolean all, Meter meter) {
    return with(scratch -> new GarbageCollection(this, scratch, all, meter).run());
  }

  /**
   * Adds up what each state takes.
   *
   * @param names which states
   * @param total is told what they take together, what they share counted once
   * @return of each state in turn
   */
  public List<StoreStats> stats(List<StateName> names, Consumer<StoreStats> total) {
    return with(
        scratch -> {
          Statistics statistics = new Statistics(this, scratch);
          List<StoreStats> all = names.stream().map(statistics::add).toList();
          total.accept(statistics.total());
          return all;
        });
  }

  /** Bytes of the store's file, what is free in it included. */
  public long fileBytes() {
    return StoreDirectory.dataBytes(environment.path());
  }

  /** Copies the store as it is now, without free room, into a directory that is made for it. */
  public void copy(Path to) {
    StoreDirectory.make(to);
    environment.copy(to);
  }

  <T, X extends Exception> T with(Scratches.Work<T, X> work) throws X {
    Scratch scratch = borrow();
    try {
      return work.run(scratch);
    } catch (Damage e) {
      String what = "object " + e.digest() + " " + e.getMessage();
      throw LmdbErrors.corrupt(environment.path(), what);
    } finally {
      scratches.release(scratch);
    }
  }

  private Space space(StateName name) {
    return environment.read(txn -> catalog.state(txn, name).space());
  }

  Scratch borrow() {
    return scratches.borrow();
  }

  void release(Scratch scratch) {
    scratches.release(scratch);
  }

  /** Ends the use of the store; writers that are still open fail from now on. */
  @Override
  public void close() {
    if (scratches.close()) {
      environment.close();
    }
  }
}

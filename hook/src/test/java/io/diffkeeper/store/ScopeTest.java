package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DedupScope;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What states with the same content share: all of it, or nothing. */
class ScopeTest {
  private static final StateName A = new StateName("podman", "a");
  private static final StateName B = new StateName("podman", "b");
  private static final byte[] NOISE = new byte[300_000];

  static {
    new Random(7).nextBytes(NOISE);
  }

  @TempDir Path temp;

  private Store store(DedupScope scope) {
    Store store = Store.open(temp.resolve("store"));
    store.create(A, HashAlgorithm.SHA256, scope, "");
    store.create(B, HashAlgorithm.SHA256, scope, "");
    return store;
  }

  private static void assertReads(Store store, StateName state, Version version)
      throws IOException {
    Digest data = store.directory(state, version.root()).get(0).content();
    Entry file = store.directory(state, data).get(0);
    Contents.Sink sink = new Contents.Sink();
    store.read(state, file, sink);
    assertArrayEquals(NOISE, sink.bytes.toByteArray());
  }

  @Test
  void inAClusterTheSecondStateTakesNothing() throws IOException {
    try (Store store = store(DedupScope.CLUSTER)) {
      assertTrue(Trees.commit(store, A, Contents.of(NOISE)).storedBytes() > NOISE.length);
      assertEquals(0, Trees.commit(store, B, Contents.of(NOISE)).storedBytes());
    }
  }

  @Test
  void whatIsAStatesOwnIsStoredOnceForIt() throws IOException {
    try (Store store = store(DedupScope.CONTAINER)) {
      Version a = Trees.commit(store, A, Contents.of(NOISE));
      Version b = Trees.commit(store, B, Contents.of(NOISE));
      assertEquals(a.root(), b.root(), "digests are of the content, wherever it is");
      assertEquals(a.storedBytes(), b.storedBytes());
      assertEquals(0, Trees.commit(store, B, Contents.of(NOISE)).storedBytes());
      List<StoreStats> stats = store.stats(List.of(A, B), total -> {});
      assertEquals(stats.get(0).stored(), stats.get(1).stored());
    }
    try (Store again = Store.open(temp.resolve("store"))) {
      assertEquals(DedupScope.CONTAINER, again.state(B).orElseThrow().space().scope());
      assertReads(again, B, again.versions(B).get(0));
    }
  }

  @Test
  void damageToOneStatesDataIsNoOthers() throws IOException {
    try (Store store = store(DedupScope.CONTAINER)) {
      Version version = Trees.commit(store, A, Contents.of(NOISE));
      Trees.commit(store, B, Contents.of(NOISE));
      Space space = store.state(A).orElseThrow().space();
      Objects objects = store.objects();
      store
          .environment()
          .write(txn -> objects.dbi().delete(txn, objects.key(space, version.root())));
      assertEquals(List.of(A), store.verify(null).problems().stream().map(p -> p.state()).toList());
    }
  }

  @Test
  void aCollectionTellsOwnersApart() throws IOException {
    try (Store store = store(DedupScope.CONTAINER)) {
      Trees.commit(store, A, Contents.of(NOISE));
      Version kept = Trees.commit(store, B, Contents.of(NOISE));
      long objects = store.collect(true).objects();
      store.remove(A);
      CollectReport report = store.collect(true);
      assertEquals(objects / 2, report.objects());
      assertEquals(objects / 2, report.removed());
      assertReads(store, B, kept);
      assertTrue(store.verify(null).ok());
    }
  }
}

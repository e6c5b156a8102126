package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.lmdbjava.Cursor;
import org.lmdbjava.Txn;

/**
 * An object, and where it is.
 *
 * @param pack the number of its pack; -1 if it is in none
 * @param offset where in the pack's plain bytes it starts; 0 if it is in none
 * @param bytes how many it takes there; 0 if it is in none
 */
record Place(Space space, Digest digest, long pack, int offset, int bytes) {
  static final long LOOSE = -1;

  /** So many packs' objects are looked for at a time. */
  static final int PACKS_MAX = 64;

  /** The place of the object in this entry; null if it cannot be one. */
  static Place of(ByteBuffer key, ByteBuffer value) {
    ByteBuffer left = key.duplicate();
    Space space = Space.read(left);
    StoredObject object = StoredObject.parse(value);
    if (space == null || object == null) {
      return null;
    }
    Digest digest = Digest.read(left);
    return object.form() == StoredObject.PACKED
        ? new Place(space, digest, object.pack(), object.offset(), object.packedBytes())
        : new Place(space, digest, LOOSE, 0, 0);
  }

  /** What is in these packs, in the order in which it is there. */
  static List<Place> in(Set<Long> packs, Txn<ByteBuffer> txn, Objects objects) {
    List<Place> places = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = objects.dbi().openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        Place place = of(cursor.key(), cursor.val());
        if (place != null && packs.contains(place.pack)) {
          places.add(place);
        }
      }
    }
    places.sort(Comparator.comparingLong(Place::pack).thenComparingInt(Place::offset));
    return places;
  }
}

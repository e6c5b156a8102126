package io.diffkeeper.cli;

import io.diffkeeper.history.Change;
import io.diffkeeper.history.Operation;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a change was in particular, in a few words. */
final class Details {
  private Details() {}

  /** Null where the operation says it all. */
  static String of(Change change) {
    List<String> words = new ArrayList<>();
    if (change.from() != null) {
      words.add("from " + change.from());
    }
    if (change.before() != null && change.after() != null) {
      if (change.before().type() != change.after().type()) {
        words.add("was a " + type(change.before().type().name()));
      }
      attributes(change.before().metadata(), change.after().metadata(), words);
      if (words.isEmpty() && change.operation() == Operation.ATTRIBUTES) {
        words.add("time");
      }
    }
    if (change.after() != null && change.after().target() != null) {
      words.add("to " + change.after().target());
    }
    return words.isEmpty() ? null : String.join(", ", words);
  }

  private static String type(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static void attributes(Metadata before, Metadata after, List<String> words) {
    if (before.permissions() != after.permissions()) {
      words.add(String.format("mode %04o, was %04o", after.permissions(), before.permissions()));
    }
    if (before.uid() != after.uid() || before.gid() != after.gid()) {
      words.add(
          String.format(
              "owner %d:%d, was %d:%d", after.uid(), after.gid(), before.uid(), before.gid()));
    }
    for (Name name : after.xattrs().keySet()) {
      if (!Arrays.equals(after.xattrs().get(name), before.xattrs().get(name))) {
        words.add("set " + name);
      }
    }
    for (Name name : before.xattrs().keySet()) {
      if (!after.xattrs().containsKey(name)) {
        words.add("removed " + name);
      }
    }
  }
}

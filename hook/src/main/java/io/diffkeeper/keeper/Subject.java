package io.diffkeeper.keeper;

import io.diffkeeper.DedupScope;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.files.Ids;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.tree.Name;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whose state is kept, and how: what a keeper needs to know of a container, or of a supervised
 * command.
 *
 * @param state the state's name; with a claimant that of a set of states, see {@link Claim}
 * @param claimant the pod that takes a state of a set; empty if there is no set
 * @param origin who writes its versions from now on
 * @param imageRepository the image without tag and digest; empty for a command
 * @param chosenByImage whether the name may be an image's choice, and so has to be the image's own
 * @param holder one line that names this very start, for who waits for the state
 * @param mode how the version and the tree become one; empty to replay nothing
 * @param from the version to start from; empty for the newest that serves
 * @param consistency how hard to try for a picture that is consistent across files
 * @param excluded tells, by path relative to the state-dir, what is not kept
 * @param ids the container's user and group mappings
 * @param label the SELinux label of the container's files, if it has one
 * @param hash digest algorithm, if the state is new
 * @param scope who shares what is stored, if the state is new
 * @param tuning how versions are written
 */
record Subject(
    StateName state,
    Optional<String> claimant,
    Origin origin,
    String imageRepository,
    boolean chosenByImage,
    String holder,
    Optional<ReplayMode> mode,
    Optional<String> from,
    OptIn.Consistency consistency,
    Predicate<Name> excluded,
    Ids ids,
    Optional<String> label,
    HashAlgorithm hash,
    DedupScope scope,
    Tuning tuning) {

  /** The same, with the state that it has got. */
  Subject of(StateName taken) {
    return new Subject(
        taken,
        Optional.empty(),
        origin,
        imageRepository,
        chosenByImage,
        holder,
        mode,
        from,
        consistency,
        excluded,
        ids,
        label,
        hash,
        scope,
        tuning);
  }
}

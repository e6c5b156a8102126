/**
 * What happened to a state: the changes between two of its versions, in order of time, along
 * renames, and as text. Reads versions only; knows nothing of containers.
 *
 * <p>May use the JDK, java-diff-utils (in {@link io.diffkeeper.history.TextDiff} alone, so that
 * nothing else loads it), {@code io.diffkeeper}, {@code store} and {@code tree}.
 */
package io.diffkeeper.history;

/**
 * What a container runtime tells a hook: the state, the bundle's config.json, the annotations that
 * opt in, and from them who the container is. Everything here is read from outside and bounded;
 * whatever is malformed is {@link io.diffkeeper.ExitCode#BAD_INPUT}, told in one line.
 *
 * <p>May use the JDK, jackson-core (streaming only: start time matters), {@code io.diffkeeper} and
 * {@code io.diffkeeper.tree}.
 */
package io.diffkeeper.oci;

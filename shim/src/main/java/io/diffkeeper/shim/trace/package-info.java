/**
 * The container tracer: sees containers start by the kernel's events, whatever runs them, and has
 * those that opted in adopted, or a command run.
 *
 * <p>A cgroup's name only says what to look up. What a container is, and which process is its
 * first, is what its runtime has written down in a folder that is root's: whoever may make cgroups
 * and start programs may give them any name.
 *
 * <p>May use {@code bpf}, {@code shim.adoption}, {@code keeper}, {@code oci}, {@code log}, {@code
 * sys} and {@code config}.
 */
package io.diffkeeper.shim.trace;

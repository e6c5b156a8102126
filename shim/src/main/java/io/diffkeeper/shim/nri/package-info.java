/**
 * The NRI plugin: has containerd and CRI-O put our hooks into containers that opt in, and sees to
 * those that run without. {@code io.diffkeeper.shim.nri.api} is generated from NRI's own
 * definition.
 *
 * <p>May use {@code shim.ttrpc}, {@code shim.adoption}, {@code oci}, {@code log} and
 * protobuf-javalite.
 */
package io.diffkeeper.shim.nri;

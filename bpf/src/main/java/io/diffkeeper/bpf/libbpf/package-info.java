/**
 * The gate to the system's libbpf: open, load and attach an object, read its ring and counters.
 *
 * <p>The only package of this module that uses jnr. Knows nothing of inodes or containers; no jnr
 * type and no negative return code leaves it, failures are {@link
 * io.diffkeeper.bpf.libbpf.BpfException}. Nothing is printed: what libbpf says goes into the
 * exception.
 *
 * <p>May use: jnr-ffi, the JDK.
 */
package io.diffkeeper.bpf.libbpf;

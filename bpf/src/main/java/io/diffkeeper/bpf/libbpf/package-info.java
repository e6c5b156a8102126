/**
 * The gate to the system's libbpf: open, load and attach an object, pin it, use its maps.
 *
 * <p>The only package of this module that uses jffi. Knows nothing of inodes or containers; no jffi
 * type and no negative return code leaves it, failures are {@link
 * io.diffkeeper.bpf.libbpf.BpfException}. Nothing is printed: what libbpf says goes into the
 * exception.
 *
 * <p>May use: jffi, the JDK.
 */
package io.diffkeeper.bpf.libbpf;

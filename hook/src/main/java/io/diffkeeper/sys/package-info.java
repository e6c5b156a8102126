/**
 * The gate to the Linux kernel: every system call that the JDK has no word for, and one digest.
 * This is the only package of the module that uses jnr (jffi); it may use nothing else but the JDK.
 *
 * <p>All calls funnel through the single method of {@link io.diffkeeper.sys.Syscalls}, so a test
 * can record them or make the n-th one fail.
 */
package io.diffkeeper.sys;

/**
 * The gate to the kernel's watches of directories: inotify(7) and fanotify(7).
 *
 * <p>A caller gives open directories to {@link io.diffkeeper.bpf.notify.Watches}; nothing here
 * opens or walks a tree. Failures are {@link io.diffkeeper.bpf.notify.NotifyException}.
 *
 * <p>May use: jffi, the JDK.
 */
package io.diffkeeper.bpf.notify;

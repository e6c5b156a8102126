/**
 * Which inodes of one container have changed: the kernel's events, or an honest "look yourself".
 *
 * <p>A caller opens the best source that this machine has with {@link
 * io.diffkeeper.bpf.EventSources}, waits on its descriptor and drains it into a {@link
 * io.diffkeeper.bpf.DirtySink}. Events name inodes and carry no content.
 *
 * <p>May use: {@code io.diffkeeper.bpf.libbpf}, {@code io.diffkeeper.bpf.notify}, the JDK. No jnr
 * here, and nothing of the other modules.
 */
package io.diffkeeper.bpf;

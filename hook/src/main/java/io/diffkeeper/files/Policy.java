package io.diffkeeper.files;

/**
 * What the administrator lets a replay create in a container.
 *
 * @param privileges setuid and setgid bits and file capabilities
 * @param devices character and block device nodes
 */
public record Policy(boolean privileges, boolean devices) {}

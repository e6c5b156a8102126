package io.diffkeeper.bpf;

/**
 * A rung of the ladder of event sources, as a trial found it.
 *
 * @param name the source's name
 * @param usable whether it could be opened here and now
 * @param reason in one line, why it could not, or what it gives if it could
 */
public record Rung(String name, boolean usable, String reason) {}

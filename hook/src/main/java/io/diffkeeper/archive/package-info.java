/**
 * Versions as tar archives and back. What POSIX has no field for is in pax headers, the way GNU tar
 * and bsdtar have it: nanoseconds, long names, extended attributes. Both sides stream; memory does
 * not depend on the size of a file. A library for that came with four jars and read extended
 * attributes as texts, which they are not.
 *
 * <p>May use the JDK, {@code io.diffkeeper}, {@code store} and {@code tree}.
 */
package io.diffkeeper.archive;

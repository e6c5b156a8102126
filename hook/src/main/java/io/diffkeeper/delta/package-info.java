/**
 * Delta codecs: what turns one byte sequence into another. A library of its own that knows no files
 * and no store. May use the JDK, zstd-jni and {@code io.diffkeeper}.
 */
package io.diffkeeper.delta;

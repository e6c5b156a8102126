/** Benchmarks: mains that {@code make bench-…} runs on a scratch file system of their own. */
package io.diffkeeper.bench;

/**
 * The model of a file tree: entries, their metadata and digests. Pure values, no input or output;
 * uses nothing but the JDK.
 */
package io.diffkeeper.tree;

/**
 * A state's history as one page of HTML, which needs no network: what there is to show is written
 * into a page that is a resource here.
 *
 * <p>May use the JDK, jackson-core, {@code history}, {@code store} and {@code tree}.
 */
package io.diffkeeper.report;

package io.diffkeeper.oci;

/**
 * An image as an engine names it: {@code registry:5000/team/app:1.0@sha256:…}, or the bare id of an
 * image without a name.
 *
 * @param repository everything before tag and digest; for a bare id the whole of it, so that two
 *     unnamed images never look like one repository
 * @param tag the tag, or empty
 * @param digest the digest with its algorithm, or empty
 */
public record ImageReference(String repository, String tag, String digest) {

  /** Takes a reference apart; never fails, for engines accept more than any grammar says. */
  public static ImageReference parse(String reference) {
    if (reference.matches("[A-Za-z0-9_+.-]+:[0-9a-fA-F]{32,}")) {
      return new ImageReference(reference, "", "");
    }
    int at = reference.indexOf('@');
    String name = at < 0 ? reference : reference.substring(0, at);
    String digest = at < 0 ? "" : reference.substring(at + 1);
    // A colon before the last slash belongs to the registry's port.
    int colon = name.lastIndexOf(':');
    if (colon < 0 || name.indexOf('/', colon) >= 0) {
      return new ImageReference(name, "", digest);
    }
    return new ImageReference(name.substring(0, colon), name.substring(colon + 1), digest);
  }
}

package io.diffkeeper.store;

/** A page that is not what it should be; the message starts with its number. */
final class PageFault extends Exception {
  private static final long serialVersionUID = 1L;

  PageFault(String what) {
    super(what, null, false, false);
  }
}

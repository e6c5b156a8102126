package io.diffkeeper;

/** Who shares what is stored once; chosen when a state is created. */
public enum DedupScope {
  /** The versions of one state: what is stored for it is no other's. */
  CONTAINER,
  /** All states of the store. */
  CLUSTER
}

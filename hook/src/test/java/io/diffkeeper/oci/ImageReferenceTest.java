package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageReferenceTest {
  @ParameterizedTest
  @CsvSource({
    "redis,redis,'',''",
    "redis:7,redis,7,''",
    "docker.io/library/redis:7.2-alpine,docker.io/library/redis,7.2-alpine,''",
    "localhost:5000/team/app:1.0,localhost:5000/team/app,1.0,''",
    "localhost:5000/team/app,localhost:5000/team/app,'',''",
    "[::1]:5000/app:1,[::1]:5000/app,1,''",
    "r:5/n:t@sha256:abc,r:5/n,t,sha256:abc",
    "r:5/n@sha256:abc,r:5/n,'',sha256:abc",
    "'','','',''",
  })
  void takesAReferenceApart(String text, String repository, String tag, String digest) {
    assertEquals(new ImageReference(repository, tag, digest), ImageReference.parse(text));
  }

  @Test
  void neverTakesTwoBareIdsForOneRepository() {
    String id = "sha256:" + "0123456789abcdef".repeat(4);
    assertEquals(id, ImageReference.parse(id).repository());
  }
}

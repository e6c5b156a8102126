package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.oci.IdMapping.Range;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdMappingTest {
  @ParameterizedTest
  @CsvSource({"0,1000", "1,100000", "65536,165535"})
  void mapsBothWays(long container, long host) {
    IdMapping mapping = IdMapping.of(List.of(new Range(0, 1000, 1), new Range(1, 100000, 65536)));
    assertEquals(host, mapping.toHost(container));
    assertEquals(container, mapping.toContainer(host));
  }

  @Test
  void showsUnmappedIdsAsTheKernelDoes() {
    IdMapping mapping = IdMapping.of(List.of(new Range(0, 1000, 1)));
    assertEquals(65534, mapping.toContainer(0));
    assertEquals(65534, mapping.toContainer(1001));
    assertEquals(-1, mapping.toHost(1));
    assertEquals(-1, mapping.toHost(4294967295L));
  }

  @Test
  void withoutMappingsEveryIdIsItself() {
    assertEquals(4294967295L, IdMapping.of(List.of()).toHost(4294967295L));
    assertEquals(7, IdMapping.identity().toContainer(7));
  }

  @Test
  void readsTheMapOfAProcess() {
    IdMapping mapping = IdMapping.parse("         0       1000          1\n 1 100000 65536\n");
    assertEquals(
        IdMapping.of(List.of(new Range(0, 1000, 1), new Range(1, 100000, 65536))), mapping);
    assertEquals(5, IdMapping.parse("0 0 4294967295\n").toHost(5));
    for (String none : List.of("", "\n", "0 0", "0 0 x", "0 0 0")) {
      assertThrows(IllegalArgumentException.class, () -> IdMapping.parse(none));
    }
  }

  @Test
  void reachesTheLastId() {
    IdMapping mapping = IdMapping.of(List.of(new Range(0, 0, 1L << 32)));
    assertEquals(4294967295L, mapping.toHost(4294967295L));
  }

  @ParameterizedTest
  @CsvSource({"0,0,0", "-1,0,1", "0,-1,1", "1,0,4294967296", "0,1,4294967296", "0,0,4294967297"})
  void refusesRangesThatLeaveTheIds(long container, long host, long size) {
    List<Range> ranges = List.of(new Range(container, host, size));
    assertThrows(IllegalArgumentException.class, () -> IdMapping.of(ranges));
  }

  @ParameterizedTest
  @CsvSource({"5,2000", "500,1005"})
  void refusesRangesThatOverlapOnEitherSide(long container, long host) {
    List<Range> ranges = List.of(new Range(0, 1000, 10), new Range(container, host, 10));
    assertThrows(IllegalArgumentException.class, () -> IdMapping.of(ranges));
  }

  @Test
  void refusesMoreRangesThanTheKernelTakes() {
    List<Range> ranges =
        java.util.stream.LongStream.range(0, 341).mapToObj(i -> new Range(i, i, 1)).toList();
    assertThrows(IllegalArgumentException.class, () -> IdMapping.of(ranges));
    IdMapping.of(ranges.subList(0, 340));
  }
}

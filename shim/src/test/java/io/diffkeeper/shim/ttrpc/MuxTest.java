package io.diffkeeper.shim.ttrpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Frames and messages, as bytes. */
class MuxTest {
  private static final int ROUNDS = 200_000;

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static Mux.Frame receive(String digits) throws IOException {
    return new Mux(new Pipe(hex(digits))).receive();
  }

  @Test
  void aFrameIsAConnectionALengthAndThePayload() throws IOException {
    Pipe pipe = new Pipe();
    new Mux(pipe).send(2, hex("0a0b0c"));
    assertArrayEquals(hex("00000002 00000003 0a0b0c"), pipe.written());
    assertArrayEquals(hex("0a0b0c"), receive("00000002 00000003 0a0b0c").payload());
  }

  @Test
  void longMessagesAreCutIntoFramesThatFitAGoReader() throws IOException {
    Pipe pipe = new Pipe();
    new Mux(pipe).send(1, new byte[10_000]);
    Mux back = new Mux(new Pipe(pipe.written()));
    assertEquals(Mux.WRITE_BYTES_MAX, back.receive().payload().length);
    assertEquals(Mux.WRITE_BYTES_MAX, back.receive().payload().length);
    assertEquals(10_000 - 2 * Mux.WRITE_BYTES_MAX, back.receive().payload().length);
    assertNull(back.receive());
  }

  @Test
  void refusesFramesThatAreTooLong() {
    assertThrows(IOException.class, () -> receive("00000001 ffffffff"));
    assertThrows(IOException.class, () -> receive("00000001 0040000b"));
  }

  @Test
  void refusesAStreamThatEndsInAFrame() {
    assertThrows(IOException.class, () -> receive("000000"));
    assertThrows(IOException.class, () -> receive("00000001 00000002 0a"));
  }

  @Test
  void aMessageIsALengthAStreamATypeAndThePayload() throws IOException {
    byte[] bytes = new Message(5, Message.REQUEST, hex("0a0b")).encoded();
    assertArrayEquals(hex("00000002 00000005 01 00 0a0b"), bytes);
    Assembler assembler = new Assembler();
    for (byte each : bytes) {
      assertEquals(Optional.empty(), assembler.next());
      assembler.add(new byte[] {each});
    }
    Message message = assembler.next().orElseThrow();
    assertEquals(5, message.stream());
    assertEquals(Message.REQUEST, message.type());
    assertArrayEquals(hex("0a0b"), message.payload());
  }

  @Test
  void refusesMessagesThatAreTooLong() {
    Assembler assembler = new Assembler();
    assembler.add(hex("00400001 00000001 01 00"));
    assertThrows(IOException.class, assembler::next);
  }

  @Test
  void everyMessageComesOutWholeHoweverItIsCut() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      byte[] payload = new byte[random.nextInt(20_000)];
      random.nextBytes(payload);
      int stream = 1 + 2 * random.nextInt(1000);
      Pipe pipe = new Pipe();
      new Mux(pipe).send(1, new Message(stream, Message.RESPONSE, payload).encoded());
      Mux back = new Mux(new Pipe(pipe.written(), 1 + random.nextInt(5000)));
      Assembler assembler = new Assembler();
      for (Mux.Frame frame = back.receive(); frame != null; frame = back.receive()) {
        assembler.add(frame.payload());
      }
      Message message = assembler.next().orElseThrow();
      assertEquals(stream, message.stream(), "seed " + seed);
      assertArrayEquals(payload, message.payload(), "seed " + seed);
    }
  }

  @Test
  void noiseCostsTheConnectionAndNothingElse() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] noise = noise(random);
      try {
        new RpcConnection(new Mux(new Pipe(noise)), 1, 2, (service, method, request) -> request)
            .serve();
      } catch (IOException refused) {
        assertTrue(refused.getMessage() != null, "seed " + seed);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", " + HexFormat.of().formatHex(noise), e);
      }
    }
  }

  /** Bytes of any kind, or a frame with a request that is broken somewhere. */
  private static byte[] noise(Random random) {
    byte[] inner = new byte[random.nextInt(64)];
    random.nextBytes(inner);
    if (random.nextBoolean()) {
      return inner;
    }
    byte[] message = new Message(1 + random.nextInt(4), Message.REQUEST, inner).encoded();
    Pipe pipe = new Pipe();
    try {
      new Mux(pipe).send(1 + random.nextInt(3), message);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    byte[] bytes = pipe.written();
    if (random.nextBoolean()) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }
}

package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;

/** A model of 256 MB in 32-bit floats; each version trains 9.4 % of its tensors on. */
final class Tensors implements Workload {
  private static final int TENSORS = 64;
  private static final int TRAINED = 6;
  private static final int TENSOR_BYTES = 4 << 20;
  private static final Path FILE = Path.of("model.bin");

  private final SplittableRandom random = new SplittableRandom(5);
  private final ByteBuffer tensor =
      ByteBuffer.allocateDirect(TENSOR_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  @Override
  public String name() {
    return "E";
  }

  @Override
  public String description() {
    return "256 MB of float32, 6 of 64 tensors trained on";
  }

  @Override
  public int versions() {
    return 6;
  }

  @Override
  public Goals goals() {
    return new Goals(20, 250, 1.5);
  }

  /** Near enough to a normal distribution. */
  private float normal(float deviation) {
    double sum = random.nextDouble() + random.nextDouble() + random.nextDouble();
    return (float) ((sum - 1.5) * 2 * deviation);
  }

  @Override
  public void make(Path dir) throws IOException {
    try (FileChannel file =
        FileChannel.open(dir.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int n = 0; n < TENSORS; n++) {
        tensor.clear();
        while (tensor.hasRemaining()) {
          tensor.putFloat(normal(0.02f));
        }
        file.write(tensor.flip());
      }
    }
  }

  @Override
  public List<Path> change(Path dir, int version) throws IOException {
    try (FileChannel file =
        FileChannel.open(dir.resolve(FILE), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      for (int n = 0; n < TRAINED; n++) {
        long at = (long) TENSOR_BYTES * random.nextInt(TENSORS);
        file.read(tensor.clear(), at);
        for (int i = 0; i < TENSOR_BYTES; i += Float.BYTES) {
          tensor.putFloat(i, tensor.getFloat(i) + normal(0.0002f));
        }
        file.write(tensor.flip(), at);
      }
    }
    return List.of(FILE);
  }
}
